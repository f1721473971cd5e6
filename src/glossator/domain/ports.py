"""What the domain needs from plugins. A plugin's adapter is accepted when it passes the suite of its port."""

from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from glossator.domain.book.passages import Page, Passage

Vectors = npt.NDArray[np.float32]
"""Embeddings: shape (n, dimension), each row of length 1. One embedding has shape (dimension,)."""


@dataclass(frozen=True)
class Embedded:
    """Vectors of shape (n, dimension) in the order of the texts, and what they cost in the model's own tokens."""

    vectors: Vectors
    tokens: int


@dataclass(frozen=True)
class Evidence:
    """Cosines of one embedding model: below `none` no passage is about the question, below `weak` it may not be."""

    none: float
    weak: float


class Embedder(Protocol):
    """Turns texts into vectors. A `dimension` of 0 means: there is no model, search by words alone."""

    @property
    def model(self) -> str: ...
    @property
    def dimension(self) -> int: ...
    @property
    def max_tokens(self) -> int:
        """The longest text, in this model's tokens, that is embedded whole."""
        ...

    @property
    def evidence(self) -> Evidence: ...

    @property
    def usd_per_million_tokens(self) -> float: ...

    def count_tokens(self, text: str) -> int:
        """Never less than the model will count."""
        ...

    async def embed(self, texts: Sequence[str]) -> Embedded:
        """Any number of texts, split into requests within the provider's limits. Raises Unavailable."""
        ...


@dataclass(frozen=True)
class Quotable:
    """A passage that a prompt offers as evidence under a number."""

    number: int
    heading: str
    text: str


@dataclass(frozen=True)
class Prompt:
    """One request to a chat model, whole: `system` and `user` are what a generating model reads.

    An extractive model reads `question` and `passages` alone.
    """

    system: str
    user: str
    question: str = ""
    passages: tuple[Quotable, ...] = ()
    max_tokens: int = 1000
    temperature: float = 0.0


@dataclass(frozen=True)
class Delta:
    """The next piece of the model's text, never empty."""

    text: str


@dataclass(frozen=True)
class Completed:
    """The last event of a stream. `truncated` is true when the model stopped at a limit, not at its end."""

    truncated: bool
    prompt_tokens: int
    completion_tokens: int


class ChatModel(Protocol):
    """Answers a prompt. `generates` is false for a model that only quotes the prompt's passages.

    One object may be Embedder and ChatModel, so the two ports share no name.
    """

    @property
    def chat_model(self) -> str: ...
    @property
    def generates(self) -> bool: ...
    @property
    def usd_per_million_chat_tokens(self) -> tuple[float, float]:
        """Prices of prompt tokens and of completion tokens."""
        ...

    def stream(self, prompt: Prompt) -> AsyncGenerator[Delta | Completed, None]:
        """Deltas, then one Completed. Closing it cancels the upstream call at once. Raises Unavailable."""
        ...


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


class Row(Protocol):
    """A row by column name."""

    def __getitem__(self, column: str, /) -> Any: ...
    def keys(self) -> Iterable[str]: ...


class Statements(Protocol):
    """Statements with `$1` parameters. Each may raise Unavailable."""

    async def fetch(self, sql: str, *args: object) -> Sequence[Row]: ...
    async def fetchrow(self, sql: str, *args: object) -> Row | None: ...
    async def fetchval(self, sql: str, *args: object) -> Any: ...
    async def execute(self, sql: str, *args: object) -> str: ...


class Database(Statements, Protocol):
    """PostgreSQL. Outside a transaction each statement borrows a connection for itself.

    A statement that met a dead connection is sent once more where that is safe: when it only reads, or was never sent.
    """

    def transaction(self) -> AbstractAsyncContextManager[Statements]:
        """One connection until the block ends: committed, or rolled back when it raises."""
        ...
