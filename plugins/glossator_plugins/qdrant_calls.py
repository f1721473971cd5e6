"""Calls on one collection, for `Upstream` to make: the client is their last argument."""

import asyncio
from collections.abc import Sequence
from typing import Final

from qdrant_client import AsyncQdrantClient, models

from glossator.domain.book.passages import Passage
from glossator.domain.ports import Build, PassagePoint
from glossator_plugins import qdrant_points as points
from glossator_plugins import qdrant_requests as requests

SCROLL: Final = 500
Scrolled = tuple[list[models.Record], models.ExtendedPointId | None]


async def create(collection: str, build: Build, client: AsyncQdrantClient) -> None:
    dense = models.VectorParams(size=build.dimension, distance=models.Distance.COSINE) if build.dimension else None
    await client.create_collection(
        collection,
        vectors_config={points.DENSE: dense} if dense else {},
        sparse_vectors_config={points.BM25: models.SparseVectorParams(modifier=models.Modifier.IDF)},
    )


async def index_field(collection: str, field: str, client: AsyncQdrantClient) -> None:
    await client.create_payload_index(collection, field, models.PayloadSchemaType.KEYWORD, wait=True)


async def upsert(collection: str, batch: Sequence[models.PointStruct], client: AsyncQdrantClient) -> None:
    await client.upsert(collection, list(batch), wait=True)


async def put(collection: str, splitter: str, batch: Sequence[PassagePoint], client: AsyncQdrantClient) -> None:
    """The points are made in a thread: a batch of long vectors would hold the event loop for 20 ms."""
    new = await asyncio.to_thread(lambda: [requests.passage_point(passage, splitter) for passage in batch])
    await upsert(collection, new, client)


async def move(collection: str, batch: Sequence[tuple[Passage, str]], client: AsyncQdrantClient) -> None:
    changes: list[models.UpdateOperation] = [
        models.SetPayloadOperation(
            set_payload=models.SetPayload(payload=points.passage_payload(passage, page_hash), points=[passage.id])
        )
        for passage, page_hash in batch
    ]
    await client.batch_update_points(collection, changes, wait=True)


async def delete(collection: str, ids: Sequence[str], client: AsyncQdrantClient) -> None:
    await client.delete(collection, models.PointIdsList(points=list(ids)), wait=True)


async def scroll(
    collection: str,
    wanted: models.Filter,
    fields: Sequence[str],
    client: AsyncQdrantClient,
    *,
    offset: models.ExtendedPointId | None,
) -> Scrolled:
    return await client.scroll(
        collection, wanted, limit=SCROLL, offset=offset, with_payload=list(fields), with_vectors=False
    )


async def make_live(alias: str, collection: str, client: AsyncQdrantClient, *, replaced: bool) -> None:
    """One request, so that readers meet the old build or the new one, never none."""
    create = models.CreateAliasOperation(create_alias=models.CreateAlias(alias_name=alias, collection_name=collection))
    delete = models.DeleteAliasOperation(delete_alias=models.DeleteAlias(alias_name=alias))
    await client.update_collection_aliases([delete, create] if replaced else [create])
