"""Walking through a book's pages and finding what changed.

Reading, parsing and splitting happen in threads, one page at a time, so that a server that ingests stays responsive.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from operator import length_hint
from pathlib import PurePosixPath
from typing import Protocol

from glossator.domain.book.ingest.changes import Change, Record, compare
from glossator.domain.book.ingest.summary import Progress
from glossator.domain.book.pages.front_matter import BadPage
from glossator.domain.book.passages import BrokenPage, Page, Passage

Source = Iterable[Page | BrokenPage]


class PageSplitter(Protocol):
    """Cuts a page into passages, by the rules that `version` names. Raises BadPage."""

    @property
    def version(self) -> str: ...

    def __call__(self, page: Page, /) -> Sequence[Passage]: ...


class Survey:
    """Knows afterwards which pages were seen, which are broken, and whose title is the book's."""

    def __init__(self, source: Source, record: Record, splitter: PageSplitter) -> None:
        self._pages = iter(source)
        self._record = record
        self._splitter = splitter
        self._titles: list[tuple[bool, int, str]] = []
        self._total = length_hint(source) or None
        self.seen: set[str] = set()
        self.broken: list[BrokenPage] = []

    async def changes(self) -> AsyncIterator[Change | None]:
        """One item for each page: what has to be written, or None for an unchanged or a broken page."""
        while (found := await asyncio.to_thread(self._next)) is not None:
            yield found if isinstance(found, Change) else None

    @property
    def readable(self) -> int:
        return len(self._titles)

    @property
    def title(self) -> str:
        """The title of the book's own index or README page, else of its first page; empty without pages."""
        return min(self._titles)[2] if self._titles else ""

    def progress(self, embedded: int) -> Progress:
        return Progress(len(self.seen), self._total, embedded, tuple(self.broken))

    def _next(self) -> Page | BrokenPage | Change | None:
        found = next(self._pages, None)
        if found is None:
            return None
        self.seen.add(found.path)
        result = self._compared(found) if isinstance(found, Page) else found
        if isinstance(result, BrokenPage):
            self.broken.append(result)
        return result

    def _compared(self, page: Page) -> Page | BrokenPage | Change:
        try:
            found = page if self._record.holds(page) else compare(page, self._splitter(page), self._record)
        except BadPage as error:
            return BrokenPage(page.path, str(error))
        self._titles.append((not _is_front(page.path), len(self._titles), page.title))
        return found


def _is_front(path: str) -> bool:
    pure = PurePosixPath(path)
    return len(pure.parts) == 1 and pure.stem.lower() in {"index", "readme"}
