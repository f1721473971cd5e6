"""Scans the pages of a source for changes.

Pages are read, parsed and split in threads, one after the other, so that a server stays responsive during an ingest.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from operator import length_hint
from pathlib import PurePosixPath
from typing import Final, Protocol, runtime_checkable

from glossator.domain.book.index import Build, PassageIndex
from glossator.domain.book.ingest.book_options import IngestOptions
from glossator.domain.book.ingest.changes import BuildContents, PageChange, compare
from glossator.domain.book.ingest.summary import IngestProgress, estimate
from glossator.domain.book.pages.dialect.generators import DEFAULT_DIALECT, Dialect
from glossator.domain.book.pages.front_matter import BadPage
from glossator.domain.book.pages.sections import title_from_name
from glossator.domain.book.passages import BrokenPage, ExcludedPage, Page, Passage
from glossator.domain.book.sources.file_rules import NEEDS_EXTRA, PageItem
from glossator.domain.book.sources.site_base import site_base
from glossator.domain.book.sources.site_config import Site
from glossator.domain.errors import Refused

PAGES_AT_A_TIME: Final = 8
UNTITLED, OTHER_PAGE = 2, 3
"""The ranks of a root page whose title is only the name of its file, and of the pages that are no root page."""
PageSource = Iterable[PageItem]
"""Read twice where embedding costs money: first for the estimate."""


@runtime_checkable
class FileSource(Protocol):
    """A source of files: `title` is that of the site or the folder.

    `excluded` counts files by rule, and `named` has the pages among them.
    """

    @property
    def title(self) -> str: ...

    @property
    def site(self) -> Site: ...

    @property
    def dialect(self) -> Dialect: ...

    @property
    def excluded(self) -> Mapping[str, int]: ...

    @property
    def named(self) -> Sequence[ExcludedPage]: ...

    def reading_order(self) -> Sequence[str]:
        """The pages that the book's own navigation lists; empty where it says nothing. Reads the files again."""
        ...


class PageSplitter(Protocol):
    """Splits a page into passages by the rules that `version` names. Raises BadPage."""

    @property
    def version(self) -> str: ...

    def __call__(self, page: Page, /) -> Sequence[Passage]: ...


class SourceScan:
    """After `changes` has ended: the pages that were seen, read or are broken, and the book's title."""

    def __init__(self, source: PageSource, contents: BuildContents, splitter: PageSplitter) -> None:
        self._results = self._compared(source)
        self._contents = contents
        self._splitter = splitter
        self._titles: list[tuple[int, int, str]] = []
        self._source = source
        self._total = length_hint(source) or None
        self._new = self._read = 0
        self.seen: set[str] = set()
        self.read_paths: set[str] = set()
        self.broken: list[BrokenPage] = []
        self.excluded = Counter(source.excluded if isinstance(source, FileSource) else ())
        self.named = [*source.named] if isinstance(source, FileSource) else []
        self.base = site_base(source.site) if isinstance(source, FileSource) else None
        self.dialect = source.dialect if isinstance(source, FileSource) else DEFAULT_DIALECT
        self.order: tuple[str, ...] = ()
        self.not_included = 0
        self.page_links = 0

    async def changes(self) -> AsyncIterator[PageChange | None]:
        """Yield one item for each page: the change to write, or None for an unchanged or broken page."""
        while batch := await asyncio.to_thread(self._next_pages):
            for found in batch:
                change = found if isinstance(found, PageChange) else None
                self._read += 1
                self._new += len(change.new) if change else 0
                yield change
        if isinstance(self._source, FileSource):
            self.order = tuple(await asyncio.to_thread(self._source.reading_order))

    @property
    def readable(self) -> int:
        return len(self._titles)

    @property
    def title(self) -> str:
        return _book_title(self._titles, self._source)

    def progress(self, embedded: int, seconds: float) -> IngestProgress:
        """`seconds` is the time since the scan began. Pages that are not read yet count like those that are."""
        expected = round(self._new * self._total / self._read) if self._total and self._read else None
        return IngestProgress(
            self._read, self._total, embedded, tuple(self.broken), estimate=estimate(embedded, expected, seconds)
        )

    def _next_pages(self) -> list[PageItem | PageChange]:
        """A change of threads takes as long as reading a short page."""
        return list(islice(self._results, PAGES_AT_A_TIME))

    def _compared(self, source: PageSource) -> Iterator[PageItem | PageChange]:
        for found in source:
            if isinstance(found, ExcludedPage):
                self._exclude(found)
            else:
                self.seen.add(found.path)
            result = self._compare(found) if isinstance(found, Page) else found
            if isinstance(result, BrokenPage):
                self.broken.append(result)
            yield result

    def _exclude(self, page: ExcludedPage) -> None:
        """A page that only lacks its reader keeps its stored passages."""
        self.excluded[page.rule] += 1
        self.named.append(page)
        if page.rule == NEEDS_EXTRA:
            self.seen.add(page.path)

    def _compare(self, page: Page) -> Page | BrokenPage | PageChange:
        found: Page | PageChange = page
        passages: Sequence[Passage] = ()
        try:
            if not self._contents.contains(page):
                passages = self._splitter(page)
                found = compare(page, passages, self._contents)
        except BadPage as error:
            return BrokenPage(page.path, str(error))
        self.read_paths.add(page.path)
        self._titles.append((_rank(page), len(self._titles), page.title))
        self.not_included += page.not_included
        self.page_links += sum(len(passage.headings) > 1 and "#" not in passage.url for passage in passages)
        return found


