"""Changes of a build: those of a ready one are written beside what readers see.

`GuardedQdrantClient` passes the SDK's client as the last argument.
"""

import asyncio
from collections.abc import Sequence

from qdrant_client import AsyncQdrantClient, models

from glossator.domain.book.index import Build, PassagePoint, Suggestion
from glossator.domain.book.passages import Page, Passage
from glossator_plugins.passage_points import points
from glossator_plugins.passage_points.generations import (
    FIELDS,
    MOVED,
    MOVED_SINCE,
    SINCE,
    UNTIL,
    free_slot,
    moved_payload,
    page_slots,
    seen_slots,
    since_draft,
)
from glossator_plugins.qdrant.requests import above, ended, passage_point, plain_point, upsert, where

MOVED_FIELDS = ("kind", *points.PASSAGE_FIELDS, "page_hash", *FIELDS)


async def begin(collection: str, build: Build, client: AsyncQdrantClient) -> bool:
    """As the port."""
    now = build.generation
    ended_points = models.Filter(must=[ended(now)])
    added_pages = models.Filter(must=[where(kind=points.PAGE), above(SINCE, now)])
    await client.batch_update_points(
        collection,
        [
            models.DeleteOperation(delete=models.FilterSelector(filter=ended_points)),
            models.DeleteOperation(delete=models.FilterSelector(filter=added_pages)),
            _without(UNTIL, models.Filter(must=[above(UNTIL, now)])),
            _without(MOVED, models.Filter(must=[above(MOVED_SINCE, now)])),
        ],
        wait=True,
    )
    added = models.Filter(must=[above(SINCE, now)])
    left, _ = await client.scroll(collection, added, limit=1, with_payload=False, with_vectors=False)
    return bool(left)


async def put_passages(collection: str, build: Build, batch: Sequence[PassagePoint], client: AsyncQdrantClient) -> None:
    """Builds the points in a thread: a batch of long vectors would block the event loop for 20 ms."""
    new = await asyncio.to_thread(lambda: [passage_point(passage, build) for passage in batch])
    await upsert(collection, new, client)


async def move_passages(
    collection: str, build: Build, batch: Sequence[tuple[Passage, str]], client: AsyncQdrantClient
) -> None:
    stored = await _stored(collection, [passage.id for passage, _ in batch], client)
    changes: list[models.UpdateOperation] = [
        _set(moved_payload(stored.get(passage.id, {}), passage, page_hash, build), points=[passage.id])
        for passage, page_hash in batch
    ]
    await client.batch_update_points(collection, changes, wait=True)


async def put_pages(collection: str, build: Build, batch: Sequence[Page], client: AsyncQdrantClient) -> None:
    """The new point first, so that no moment is without the page."""
    stored = await _stored(collection, [slot for page in batch for slot in page_slots(page.path)], client)
    slots = [free_slot(page.path, stored, build) for page in batch]
    payloads = await asyncio.to_thread(lambda: [points.page_payload(page) for page in batch])
    since = since_draft(build)
    new = [plain_point(slot, {**payload, **since}) for payload, (slot, _) in zip(payloads, slots, strict=True)]
    await upsert(collection, new, client)
    if old := [slot for _, slot in slots if slot is not None]:
        await client.batch_update_points(collection, [_set({UNTIL: build.draft}, points=[*old])], wait=True)


async def put_suggestions(
    collection: str, build: Build, batch: Sequence[tuple[str, Sequence[Suggestion]]], client: AsyncQdrantClient
) -> None:
    stored = await _stored(collection, [slot for path, _ in batch for slot in page_slots(path)], client)
    changes: list[models.UpdateOperation] = [
        _set(payload, points=[slot]) for slot, payload in seen_slots(batch, stored, build).items()
    ]
    if changes:
        await client.batch_update_points(collection, changes, wait=True)


async def delete(collection: str, build: Build, ids: Sequence[str], client: AsyncQdrantClient) -> None:
    """What only the draft has is deleted; the rest ends with it."""
    if build.draft == build.generation:
        await client.delete(collection, models.PointIdsList(points=[*ids]), wait=True)
        return
    these = models.HasIdCondition(has_id=[*ids])
    added = models.Filter(must=[these, above(SINCE, build.generation)])
    rest = models.Filter(must=[these], must_not=[ended(build.generation)])
    changes: list[models.UpdateOperation] = [
        models.DeleteOperation(delete=models.FilterSelector(filter=added)),
        _set({UNTIL: build.draft}, filter=rest),
    ]
    await client.batch_update_points(collection, changes, wait=True)


async def _stored(collection: str, ids: Sequence[str], client: AsyncQdrantClient) -> dict[str, points.Payload]:
    """Without the texts of pages."""
    records = await client.retrieve(collection, ids, with_payload=[*MOVED_FIELDS], with_vectors=False)
    return {str(record.id): record.payload or {} for record in records}


def _set(
    payload: points.Payload,
    *,
    points: list[models.ExtendedPointId] | None = None,
    filter: models.Filter | None = None,
) -> models.SetPayloadOperation:
    return models.SetPayloadOperation(set_payload=models.SetPayload(payload={**payload}, points=points, filter=filter))


def _without(field: str, condition: models.Filter) -> models.DeletePayloadOperation:
    return models.DeletePayloadOperation(delete_payload=models.DeletePayload(keys=[field], filter=condition))
