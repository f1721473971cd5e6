"""Scans the pages of a source for changes.

Pages are read, parsed and split in threads, one at a time, so that a server stays responsive during an ingest.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from operator import length_hint
from pathlib import PurePosixPath
from typing import Protocol

from glossator.domain.book.ingest.changes import BuildContents, PageChange, compare
from glossator.domain.book.ingest.summary import IngestProgress
from glossator.domain.book.pages.front_matter import BadPage
from glossator.domain.book.passages import BrokenPage, Page, Passage

Source = Iterable[Page | BrokenPage]


class PageSplitter(Protocol):
    """Splits a page into passages by the rules that `version` names. Raises BadPage."""

    @property
    def version(self) -> str: ...

    def __call__(self, page: Page, /) -> Sequence[Passage]: ...


class SourceScan:
    """After `changes` has ended: the pages that were seen, those that are broken, and the book's title."""

    def __init__(self, source: Source, contents: BuildContents, splitter: PageSplitter) -> None:
        self._pages = iter(source)
        self._contents = contents
        self._splitter = splitter
        self._titles: list[tuple[bool, int, str]] = []
        self._total = length_hint(source) or None
        self.seen: set[str] = set()
        self.broken: list[BrokenPage] = []

    async def changes(self) -> AsyncIterator[PageChange | None]:
        """Yield one item for each page: the change to write, or None for an unchanged or broken page."""
        while (found := await asyncio.to_thread(self._next)) is not None:
            yield found if isinstance(found, PageChange) else None

    @property
    def readable(self) -> int:
        return len(self._titles)

    @property
    def title(self) -> str:
        """The title of the top-level index or README page, or else of the first page; empty without pages."""
        return min(self._titles)[2] if self._titles else ""

    def progress(self, embedded: int) -> IngestProgress:
        return IngestProgress(len(self.seen), self._total, embedded, tuple(self.broken))

    def _next(self) -> Page | BrokenPage | PageChange | None:
        found = next(self._pages, None)
        if found is None:
            return None
        self.seen.add(found.path)
        result = self._compare(found) if isinstance(found, Page) else found
        if isinstance(result, BrokenPage):
            self.broken.append(result)
        return result

    def _compare(self, page: Page) -> Page | BrokenPage | PageChange:
        try:
            found = page if self._contents.contains(page) else compare(page, self._splitter(page), self._contents)
        except BadPage as error:
            return BrokenPage(page.path, str(error))
        self._titles.append((not _is_front_page(page.path), len(self._titles), page.title))
        return found


def read_other_title(source: Source, served: Mapping[str, str]) -> str | None:
    """The title of a source that is not the book with these page hashes; None if half of the pages are the same.

    Half of the smaller one counts, so that a book may grow, shrink or change its first page. Blocks while it reads.
    """
    titles: list[tuple[bool, int, str]] = []
    same = 0
    for page in source:
        if isinstance(page, Page):
            same += served.get(page.path) == page.hash
            titles.append((not _is_front_page(page.path), len(titles), page.title))
        if same and 2 * same >= len(served):
            return None
    if not titles or (same and 2 * same >= len(titles)):
        return None
    return min(titles)[2]


def _is_front_page(path: str) -> bool:
    pure = PurePosixPath(path)
    return len(pure.parts) == 1 and pure.stem.lower() in {"index", "readme"}
