"""What both Qdrant engines store: the points of a build, and the names of things.

A build is one collection with three kinds of points. Passages carry a named vector for each space (cosine) and `bm25`
(IDF by the engine); pages and the build itself carry none, so no search finds them and no word statistic counts them.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any, Final, TypeVar
from uuid import NAMESPACE_URL, uuid5

from glossator.domain.book.index import (
    Build,
    Hit,
    PageEntry,
    PageTitle,
    PassageEntry,
    PassagePoint,
    Query,
    SuggestedPage,
    Suggestion,
    VectorSpace,
    shared_spaces,
)
from glossator.domain.book.pages.dialect.generators import Dialect
from glossator.domain.book.passages import Page, Passage
from glossator.domain.book.words import different_words
from glossator.domain.errors import BookMismatch
from glossator.domain.ports.embedder import Embedder, EmbeddingSpace, Vectors
from glossator.kernel.errors import ServiceError
from glossator.kernel.settings.setting import BadValue, Setting
from glossator.kernel.settings.types import FLAG, TEXT, validated
from glossator.kernel.spans import Attribute, TracedOperation
from glossator_plugins.passage_points.fusion import Scores, fuse

T = TypeVar("T")
Payload = Mapping[str, Any]

BM25: Final = "bm25"
PASSAGE: Final = "passage"
PAGE: Final = "page"
BUILD: Final = "build"
FILTERED_FIELDS: Final = ("kind", "page", "url", "spaces")
"""Each has a keyword index: a cluster in strict mode refuses filters on others."""
PASSAGE_ENTRY_FIELDS: Final = ("page", "page_hash", "hash")
PAGE_ENTRY_FIELDS: Final = ("path", "hash")
PAGE_TITLE_FIELDS: Final = ("path", "title", "url")
SUGGESTED_FIELDS: Final = ("path", "url", "suggestions")
PASSAGE_FIELDS: Final = ("page", "headings", "url", "start", "end", "text", "hash")
BUILD_ID: Final = str(uuid5(NAMESPACE_URL, "glossator:build"))


def search_operation(query: Query) -> TracedOperation:
    """Named by the conventions for generative AI and for databases."""
    attributes: dict[str, Attribute] = {
        "gen_ai.operation.name": "retrieval",
        "gen_ai.retrieval.top_k": query.limit,
        "db.system.name": "qdrant",
        "db.operation.name": "query",
        "glossator.step": "search",
    }
    return TracedOperation("retrieval", attributes)


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
    "Start even if another embedding model created the index; `glossator ingest --rebuild` sets it",
)


class BuildIsLive(ValueError):
    """A build that is searched can neither be dropped nor replaced."""

    def __init__(self, number: int) -> None:
        super().__init__(f"build {number} is live")


def page_id(path: str) -> str:
    return str(uuid5(NAMESPACE_URL, f"glossator:page:{path}"))


def new_passage_payload(point: PassagePoint, splitter: str) -> dict[str, object]:
    return {**passage_payload(point.passage, point.page_hash), "splitter": splitter, "spaces": [*point.vectors]}


def passage_payload(passage: Passage, page_hash: str) -> dict[str, object]:
    """Without the splitter and the spaces, which stay as they are when a stored passage moves."""
    stored = {name: getattr(passage, name) for name in PASSAGE_FIELDS}
    return stored | {"kind": PASSAGE, "page_hash": page_hash, "headings": list(passage.headings)}


def page_payload(page: Page) -> dict[str, object]:
    """Slow for a large page, which also names its words, so that a build knows its vocabulary.

    They are one text: engines take many times as long for a list.
    """
    words = sorted(different_words(f"{page.title}\n{page.source}"))
    return {"kind": PAGE, **vars(page), "dialect": asdict(page.dialect), "words": " ".join(words)}


def add_words(counts: Counter[str], payload: Payload) -> None:
    """A page of an earlier version has a list of words."""
    words = payload.get("words", ())
    counts.update(words.split() if isinstance(words, str) else words)


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
    """A page of an earlier version has no site."""
    known = {field.name: payload[field.name] for field in fields(Page) if field.name in payload}
    return Page(**{**known, "dialect": Dialect.from_json(payload.get("dialect", {}))})


def build_of(payload: Payload) -> Build:
    """A build of an earlier version has one space, its model and length in fields of their own, and no `words`."""
    known = {field.name: payload[field.name] for field in fields(Build) if field.name in payload}
    if "spaces" in payload:
        spaces = tuple(VectorSpace(**space) for space in payload["spaces"])
    else:
        dimension = payload["dimension"]
        spaces = (VectorSpace("dense", payload["embedding_model"], dimension),) if dimension else ()
    dialect = Dialect.from_json(payload["dialect"]) if payload.get("dialect") else None
    return Build(
        **{
            "words": "1",
            "generation": 0,
            **known,
            "spaces": spaces,
            "pending": tuple(payload.get("pending", ())),
            "dialect": dialect,
            "order": tuple(payload.get("order", ())),
        }
    )


def passage_entry_of(point_id: str, payload: Payload) -> PassageEntry:
    return PassageEntry(point_id, payload["page"], payload["page_hash"], payload["hash"])


def page_entry_of(payload: Payload) -> PageEntry:
    return PageEntry(payload["path"], payload["hash"])


def page_title_of(payload: Payload) -> PageTitle:
    return PageTitle(payload["path"], payload["title"], payload["url"])


def suggested_page_of(payload: Payload) -> SuggestedPage:
    stored = payload.get("suggestions")
    suggestions = None if stored is None else tuple(Suggestion(**one) for one in stored)
    return SuggestedPage(payload["path"], payload["url"], suggestions)


def suggestions_payload(suggestions: Sequence[Suggestion]) -> dict[str, object]:
    """What a page's point holds beside the page itself."""
    return {"suggestions": [asdict(one) for one in suggestions]}


