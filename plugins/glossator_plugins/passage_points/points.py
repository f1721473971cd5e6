"""What both Qdrant engines store: the points of a build, and the names of things.

A build is one collection with three kinds of points. Passages carry the vectors `dense` (cosine) and `bm25` (IDF by
the engine); pages and the build itself carry none, so no search meets them and no word statistic counts them.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any, Final, TypeVar
from uuid import NAMESPACE_URL, uuid5

from glossator.domain.book.index import Build, Hit, PageEntry, PassageEntry, PassagePoint, Query
from glossator.domain.book.passages import Page, Passage
from glossator.domain.errors import BookMismatch
from glossator.domain.ports.embedder import Embedder
from glossator.kernel.errors import ServiceError
from glossator.kernel.settings.setting import BadValue, Setting
from glossator.kernel.settings.types import FLAG, TEXT, validated
from glossator_plugins.passage_points.fusion import Weights, fuse

T = TypeVar("T")
Payload = Mapping[str, Any]

DENSE: Final = "dense"
BM25: Final = "bm25"
PASSAGE: Final = "passage"
PAGE: Final = "page"
BUILD: Final = "build"
FILTERED_FIELDS: Final = ("kind", "page", "url")
"""Each has a keyword index: a cluster in strict mode refuses filters on others."""
PASSAGE_ENTRY_FIELDS: Final = ("page", "page_hash", "hash")
PAGE_ENTRY_FIELDS: Final = ("path", "hash")
BUILD_ID: Final = str(uuid5(NAMESPACE_URL, "glossator:build"))


def collection_name(name: str) -> None:
    """Qdrant's own rule, and a folder's."""
    if name.startswith(".") or set(name) & set('<>:"/\\|?*'):
        raise BadValue('must not begin with a dot nor hold one of < > : " / \\ | ? *')


COLLECTION = Setting(
    "QDRANT_COLLECTION_NAME",
    validated(TEXT, collection_name),
    "Name of the index; the names of its builds begin with it",
)
REBUILD = Setting(
    "REBUILD",
    FLAG,
    "Start although another embedding model created the index; `glossator ingest --rebuild` sets it",
)


class BuildIsLive(ValueError):
    """A build that is searched can neither be dropped nor replaced."""

    def __init__(self, number: int) -> None:
        super().__init__(f"build {number} is live")


def page_id(path: str) -> str:
    return str(uuid5(NAMESPACE_URL, f"glossator:page:{path}"))


def new_passage_payload(point: PassagePoint, splitter: str) -> dict[str, object]:
    return {**passage_payload(point.passage, point.page_hash), "splitter": splitter}


def passage_payload(passage: Passage, page_hash: str) -> dict[str, object]:
    """Without the splitter, which stays as it is when a stored passage moves."""
    stored = asdict(passage) | {"kind": PASSAGE, "page_hash": page_hash, "headings": list(passage.headings)}
    del stored["id"]
    return stored


def page_payload(page: Page) -> dict[str, object]:
    return {"kind": PAGE, **asdict(page)}


def build_payload(build: Build) -> dict[str, object]:
    return {"kind": BUILD, **asdict(build)}


def passage_of(point_id: str, payload: Payload) -> Passage:
    return Passage(
        id=point_id,
        page=payload["page"],
        headings=tuple(payload["headings"]),
        url=payload["url"],
        start=payload["start"],
        end=payload["end"],
        text=payload["text"],
        hash=payload["hash"],
    )


def page_of(payload: Payload) -> Page:
    return Page(**{field.name: payload[field.name] for field in fields(Page)})


def build_of(payload: Payload) -> Build:
    return Build(**{field.name: payload[field.name] for field in fields(Build)})


def passage_entry_of(point_id: str, payload: Payload) -> PassageEntry:
    return PassageEntry(point_id, payload["page"], payload["page_hash"], payload["hash"])


def page_entry_of(payload: Payload) -> PageEntry:
    return PageEntry(payload["path"], payload["hash"])


def sides_of(query: Query, build: Build) -> tuple[bool, bool]:
    """Whether the dense and the keyword side of this build have to be asked. Raises BookMismatch."""
    if query.vector is not None and build.dimension not in {0, query.vector.shape[0]}:
        raise BookMismatch(
            f"the book was embedded with {build.dimension} dimensions, the question with {query.vector.shape[0]}"
        )
    return query.vector is not None and build.dimension > 0, bool(query.words.indices)


def fused_hits(
    dense: Mapping[str, float] | None,
    keyword: Mapping[str, float] | None,
    query: Query,
    weights: Weights,
    *,
    payloads: Callable[[Sequence[str]], Mapping[str, Payload]],
) -> list[Hit]:
    """`payloads` gives what is stored under the ids of the best points, and of no others."""
    best = fuse(dense, keyword, weights)[: query.limit]
    stored = payloads([point.id for point in best])
    return [
        Hit(passage_of(point.id, stored[point.id]), point.score, point.cosine, point.keyword)
        for point in best
        if point.id in stored
    ]


def batches(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    return (items[start : start + size] for start in range(0, len(items), size))


def require_fit(build: Build | None, embedder: Embedder) -> None:
    """Raises ServiceError when the live build was made with another embedding model or dimension.

    Another program's collection does not tell its model, so there the dimension alone counts.
    """
    if build is None or _making(build) == (embedder.model if build.number else "", embedder.dimension):
        return
    raise ServiceError(
        f"the book was embedded with {_described(build.embedding_model, build.dimension)}, but the embedding model is "
        f"{_described(embedder.model, embedder.dimension)} - run `glossator ingest --rebuild`, or set the former model"
    )


def _making(build: Build) -> tuple[str, int]:
    return build.embedding_model, build.dimension


def _described(model: str, dimension: int) -> str:
    return f"{model or 'an unknown model'} ({dimension} dimensions)" if dimension else "no model (words only)"
