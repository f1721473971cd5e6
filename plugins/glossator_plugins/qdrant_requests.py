"""Questions and points in the models of qdrant-client."""

from collections.abc import Mapping, Sequence
from functools import partial

from qdrant_client import models

from glossator.domain.ports import Build, PassagePoint, Query
from glossator_plugins import qdrant_points as points

Vector = list[float] | models.SparseVector | list[list[float]] | models.Document | models.Image | models.InferenceObject
"""All that a named vector may be: the client's type admits no narrower dictionary."""


def search_requests(query: Query, build: Build) -> tuple[models.QueryRequest | None, models.QueryRequest | None]:
    ask_dense, ask_keyword = points.sides_of(query, build)
    narrowed = None if query.page is None else where(page=query.page)
    request = partial(models.QueryRequest, limit=query.candidates, filter=narrowed, with_payload=True)
    dense = keyword = None
    if ask_dense and query.vector is not None:
        dense = request(query=query.vector.tolist(), using=points.DENSE)
    if ask_keyword:
        words = models.SparseVector(indices=list(query.words.indices), values=list(query.words.values))
        keyword = request(query=words, using=points.BM25)
    return dense, keyword


def where(**values: str) -> models.Filter:
    return models.Filter(
        must=[models.FieldCondition(key=key, match=models.MatchValue(value=value)) for key, value in values.items()]
    )


def scores(found: Sequence[models.ScoredPoint] | None) -> dict[str, float] | None:
    return None if found is None else {str(point.id): point.score for point in found}


def pick(stored: Mapping[str, points.Payload], ids: Sequence[str]) -> dict[str, points.Payload]:
    return {point_id: stored[point_id] for point_id in ids}


def plain_point(point_id: str, payload: dict[str, object]) -> models.PointStruct:
    return models.PointStruct(id=point_id, vector={}, payload=payload)


def passage_point(passage: PassagePoint, splitter: str) -> models.PointStruct:
    vectors: dict[str, Vector] = {}
    if passage.vector is not None:
        vectors[points.DENSE] = passage.vector.tolist()
    if passage.words.indices:
        vectors[points.BM25] = models.SparseVector(
            indices=list(passage.words.indices), values=list(passage.words.values)
        )
    return models.PointStruct(
        id=passage.passage.id, vector=vectors, payload=points.new_passage_payload(passage, splitter)
    )