def searched_spaces(query: Query, build: Build) -> dict[str, Vectors]:
    """The query's vectors in the filled spaces of this build. Raises BookMismatch for one of another length."""
    dimensions = {space.name: space.dimension for space in build.spaces if space.name not in build.pending}
    for name, vector in query.vectors.items():
        if dimensions.get(name, len(vector)) != len(vector):
            raise BookMismatch(
                f"the book was embedded with {dimensions[name]} dimensions, the question with {len(vector)}"
            )
    return {name: vector for name, vector in query.vectors.items() if name in dimensions}


def fused_hits(
    spaces: Mapping[str, Scores],
    words: Scores | None,
    query: Query,
    *,
    payloads: Callable[[Sequence[str]], Mapping[str, Payload]],
) -> list[Hit]:
    """`payloads` gives what is stored under the ids of the best points, and of no others."""
    best = fuse(spaces, words, query.weights)[: query.limit]
    stored = payloads([point.id for point in best])
    return [
        Hit(passage_of(point.id, stored[point.id]), point.score, point.cosines, point.keyword)
        for point in best
        if point.id in stored
    ]


def batches(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    return (items[start : start + size] for start in range(0, len(items), size))


def require_fit(build: Build | None, embedder: Embedder) -> None:
    """Raises ServiceError when no vector of the live build can be compared with a question's."""
    if build is None or (not build.spaces and not embedder.spaces) or shared_spaces(build, embedder.spaces):
        return
    raise ServiceError(
        f"the book was embedded with {_described(build.spaces)}, but the embedding model is "
        f"{_described(embedder.spaces)} - run `glossator ingest --rebuild`, or set the former model"
    )


def _described(spaces: Sequence[VectorSpace | EmbeddingSpace]) -> str:
    named = [f"{space.model or 'an unknown model'} ({space.dimension} dimensions)" for space in spaces]
    return " and ".join(named) or "no model (words only)"