def read_other_title(source: PageSource, served: Mapping[str, str], *, by_path: bool = False) -> str | None:
    """The title of a source that is not the book with these page hashes; None if half of the pages are the same.

    Half of the smaller one counts, so that a book may grow, shrink or change its first page. `by_path` compares paths
    alone: another release may compute other hashes. Blocks while it reads.
    """
    titles: list[tuple[int, int, str]] = []
    same = 0
    for page in source:
        if isinstance(page, Page):
            same += page.path in served and (by_path or served[page.path] == page.hash)
            titles.append((_rank(page), len(titles), page.title))
        if same and 2 * same >= len(served):
            return None
    if not titles or (same and 2 * same >= len(titles)):
        return None
    return _book_title(titles, source)


async def is_other_book(
    index: PassageIndex, source: PageSource, live: Build, options: IngestOptions, *, outdated: bool
) -> bool:
    """Whether the source differs from the live book in its title or site URL, and in more than half of its pages.

    `outdated`: the live book was built by other rules. Raises Refused unless another book may replace the live one.
    """
    served = {page.path: page.hash async for page in index.pages(live.number)}
    title = await asyncio.to_thread(read_other_title, source, served, by_path=outdated) if served else None
    if title is None or (options.title or title, options.site_url) == (live.title, live.site_url):
        return False
    if options.other_book == "refuse":
        raise Refused(
            f"the pages are another book ({_describe_book(options.title or title, options.site_url)}) than the one"
            f" that is served ({_describe_book(live.title, live.site_url)}); nothing was changed"
            " - check the folder, or replace the book with --new-book"
        )
    return True


def _describe_book(title: str, site_url: str) -> str:
    return f'"{title}" at {site_url}' if site_url else f'"{title}"'


def _book_title(titles: Sequence[tuple[int, int, str]], source: PageSource) -> str:
    """The title of the root page, else of the site or the folder, else of the first page; "" without pages.

    `titles` has the rank, the number and the title of each page.
    """
    rank, _, title = min(titles, default=(OTHER_PAGE, 0, ""))
    fallback = source.title if isinstance(source, FileSource) and title and rank >= UNTITLED else ""
    return fallback or title


def _rank(page: Page) -> int:
    """The lower, the likelier is the page's title the book's: the root page, then an index or README at the top."""
    path = PurePosixPath(page.path)
    if page.url and not (len(path.parts) == 1 and path.stem.lower() in {"index", "readme"}):
        return OTHER_PAGE
    return UNTITLED if page.title == title_from_name(page.path) else int(bool(page.url))
