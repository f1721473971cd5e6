"""A book for tests of the ingest, in which each line of a page is a passage."""

from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import blake2b
from uuid import NAMESPACE_URL, uuid5

from glossator.domain.book.ingest.ingest import Ingest
from glossator.domain.book.ingest.scan import PageSplitter
from glossator.domain.book.passages import Page, Passage
from tests.indexes import CountingEmbedder, MemoryIndex


def digest(text: str) -> str:
    return blake2b(text.encode(), digest_size=8).hexdigest()


def page(path: str, *paragraphs: str) -> Page:
    """A page of these lines; its title is the first part of the path."""
    source = "\n".join(paragraphs)
    return Page(path, title=path.split(".", maxsplit=1)[0].title(), url=path, source=source, hash=digest(source))


def split(whole: Page) -> list[Passage]:
    passages, at, twins = [], 0, dict[str, int]()
    for line in whole.source.split("\n") if whole.source else []:
        hash_ = digest(line)
        twins[hash_] = twins.get(hash_, -1) + 1
        id_ = str(uuid5(NAMESPACE_URL, f"{whole.path} {hash_} {twins[hash_]}"))
        passages.append(Passage(id_, whole.path, (whole.title,), whole.url, at, at + len(line), line, hash_))
        at += len(line) + 1
    return passages


@dataclass(frozen=True)
class LineSplitter:
    """A splitter with this version; `before` is called before each page."""

    version: str = "lines-1"
    before: Callable[[Page], object] = id

    def __call__(self, whole: Page) -> list[Passage]:
        self.before(whole)
        return split(whole)


@dataclass
class Bench:
    """An index with an embedder and a splitter."""

    index: MemoryIndex = field(default_factory=MemoryIndex)
    embedder: CountingEmbedder = field(default_factory=CountingEmbedder)
    splitter: PageSplitter = LineSplitter()
    batch: int = 256

    @property
    def ingest(self) -> Ingest:
        return Ingest(self.index, self.embedder, self.splitter, batch=self.batch)

    def texts(self, number: int = 1) -> set[tuple[str, str]]:
        return {(p.passage.page, p.passage.text) for p in self.index.stored[number].points.values()}

    def embedded(self) -> list[str]:
        """The texts that were embedded since the last call, without headings."""
        texts = [text.split("\n", maxsplit=1)[1] for text in self.embedder.texts]
        self.embedder.calls.clear()
        return texts


BOOK = (page("index.md", "one", "two"), page("trees.md", "root", "leaf", "bark"))
