from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from glossator.domain.book.passages import Page, Passage
from glossator.domain.ports.embedder import Vectors


@dataclass(frozen=True)
class SparseVector:
    """Word weights by word index; parallel, indices distinct."""

    indices: tuple[int, ...]
    values: tuple[float, ...]


@dataclass(frozen=True)
class Build:
    """One physical index of the whole book. `number` counts from 1; 0 is another program's collection, read-only."""

    number: int
    title: str
    site_url: str
    embedding_model: str
    dimension: int
    splitter: str
    distance: str = "Cosine"
    state: str = "building"
    pages: int = 0
    passages: int = 0


@dataclass(frozen=True)
class PassagePoint:
    """A passage as it is written: `vector` has shape (dimension,), and is None when the build's dimension is 0."""

    passage: Passage
    page_hash: str
    vector: Vectors | None
    words: SparseVector


@dataclass(frozen=True)
class PassageEntry:
    """What the index itself remembers of a stored passage; enough to see what an ingest has to do."""

    id: str
    page: str
    page_hash: str
    hash: str


@dataclass(frozen=True)
class PageEntry:
    """A page whose passages the index has all acknowledged."""

    path: str
    hash: str


@dataclass(frozen=True)
class Query:
    """A search: `vector` of shape (dimension,) or None, words, and how many hits.

    `candidates` are taken from each side before fusion; `page` narrows both sides to one page's path.
    """

    vector: Vectors | None
    words: SparseVector
    limit: int
    candidates: int = 50
    page: str | None = None


@dataclass(frozen=True)
class Hit:
    """A found passage: `score` is the fused one, 0 to 1.

    `cosine` is None when only words matched, `keyword` is 0 when none did.
    """

    passage: Passage
    score: float
    cosine: float | None
    keyword: float


class PassageIndex(Protocol):
    """Passages with their vectors and words, in numbered builds of which one is live.

    Every method raises Unavailable when the engine cannot be reached. What a method wrote is acknowledged, and found
    by every later call, when it returns.
    """

    async def live(self) -> Build | None:
        """The build that is searched. A change made by another process is noticed within 30 s."""
        ...

    async def search(self, query: Query) -> list[Hit]:
        """The best hits of the live build, best first; no hits when there is none. One round trip."""
        ...

    async def page(self, url: str) -> Page | None:
        """The page of the live build at this url."""
        ...

    async def builds(self) -> list[Build]:
        """All numbered builds, oldest first."""
        ...

    async def create(self, build: Build) -> None:
        """An empty build under `build.number`; not live. Anything left under that number is replaced."""
        ...

    async def save(self, build: Build) -> None:
        """Replace what the build says of itself (title, counts, state)."""
        ...

    def passages(self, number: int) -> AsyncIterator[PassageEntry]:
        """Every stored passage of a build."""
        ...

    def pages(self, number: int) -> AsyncIterator[PageEntry]:
        """Every stored page of a build."""
        ...

    async def put_passages(self, number: int, points: Sequence[PassagePoint]) -> None:
        """Insert or replace, in batches the engine likes."""
        ...

    async def move_passages(self, number: int, passages: Sequence[tuple[Passage, str]]) -> None:
        """Replace what stored passages say of themselves (with the page's new hash); their vectors stay."""
        ...

    async def put_pages(self, number: int, pages: Sequence[Page]) -> None:
        """Insert or replace pages; written after their passages, so that a stored page is a whole one."""
        ...

    async def delete(self, number: int, *, passages: Sequence[str] = (), pages: Sequence[str] = ()) -> None:
        """Remove passages by id and pages by path; absent ones are fine."""
        ...

    async def activate(self, number: int) -> None:
        """Make a build the live one, atomically."""
        ...

    async def drop(self, number: int) -> None:
        """Remove a build that is not live."""
        ...
