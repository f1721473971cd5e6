"""Compares the pages of a source with the contents of a build.

The index itself is the only record of what was ingested. A page is complete in a build if its current hash is stored
and all its passages have the same page hash. A page that an interrupted run left incomplete fails this test and is
written again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from glossator.domain.book.index import PassageIndex
from glossator.domain.book.passages import Page, Passage


@dataclass
class BuildContents:
    """The hash of each page in a build, and for each page the ids of its passages with their page hashes."""

    pages: dict[str, str] = field(default_factory=dict)
    passages: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def paths(self) -> set[str]:
        """All pages, including incomplete ones."""
        return self.pages.keys() | self.passages.keys()

    def contains(self, page: Page) -> bool:
        """Whether the current version of the page is stored completely."""
        page_hashes = self.passages.get(page.path, {}).values()
        return self.pages.get(page.path) == page.hash and all(hash_ == page.hash for hash_ in page_hashes)

    def apply(self, change: "PageChange") -> None:
        """Update the contents as if the change were written."""
        page, stored = change.page, self.passages.get(change.page.path, {})
        ids = stored.keys() - set(change.removed) | {passage.id for passage in change.new}
        self.pages[page.path] = page.hash
        self.passages[page.path] = dict.fromkeys(ids, page.hash)

    def remove(self, paths: Iterable[str]) -> None:
        for path in paths:
            self.pages.pop(path, None)
            self.passages.pop(path, None)

    def revert(self, paths: Iterable[str], before: "BuildContents") -> list[str]:
        """Make these pages what they were before; return the ids of the passages that they lose."""
        lost: list[str] = []
        for path in paths:
            passages = before.passages.get(path, {})
            lost += self.passages.get(path, {}).keys() - passages.keys()
            self.passages[path] = passages
        return lost

    def equals(self, other: "BuildContents") -> bool:
        """Pages without passages may or may not be listed among the passages."""
        return self.pages == other.pages and self._passages() == other._passages()

    def _passages(self) -> dict[str, dict[str, str]]:
        return {path: passages for path, passages in self.passages.items() if passages}

    def copy(self) -> "BuildContents":
        return BuildContents(dict(self.pages), dict(self.passages))


@dataclass(frozen=True)
class PageChange:
    """An update of a page: `new` passages are embedded, `moved` ones keep their vectors, `removed` ids are deleted."""

    page: Page
    new: tuple[Passage, ...]
    moved: tuple[Passage, ...]
    removed: tuple[str, ...]


def compare(page: Page, passages: Sequence[Passage], contents: BuildContents) -> PageChange:
    """Return the writes after which the build contains exactly these passages of the page."""
    stored = contents.passages.get(page.path, {})
    current = {passage.id for passage in passages}
    return PageChange(
        page,
        new=tuple(passage for passage in passages if passage.id not in stored),
        moved=tuple(passage for passage in passages if stored.get(passage.id, page.hash) != page.hash),
        removed=tuple(id_ for id_ in stored if id_ not in current),
    )


async def read_contents(index: PassageIndex, number: int, *, draft: bool = False) -> BuildContents:
    """Scroll over a build's pages and passages once, without loading vectors: those of readers, or of the draft."""
    contents = BuildContents()
    async for page in index.pages(number, draft=draft):
        contents.pages[page.path] = page.hash
    async for passage in index.passages(number, draft=draft):
        contents.passages.setdefault(passage.page, {})[passage.id] = passage.page_hash
    return contents
