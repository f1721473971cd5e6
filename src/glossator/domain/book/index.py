"""The port of the book's index, and the records that it exchanges."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, Protocol

from glossator.domain.book.pages.dialect.generators import Dialect
from glossator.domain.book.passages import Page, Passage
from glossator.domain.ports.embedder import EmbeddingSpace, Vectors

BuildState = Literal["building", "ready"]
BUILDING: Final[BuildState] = "building"
READY: Final[BuildState] = "ready"


@dataclass(frozen=True)
class SparseVector:
    """Word weights by word index; parallel, indices distinct."""

    indices: tuple[int, ...]
    values: tuple[float, ...]


@dataclass(frozen=True)
class VectorSpace:
    """A named vector of a build: the model that made it, and its length."""

    name: str
    model: str
    dimension: int


@dataclass(frozen=True)
class Build:
    """One physical index of the whole book. `number` counts from 1; 0 is another program's collection, read-only.

    `splitter` and `words` are the versions of the rules that made its passages and their words. `pending` names the
    spaces that are not filled yet and not searched. `base` is the path of the site in its generator's configuration.
    `dialect` is that of the last whole source; None in a build of an earlier version.

    `order` has the paths of the pages as the book's own navigation lists them; empty where it says nothing.

    `suggestions` counts how often suggested questions were added after the build went live.

    Readers see what was written up to `generation`; saving the build with a higher one shows all later changes at
    once. It is 0 in a build of an earlier version, which has no generations.
    """

    number: int
    title: str
    site_url: str
    spaces: tuple[VectorSpace, ...]
    splitter: str
    words: str
    distance: str = "Cosine"
    state: BuildState = BUILDING
    pages: int = 0
    passages: int = 0
    pending: tuple[str, ...] = ()
    base: str = ""
    dialect: Dialect | None = None
    generation: int = 1
    suggestions: int = 0
    order: tuple[str, ...] = field(default=(), repr=False)

    @property
    def draft(self) -> int:
        """The generation that is written: of a ready build the next one, which readers do not see yet."""
        return self.generation + 1 if self.state == READY and self.generation else self.generation

    @property
    def models(self) -> str:
        """The embedding models, for people; empty when the build has words only."""
        return " and ".join(space.model for space in self.spaces)


def shared_spaces(build: Build, spaces: Sequence[EmbeddingSpace]) -> list[str]:
    """The names of the spaces in which a question can be compared with the passages of this build.

    Another program's collection does not name its model, so there the length alone counts.
    """
    own = {space.name: (space.model if build.number else "", space.dimension) for space in spaces}
    return [space.name for space in build.spaces if own.get(space.name) == (space.model, space.dimension)]


@dataclass(frozen=True)
class PassagePoint:
    """A passage as it is written, with a vector of shape (dimension,) for each of the named spaces."""

    passage: Passage
    page_hash: str
    vectors: Mapping[str, Vectors]
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
class PageTitle:
    """A page as the contents of the book list it."""

    path: str
    title: str
    url: str


@dataclass(frozen=True)
class Suggestion:
    """A question that the page at `url` answers; the higher the score, the better it fits."""

    question: str
    url: str
    score: float


@dataclass(frozen=True)
class SuggestedPage:
    """A page with its suggested questions, best first; None if it has not been asked for them yet."""

    path: str
    url: str
    suggestions: tuple[Suggestion, ...] | None


@dataclass(frozen=True)
class Weights:
    """The weight of each list of vectors and of the list of words; only the ratio counts."""

    vectors: float = 1.0
    words: float = 1.0


EQUAL: Final = Weights()


@dataclass(frozen=True)
class Query:
    """A search: a vector of shape (dimension,) for each space to search, words, and the maximum number of hits.

    `candidates` are taken from each list before fusion; `page` narrows the search to one page's path. Without `build`
    the live one is searched.
    """

    vectors: Mapping[str, Vectors]
    words: SparseVector
    limit: int
    candidates: int = 50
    page: str | None = None
    weights: Weights = EQUAL
    build: int | None = None


@dataclass(frozen=True)
class Hit:
    """A found passage: `score` is the fused one, 0 to 1.

    `cosines` holds the spaces whose list the passage is in; `keyword` is 0 when no word matched.
    """

    passage: Passage
    score: float
    cosines: Mapping[str, float]
    keyword: float


class PassageIndex(Protocol):
    """Passages with their vectors and words, in numbered builds of which one is live.

    Every method raises Unavailable when the engine cannot be reached. What a method wrote is acknowledged, and found
    by every later call, when it returns.

    Changes of a ready build are a draft: readers go on seeing the build as it was, until `save` stores the draft's
    generation. A draft that was interrupted stays, unseen, until the next one continues it.
    """

    async def live(self) -> Build | None:
        """The build that is searched. A change made by another process is noticed within 30 s."""
        ...

    async def search(self, query: Query) -> list[Hit]:
        """The best hits, best first; no hits when no build is live. One round trip."""
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
        """Replace what the build says of itself (title, counts, state, generation), in one write."""
        ...

    async def begin(self, number: int) -> bool:
        """Prepare a ready build for changes, and remove what earlier ones left.

        Returns whether an interrupted draft is continued: its new passages are kept, and its removals are undone.
        """
        ...

    def passages(self, number: int, *, draft: bool = False) -> AsyncIterator[PassageEntry]:
        """Every passage of a build that readers see, or that they will see with the draft."""
        ...

    def passages_of(self, number: int, pages: Sequence[str]) -> AsyncIterator[Passage]:
        """The passages of these pages, by path, as readers see them; in any order."""
        ...

    def pages(self, number: int, *, draft: bool = False) -> AsyncIterator[PageEntry]:
        """Every page of a build that readers see, or that they will see with the draft."""
        ...

    def titles(self, number: int) -> AsyncIterator[PageTitle]:
        """Every page of a build that readers see, in any order."""
        ...

    async def put_passages(self, number: int, points: Sequence[PassagePoint]) -> None:
        """Insert or replace, in batches the engine likes."""
        ...

    async def move_passages(self, number: int, passages: Sequence[tuple[Passage, str]]) -> None:
        """Replace what stored passages say of themselves (with the page's new hash); their vectors stay."""
        ...

    async def vocabulary(self, number: int) -> Mapping[str, int]:
        """The words of a build's pages, each with the number of pages that have it."""
        ...

    def lacking(self, number: int, space: str) -> AsyncIterator[Passage]:
        """The stored passages of a build without a vector in this space."""
        ...

    async def add_vectors(self, number: int, space: str, vectors: Mapping[str, Vectors]) -> None:
        """Vectors of one space by passage id, beside the others; absent passages are fine."""
        ...

    async def put_pages(self, number: int, pages: Sequence[Page]) -> None:
        """Insert or replace pages; written after their passages, so that a stored page is a whole one."""
        ...

    def suggested(self, number: int) -> AsyncIterator[SuggestedPage]:
        """Every page of a build that readers see, with its suggested questions."""
        ...

    async def put_suggestions(self, number: int, suggestions: Mapping[str, Sequence[Suggestion]]) -> None:
        """By path, for pages that readers see; absent ones are fine. They are removed with that version of the page."""
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
