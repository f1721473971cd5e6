"""The collection of an existing deployment: served unchanged, and never written.

Its points have one unnamed vector and the payload `content, context, headers, file_path, chunk_index`. It has no word
weights and no pages. The first `glossator ingest` creates a separate build, which is served from then on.
"""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Final

from qdrant_client import models

from glossator.domain.book.index import Build, Hit, Query, VectorSpace
from glossator.domain.book.pages.dialect.generators import DEFAULT_DIALECT, Dialect
from glossator.domain.book.pages.front_matter import BadPage, FrontMatter
from glossator.domain.book.pages.urls import page_url
from glossator.domain.book.passages import Passage
from glossator.domain.book.splitting.splitter import passage_hash
from glossator_plugins.passage_points.points import Payload
from glossator_plugins.qdrant.requests import Found

NUMBER: Final = 0
SPACE: Final = "dense"
COSINE_DISTANCES: Final = (models.Distance.COSINE, models.Distance.DOT)
"""Embedding models return unit vectors, whose dot product is their cosine."""
PATH_SEPARATOR: Final = " > "
MAX_PATH_LENGTH: Final = 200
HEADING_KEYS: Final = ("text", "title", "heading", "name", "content")


@dataclass(frozen=True)
class ExistingCollection:
    """The settings for a book that does not store its title and site."""

    title: str = ""
    dialect: Dialect = DEFAULT_DIALECT

    def build(self, info: models.CollectionInfo) -> Build | None:
        """None for a collection of another kind."""
        vectors = info.config.params.vectors
        if not isinstance(vectors, models.VectorParams) or vectors.distance not in COSINE_DISTANCES:
            return None
        return Build(
            number=NUMBER,
            title=self.title,
            site_url="",
            spaces=(VectorSpace(SPACE, "", vectors.size),),
            splitter="",
            words="",
            distance=vectors.distance.value,
            state="ready",
            passages=info.points_count or 0,
        )

    def hits(self, found: Sequence[Found], query: Query) -> list[Hit]:
        """The score is the cosine. The page is filtered here: a strict server rejects filters on unindexed fields."""
        hits = [
            Hit(passage, score=min(1.0, max(0.0, point.score)), cosines={SPACE: point.score}, keyword=0.0)
            for point in found
            if (passage := self.passage(point.id, point.payload)) is not None
        ]
        return [hit for hit in hits if query.page in (None, hit.passage.page)][: query.limit]

    def passage(self, point_id: str, payload: Payload) -> Passage | None:
        """None for a point without text."""
        text = payload.get("content")
        if not isinstance(text, str) or not text.strip():
            return None
        page = str(payload.get("file_path") or "").replace("\\", "/")
        headings = headings_of(payload)
        return Passage(
            id=point_id,
            page=page,
            headings=headings,
            url=self._url(page),
            start=0,
            end=len(text),
            text=text,
            hash=passage_hash(headings, text),
        )

    def _url(self, page: str) -> str:
        with contextlib.suppress(BadPage):
            return page_url(PurePosixPath(page).as_posix(), FrontMatter(), self.dialect) if page else ""
        return ""


def search_request(query: Query) -> models.QueryRequest | None:
    """None for a query without a vector."""
    if SPACE not in query.vectors:
        return None
    limit = query.limit if query.page is None else max(query.limit, query.candidates)
    return models.QueryRequest(query=query.vectors[SPACE].tolist(), limit=limit, with_payload=True)


def headings_of(payload: Payload) -> tuple[str, ...]:
    """Reads `headers`, or a `context` that looks like a path of headings."""
    found = headings_in(payload.get("headers"))
    context = payload.get("context")
    if found or not isinstance(context, str) or "\n" in context.strip() or len(context) > MAX_PATH_LENGTH:
        return found
    return headings_in(context)


def headings_in(value: Any) -> tuple[str, ...]:
    """Reads a list of headings, a mapping by level (`{"Header 1": ...}`) or a line such as `Chapter > Section`."""
    if isinstance(value, str):
        found = [part.strip().lstrip("#") for part in value.split(PATH_SEPARATOR)]
    elif isinstance(value, Mapping):
        found = [text_of(value[level]) for level in sorted(value, key=str)]
    elif isinstance(value, list | tuple):
        found = [text_of(entry) for entry in value]
    else:
        return ()
    return tuple(text.strip() for text in found if text.strip())


def text_of(value: Any) -> str:
    if isinstance(value, Mapping):
        value = next((value[key] for key in HEADING_KEYS if key in value), None)
    return value if isinstance(value, str) else ""
