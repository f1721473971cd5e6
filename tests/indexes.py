"""The PassageIndex and Embedder ports in memory, with failures at a chosen write."""

from collections import Counter
from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import Final, TypeVar

import numpy as np

from glossator.domain.book.index import (
    Build,
    Hit,
    PageEntry,
    PageTitle,
    PassageEntry,
    PassagePoint,
    Query,
    SparseVector,
    SuggestedPage,
    Suggestion,
    VectorSpace,
)
from glossator.domain.book.passages import Page, Passage
from glossator.domain.book.words import words_of
from glossator.domain.errors import Unavailable
from glossator.domain.ports.embedder import Embedded, EmbeddingSpace, Evidence, Purpose, Vectors

T = TypeVar("T")


@dataclass
class StoredBuild:
    """The contents of one build."""

    build: Build
    points: dict[str, PassagePoint] = field(default_factory=dict)
    pages: dict[str, Page] = field(default_factory=dict)
    suggestions: dict[tuple[str, str], tuple[Suggestion, ...]] = field(default_factory=dict)
    """By path and hash of the page."""


class MemoryIndex:
    """A PassageIndex in memory. `writes` lists the writing calls. The draft of a ready build is a copy of it.

    If `fail_after` is set, that many writes succeed; the next one does half of its work and raises.
    """

    def __init__(self, *, fail_after: int | None = None) -> None:
        self.stored: dict[int, StoredBuild] = {}
        self.drafts: dict[int, StoredBuild] = {}
        self.live_number: int | None = None
        self.writes: list[str] = []
        self.fail_after = fail_after

    async def live(self) -> Build | None:
        return None if self.live_number is None else self.stored[self.live_number].build

    async def search(self, query: Query) -> list[Hit]:
        number = self.live_number if query.build is None else query.build
        if number is None:
            return []
        points = [point for point in self.stored[number].points.values() if query.page in (None, point.passage.page)]
        hits = [hit for hit in (_hit(query, point) for point in points) if hit.score > 0]
        return sorted(hits, key=lambda hit: -hit.score)[: query.limit]

    async def page(self, url: str) -> Page | None:
        if self.live_number is None:
            return None
        return next((page for page in self.stored[self.live_number].pages.values() if page.url == url), None)

    async def builds(self) -> list[Build]:
        return [self.stored[number].build for number in sorted(self.stored) if number > 0]

    async def create(self, build: Build) -> None:
        self._write("create")
        self.stored[build.number] = StoredBuild(build)

    async def save(self, build: Build) -> None:
        self._write("save")
        if build.generation > self.stored[build.number].build.generation:
            self.stored[build.number] = self.drafts.pop(build.number, self.stored[build.number])
        self.stored[build.number].build = build

    async def begin(self, number: int) -> bool:
        """Keeps only the new passages of an interrupted draft."""
        draft, stored = self.drafts.pop(number, None), self.stored[number]
        added = {id_: point for id_, point in draft.points.items() if id_ not in stored.points} if draft else {}
        self._written(number).points |= added
        return bool(added)

    def _written(self, number: int) -> StoredBuild:
        stored = self.stored[number]
        if stored.build.draft == stored.build.generation:
            return stored
        return self.drafts.setdefault(number, replace(stored, points={**stored.points}, pages={**stored.pages}))

    def _read(self, number: int, *, draft: bool) -> StoredBuild:
        return self.drafts.get(number, self.stored[number]) if draft else self.stored[number]

    async def passages(self, number: int, *, draft: bool = False) -> AsyncIterator[PassageEntry]:
        for point in list(self._read(number, draft=draft).points.values()):
            yield PassageEntry(point.passage.id, point.passage.page, point.page_hash, point.passage.hash)

    async def passages_of(self, number: int, pages: Sequence[str]) -> AsyncIterator[Passage]:
        for point in list(self.stored[number].points.values()):
            if point.passage.page in pages:
                yield point.passage

    async def pages(self, number: int, *, draft: bool = False) -> AsyncIterator[PageEntry]:
        for page in list(self._read(number, draft=draft).pages.values()):
            yield PageEntry(page.path, page.hash)

    async def titles(self, number: int) -> AsyncIterator[PageTitle]:
        for page in list(self.stored[number].pages.values()):
            yield PageTitle(page.path, page.title, page.url)

    async def put_passages(self, number: int, points: Sequence[PassagePoint]) -> None:
        for point in self._items_to_write("put_passages", points):
            self._written(number).points[point.passage.id] = point

    async def move_passages(self, number: int, passages: Sequence[tuple[Passage, str]]) -> None:
        stored = self._written(number).points
        for passage, page_hash in self._items_to_write("move_passages", passages):
            stored[passage.id] = replace(stored[passage.id], passage=passage, page_hash=page_hash)

    async def vocabulary(self, number: int) -> Mapping[str, int]:
        return Counter(word for page in self.stored[number].pages.values() for word in set(words_of(page.source)))

    async def lacking(self, number: int, space: str) -> AsyncIterator[Passage]:
        for point in list(self.stored[number].points.values()):
            if space not in point.vectors:
                yield point.passage

    async def add_vectors(self, number: int, space: str, vectors: Mapping[str, Vectors]) -> None:
        for id_, vector in self._items_to_write("add_vectors", [*vectors.items()]):
            for build in (self.stored[number], self.drafts.get(number)):
                if build is not None and id_ in build.points:
                    point = build.points[id_]
                    build.points[id_] = replace(point, vectors={**point.vectors, space: vector})

    async def put_pages(self, number: int, pages: Sequence[Page]) -> None:
        for page in self._items_to_write("put_pages", pages):
            self._written(number).pages[page.path] = page

    async def suggested(self, number: int) -> AsyncIterator[SuggestedPage]:
        stored = self.stored[number]
        for page in list(stored.pages.values()):
            yield SuggestedPage(page.path, page.url, stored.suggestions.get((page.path, page.hash)))

    async def put_suggestions(self, number: int, suggestions: Mapping[str, Sequence[Suggestion]]) -> None:
        stored = self.stored[number]
        for path, listed in self._items_to_write("put_suggestions", [*suggestions.items()]):
            if path in stored.pages:
                stored.suggestions[path, stored.pages[path].hash] = tuple(listed)

    async def delete(self, number: int, *, passages: Sequence[str] = (), pages: Sequence[str] = ()) -> None:
        build = self._written(number)
        for name in self._items_to_write("delete", [*pages, *passages]):
            build.pages.pop(name, None)
            build.points.pop(name, None)

    async def activate(self, number: int) -> None:
        self._write("activate")
        self.live_number = self.stored[number].build.number

    async def drop(self, number: int) -> None:
        self._write("drop")
        if number == self.live_number:
            raise ValueError(f"build {number} is live")
        self.stored.pop(number, None)

    def _write(self, name: str) -> None:
        if self._fails_now(name):
            raise Unavailable("index", "simulated failure")

    def _items_to_write(self, name: str, items: Sequence[T]) -> Iterator[T]:
        fails = self._fails_now(name)
        yield from items[: len(items) // 2] if fails else items
        if fails:
            raise Unavailable("index", "simulated failure of half a write")

    def _fails_now(self, name: str) -> bool:
        self.writes.append(name)
        return self.fail_after is not None and len(self.writes) > self.fail_after


EVIDENCE: Final = Evidence(none=0.1, weak=0.3, alone=0.3)
SPACES: Final = (VectorSpace("dense", "counting", 8),)


class CountingEmbedder:
    """An Embedder that derives vectors from the text alone. `calls` are the received batches; a token is a word."""

    usd_per_million_tokens = 20.0

    def __init__(
        self, model: str = "counting", dimension: int = 8, *, evidence: Evidence = EVIDENCE, slow: bool = False
    ) -> None:
        self.model = model
        self.dimension = dimension
        first = EmbeddingSpace("dense", model, dimension, evidence)
        second = EmbeddingSpace("slow", f"slow {model}", dimension, evidence, slow=True)
        self.spaces = ((first, second) if slow else (first,)) if dimension else ()
        self.calls: list[list[str]] = []

    @property
    def texts(self) -> list[str]:
        """All embedded texts, in order."""
        return [text for call in self.calls for text in call]

    def count_tokens(self, text: str) -> int:
        return len(text.split())

    async def embed(self, texts: Sequence[str], purpose: Purpose, spaces: Collection[str] | None = None) -> Embedded:
        self.calls.append(list(texts))
        rows = np.stack([_direction(text, self.dimension) for text in texts])
        wanted = [space.name for space in self.spaces if spaces is None or space.name in spaces]
        return Embedded(dict.fromkeys(wanted, rows), sum(self.count_tokens(text) for text in texts))


def _direction(text: str, dimension: int) -> Vectors:
    seed = int.from_bytes(blake2b(text.encode()).digest()[:8], "big")
    row = np.random.default_rng(seed).standard_normal(dimension)
    return (row / np.linalg.norm(row)).astype(np.float32)


def _hit(query: Query, point: PassagePoint) -> Hit:
    shared = _dot(query.words, point.words)
    cosines = {
        name: float(query.vectors[name] @ point.vectors[name]) for name in query.vectors if name in point.vectors
    }
    best = max(cosines.values(), default=0.0)
    return Hit(point.passage, (max(best, 0.0) + shared / (1 + shared)) / 2, cosines, shared)


def _dot(query: SparseVector, document: SparseVector) -> float:
    weights = dict(zip(document.indices, document.values, strict=True))
    pairs = zip(query.indices, query.values, strict=True)
    return sum(value * weights.get(index, 0.0) for index, value in pairs)
