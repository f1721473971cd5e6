"""What is written to a build, in Qdrant's engine; changes of a ready build are written beside what readers see."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from qdrant_edge import (
    EdgeShard,
    FieldCondition,
    Filter,
    HasIdCondition,
    MatchAny,
    MatchValue,
    PayloadSelector,
    Point,
    PointVectors,
    RangeFloat,
    Record,
    ScrollRequest,
    SparseVector,
    UpdateOperation,
)

from glossator.domain.book.index import Build, PassagePoint, Suggestion
from glossator.domain.book.passages import Page, Passage
from glossator.domain.ports.embedder import Vectors
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

DECIDING_FIELDS: Final = PayloadSelector.Include([*FIELDS, "spaces"])
NO_SUGGESTIONS: Final = points.suggestions_payload(())


def equal(field: str, value: str) -> FieldCondition:
    return FieldCondition(field, match=MatchValue(value))


def one_of(field: str, values: Sequence[str]) -> FieldCondition:
    return FieldCondition(field, match=MatchAny([*values]))


def above(field: str, generation: int) -> FieldCondition:
    return FieldCondition(field, range=RangeFloat(gt=generation))


def ended(generation: int) -> FieldCondition:
    return FieldCondition(UNTIL, range=RangeFloat(lte=generation))


def seen(generation: int, *where: FieldCondition, without: Sequence[FieldCondition] = ()) -> Filter | None:
    """The points that readers of this generation see; all of them in a build without generations.

    One flat filter: the engine checks a nested one more slowly.
    """
    hidden = [above(SINCE, generation), ended(generation)] if generation else []
    return Filter(must=[*where], must_not=[*without, *hidden]) if where or without or hidden else None


def remove_ended(shard: EdgeShard, generation: int) -> None:
    shard.update(UpdateOperation.delete_points_by_filter(Filter(must=[ended(generation)])))


def begin(shard: EdgeShard, build: Build) -> bool:
    """As the port. What readers saw before is removed: no other process searches this folder."""
    now = build.generation
    remove_ended(shard, now)
    shard.update(UpdateOperation.delete_points_by_filter(Filter(must=[equal("kind", points.PAGE), above(SINCE, now)])))
    shard.update(UpdateOperation.delete_payload_by_filter(Filter(must=[above(UNTIL, now)]), [UNTIL]))
    shard.update(UpdateOperation.delete_payload_by_filter(Filter(must=[above(MOVED_SINCE, now)]), [MOVED]))
    left, _ = shard.scroll(ScrollRequest(limit=1, filter=Filter(must=[above(SINCE, now)])))
    return bool(left)


def put_passages(shard: EdgeShard, build: Build, batch: Sequence[PassagePoint]) -> None:
    new = [
        Point(p.passage.id, _vectors(p), {**points.new_passage_payload(p, build.splitter), **since_draft(build)})
        for p in batch
    ]
    shard.update(UpdateOperation.upsert_points(new))


def move_passages(shard: EdgeShard, build: Build, batch: Sequence[tuple[Passage, str]]) -> None:
    stored = _stored(shard, [passage.id for passage, _ in batch])
    for passage, page_hash in batch:
        changed = moved_payload(stored.get(passage.id, {}), passage, page_hash, build)
        shard.update(UpdateOperation.set_payload([passage.id], changed))


def add_vectors(shard: EdgeShard, space: str, batch: Sequence[tuple[str, Vectors]]) -> None:
    """The payload last: a passage whose payload does not name the space is filled again by the next run."""
    stored = _stored(shard, [passage_id for passage_id, _ in batch])
    found = [(passage_id, vector) for passage_id, vector in batch if passage_id in stored]
    if not found:
        return
    new = [PointVectors(passage_id, {space: vector.tolist()}) for passage_id, vector in found]
    shard.update(UpdateOperation.update_vectors(new))
    for passage_id, _ in found:
        spaces = sorted({*stored[passage_id].get("spaces", ()), space})
        shard.update(UpdateOperation.set_payload([passage_id], {"spaces": spaces}))


def put_pages(shard: EdgeShard, build: Build, batch: Sequence[Page]) -> None:
    """The new point first, so that no moment is without the page."""
    stored = _stored(shard, [slot for page in batch for slot in page_slots(page.path)])
    slots = [free_slot(page.path, stored, build) for page in batch]
    new = [
        Point(slot, {}, {**points.page_payload(page), **since_draft(build)})
        for page, (slot, _) in zip(batch, slots, strict=True)
    ]
    shard.update(UpdateOperation.upsert_points(new))
    old: list[int | UUID | str] = [slot for _, slot in slots if slot is not None]
    if old:
        shard.update(UpdateOperation.set_payload(old, {UNTIL: build.draft}))


def put_suggestions(shard: EdgeShard, build: Build, batch: Sequence[tuple[str, Sequence[Suggestion]]]) -> None:
    """Most pages have none, so that one write serves all of them."""
    stored = _stored(shard, [slot for path, _ in batch for slot in page_slots(path)])
    none: list[int | UUID | str] = []
    for slot, payload in seen_slots(batch, stored, build).items():
        if payload == NO_SUGGESTIONS:
            none.append(slot)
        else:
            shard.update(UpdateOperation.set_payload([slot], payload))
    if none:
        shard.update(UpdateOperation.set_payload(none, NO_SUGGESTIONS))


def delete(shard: EdgeShard, build: Build, batch: Sequence[str]) -> None:
    """What only the draft has is deleted; the rest ends with it."""
    if build.draft == build.generation:
        shard.update(UpdateOperation.delete_points([*batch]))
        return
    these = HasIdCondition({*batch})
    added, now = Filter(must=[these, above(SINCE, build.generation)]), build.generation
    shard.update(UpdateOperation.delete_points_by_filter(added))
    rest = Filter(must=[these], must_not=[ended(now)])
    shard.update(UpdateOperation.set_payload_by_filter(rest, {UNTIL: build.draft}))


def _stored(shard: EdgeShard, ids: Sequence[str]) -> dict[str, points.Payload]:
    """What decides on a change: reading the texts takes longer."""
    records: list[Record] = shard.retrieve([*ids], with_payload=DECIDING_FIELDS, with_vector=False)
    return {str(record.id): record.payload or {} for record in records}


def _vectors(point: PassagePoint) -> dict[str, list[float] | SparseVector | list[list[float]]]:
    vectors: dict[str, list[float] | SparseVector | list[list[float]]] = {
        name: vector.tolist() for name, vector in point.vectors.items()
    }
    if point.words.indices:
        vectors[points.BM25] = SparseVector(list(point.words.indices), list(point.words.values))
    return vectors
