"""Requests on one collection, in the models of qdrant-client.

`GuardedQdrantClient` passes the SDK's client as the last argument.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any, Final, NamedTuple

from qdrant_client import AsyncQdrantClient, models
from qdrant_client.http.exceptions import ResponseHandlingException

from glossator.domain.book.index import Build, PassagePoint, Query
from glossator.domain.ports.embedder import Vectors
from glossator_plugins.passage_points import points
from glossator_plugins.passage_points.generations import SINCE, UNTIL, since_draft

SCROLL_SIZE: Final = 500
Scrolled = tuple[list[models.Record], models.ExtendedPointId | None]


async def create(collection: str, build: Build, client: AsyncQdrantClient) -> None:
    await client.create_collection(
        collection,
        vectors_config={
            space.name: models.VectorParams(size=space.dimension, distance=models.Distance.COSINE)
            for space in build.spaces
        },
        sparse_vectors_config={points.BM25: models.SparseVectorParams(modifier=models.Modifier.IDF)},
    )


async def index_field(
    collection: str, field: str, client: AsyncQdrantClient, *, kind: models.PayloadSchemaType
) -> None:
    await client.create_payload_index(collection, field, kind, wait=True)


async def upsert(collection: str, batch: Sequence[models.PointStruct], client: AsyncQdrantClient) -> None:
    await client.upsert(collection, list(batch), wait=True)


async def add_vectors(
    collection: str, space: str, batch: Sequence[tuple[str, Vectors]], client: AsyncQdrantClient
) -> None:
    """The payload last: a passage whose payload does not name the space is filled again by the next run."""
    stored = await client.retrieve(collection, [id_ for id_, _ in batch], with_payload=["spaces"])
    spaces = {str(record.id): [*(record.payload or {}).get("spaces", ())] for record in stored}
    new = [models.PointVectors(id=id_, vector={space: vector.tolist()}) for id_, vector in batch if id_ in spaces]
    if not new:
        return
    changes: list[models.UpdateOperation] = [
        models.SetPayloadOperation(
            set_payload=models.SetPayload(payload={"spaces": sorted({*names, space})}, points=[id_])
        )
        for id_, names in spaces.items()
    ]
    await client.update_vectors(collection, new, wait=True)
    await client.batch_update_points(collection, changes, wait=True)


async def scroll(
    collection: str,
    scroll_filter: models.Filter | None,
    fields: Sequence[str],
    client: AsyncQdrantClient,
    *,
    offset: models.ExtendedPointId | None,
) -> Scrolled:
    return await client.scroll(
        collection, scroll_filter, limit=SCROLL_SIZE, offset=offset, with_payload=list(fields), with_vectors=False
    )


async def make_live(alias: str, collection: str, client: AsyncQdrantClient, *, replaced: bool) -> None:
    """A single request, so that a live build exists at any time."""
    create = models.CreateAliasOperation(create_alias=models.CreateAlias(alias_name=alias, collection_name=collection))
    delete = models.DeleteAliasOperation(delete_alias=models.DeleteAlias(alias_name=alias))
    await client.update_collection_aliases([delete, create] if replaced else [create])


Vector = list[float] | models.SparseVector | list[list[float]] | models.Document | models.Image | models.InferenceObject
"""The client's types accept no narrower dictionary."""


def search_requests(query: Query, build: Build) -> dict[str, models.QueryRequest]:
    """A request for each named vector that is searched."""
    page_filter = seen(build.generation, None if query.page is None else where(page=query.page))
    request = partial(models.QueryRequest, limit=query.candidates, filter=page_filter, with_payload=True)
    requests = {
        name: request(query=vector.tolist(), using=name)
        for name, vector in points.searched_spaces(query, build).items()
    }
    if query.words.indices:
        words = models.SparseVector(indices=list(query.words.indices), values=list(query.words.values))
        requests[points.BM25] = request(query=words, using=points.BM25)
    return requests


class Found(NamedTuple):
    """A hit of one list."""

    id: str
    score: float
    payload: points.Payload


async def search(
    collection: str, queries: Sequence[models.QueryRequest], client: AsyncQdrantClient
) -> list[list[Found]]:
    """Through the client's REST layer: its methods copy the vectors, and build models of all hits with their texts."""
    try:
        rest = client.http.client
    except NotImplementedError:  # the client's in-process mode
        answers = await client.query_batch_points(collection, queries)
        return [[Found(str(hit.id), hit.score, hit.payload or {}) for hit in one.points] for one in answers]
    answer = await rest.request(
        type_=dict[str, Any],
        method="POST",
        url="/collections/{collection_name}/points/query/batch",
        path_params={"collection_name": collection},
        headers={"Content-Type": "application/json"},
        content=models.QueryRequestBatch(searches=[*queries]).model_dump_json(exclude_unset=True, exclude_none=True),
    )
    try:
        return [
            [Found(str(hit["id"]), float(hit["score"]), hit.get("payload") or {}) for hit in one["points"]]
            for one in answer["result"]
        ]
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ResponseHandlingException(error) from None


def where(**values: str) -> models.Filter:
    return models.Filter(
        must=[models.FieldCondition(key=key, match=models.MatchValue(value=value)) for key, value in values.items()]
    )


def one_of(field: str, values: Sequence[str]) -> models.FieldCondition:
    return models.FieldCondition(key=field, match=models.MatchAny(any=[*values]))


def above(field: str, generation: int) -> models.FieldCondition:
    return models.FieldCondition(key=field, range=models.Range(gt=generation))


def ended(generation: int) -> models.FieldCondition:
    return models.FieldCondition(key=UNTIL, range=models.Range(lte=generation))


def seen(generation: int, condition: models.Filter | None = None) -> models.Filter | None:
    """The points that readers of this generation see; all of them in a build without generations."""
    if generation == 0:
        return condition
    shown = models.Filter(must_not=[above(SINCE, generation), ended(generation)])
    return shown if condition is None else models.Filter(must=[condition, shown])


def plain_point(point_id: str, payload: dict[str, object]) -> models.PointStruct:
    return models.PointStruct(id=point_id, vector={}, payload=payload)


def passage_point(passage: PassagePoint, build: Build) -> models.PointStruct:
    vectors: dict[str, Vector] = {name: vector.tolist() for name, vector in passage.vectors.items()}
    if passage.words.indices:
        vectors[points.BM25] = models.SparseVector(
            indices=list(passage.words.indices), values=list(passage.words.values)
        )
    payload = {**points.new_passage_payload(passage, build.splitter), **since_draft(build)}
    return models.PointStruct(id=passage.passage.id, vector=vectors, payload=payload)
