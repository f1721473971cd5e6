"""What an ingest has to write: a page and its passages compared with what a build holds.

The index is its own record, so nothing else is asked. A page is whole in a build when its own hash is stored and no
passage of it bears another page hash; whatever an interrupted run left behind fails this test and is done again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from glossator.domain.book.index import PassageIndex
from glossator.domain.book.passages import Page, Passage


@dataclass
class Record:
    """What a build holds: the hash of each page, and for each page its passages' ids with the page hash they bear."""

    pages: dict[str, str] = field(default_factory=dict)
    passages: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def paths(self) -> set[str]:
        """Every page of which anything is stored."""
        return self.pages.keys() | self.passages.keys()

    def holds(self, page: Page) -> bool:
        """Whether the page is stored whole, as it is now."""
        bearing = self.passages.get(page.path, {}).values()
        return self.pages.get(page.path) == page.hash and all(hash_ == page.hash for hash_ in bearing)

    def apply(self, change: "Change") -> None:
        """Remember the page as it is once its change is written."""
        page, stored = change.page, self.passages.get(change.page.path, {})
        kept = stored.keys() - set(change.gone) | {passage.id for passage in change.new}
        self.pages[page.path] = page.hash
        self.passages[page.path] = dict.fromkeys(kept, page.hash)

    def remove(self, paths: Iterable[str]) -> None:
        for path in paths:
            self.pages.pop(path, None)
            self.passages.pop(path, None)

    def copy(self) -> "Record":
        return Record(dict(self.pages), dict(self.passages))


@dataclass(frozen=True)
class Change:
    """What makes a page whole: `new` passages are embedded, `moved` ones keep their vectors, `gone` are ids."""

    page: Page
    new: tuple[Passage, ...]
    moved: tuple[Passage, ...]
    gone: tuple[str, ...]


def compare(page: Page, passages: Sequence[Passage], record: Record) -> Change:
    """What has to be written so that the build holds exactly these passages of the page."""
    stored = record.passages.get(page.path, {})
    current = {passage.id for passage in passages}
    return Change(
        page,
        new=tuple(passage for passage in passages if passage.id not in stored),
        moved=tuple(passage for passage in passages if stored.get(passage.id, page.hash) != page.hash),
        gone=tuple(id_ for id_ in stored if id_ not in current),
    )


async def read_record(index: PassageIndex, number: int) -> Record:
    """One scroll over a build's pages and one over its passages; vectors stay where they are."""
    record = Record()
    async for page in index.pages(number):
        record.pages[page.path] = page.hash
    async for passage in index.passages(number):
        record.passages.setdefault(passage.page, {})[passage.id] = passage.page_hash
    return record
