"""The contents of the book: its pages in their folders.

The order is the book's own; without one, that of the numbers and letters of the names. A page named `index` or `README`
introduces its folder and comes first in it. A folder that contains everything else is left out.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby, takewhile
from pathlib import PurePosixPath
from typing import Final

from glossator.domain.book.index import PageTitle
from glossator.domain.book.pages.sections import title_from_name

INTRODUCTIONS: Final = ("index", "_index", "readme")
MAX_DEPTH: Final = 8
"""Deeper folders are shown in the last one."""
WHOLE_PAGES: Final = 300
"""A book with more pages is shown around one page only."""
MAX_SIBLINGS: Final = 60

NameOrder = tuple[tuple[tuple[int, int, str], ...], str]


@dataclass(frozen=True)
class Entry:
    """A page, or a folder with its pages. `path` is "" where no page introduces the folder, which opens its first one.

    `is_current` and `is_open` are set for the reader of one page: `is_open` of a folder that contains it. The page that
    introduces a folder is then the first one in it.
    """

    title: str
    url: str
    path: str = ""
    children: tuple["Entry", ...] = ()
    is_current: bool = False
    is_open: bool = False


@dataclass(frozen=True)
class Contents:
    entries: tuple[Entry, ...] = ()

    @cached_property
    def pages(self) -> tuple[Entry, ...]:
        """In the order of reading."""
        return tuple(_pages(self.entries))

    @cached_property
    def urls(self) -> Mapping[str, str]:
        """By the path of the page."""
        return {page.path: page.url for page in self.pages}

    @cached_property
    def _positions(self) -> Mapping[str, int]:
        return {page.path: at for at, page in enumerate(self.pages)}

    @cached_property
    def _trails(self) -> Mapping[str, Sequence[int]]:
        return dict(_trails(self.entries))

    def beside(self, path: str) -> tuple[Entry | None, Entry | None]:
        """The page before and the page after this one."""
        at = self._positions.get(path)
        if at is None:
            return None, None
        return (self.pages[at - 1] if at else None), next(iter(self.pages[at + 1 : at + 2]), None)

    def around(self, path: str) -> tuple[Entry, ...]:
        """What a reader of this page is shown: of a large book the folders that lead to it, with what is in them."""
        return tuple(_shown(self.entries, self._trails.get(path, ()), whole=len(self.pages) <= WHOLE_PAGES))


def contents_of(titles: Iterable[PageTitle], order: Sequence[str] = ()) -> Contents:
    """`order` has the paths of pages as the book lists them; any other page follows those of its folder."""
    rank = _ranks(order)
    pages = sorted(titles, key=lambda page: (rank(page.path), _place(page.path)))
    folders = [_parts(page.path)[:-1] for page in pages]
    first, last = min(folders, default=()), max(folders, default=())
    shared = takewhile(lambda both: both[0] == both[1], zip(first, last, strict=False))
    return Contents(tuple(_nested(pages, len([*shared]))))


def _ranks(order: Sequence[str]) -> Callable[[str], tuple[int, bool]]:
    """Where the order has a page, or the last page of its folder, and whether the page itself is missing there."""
    ranks = {path: at for at, path in enumerate(order)}
    folders = {path.rpartition("/")[0]: at for at, path in enumerate(order)}
    last = len(order)
    return lambda path: (ranks.get(path, folders.get(path.rpartition("/")[0], last)), path not in ranks)


def _place(path: str) -> tuple[tuple[int, NameOrder], ...]:
    """Before the other pages of a folder comes the one that introduces it."""
    *folders, name = _parts(path)
    stem = PurePosixPath(name).stem.lower()
    rank = INTRODUCTIONS.index(stem) if stem in INTRODUCTIONS else len(INTRODUCTIONS)
    last = len(INTRODUCTIONS)
    return (*((last, name_order(folder)) for folder in folders), (rank, name_order(name)))


def _parts(path: str) -> tuple[str, ...]:
    return tuple(path.split("/", MAX_DEPTH))


def _nested(pages: Sequence[PageTitle], depth: int) -> Iterator[Entry]:
    """Neighbours in one folder are its children; a folder whose pages are apart in the book's order is there again."""
    for folder, found in groupby(pages, key=lambda page: _parts(page.path)[depth:-1][:1]):
        listed = list(found)
        if folder:
            yield _folder_entry(listed, depth + 1)
        else:
            yield from (Entry(page.title, page.url, page.path) for page in listed)


def _folder_entry(pages: Sequence[PageTitle], depth: int) -> Entry:
    first = pages[0]
    folder, name = _parts(first.path)[:depth], _parts(first.path)[depth:]
    if len(name) == 1 and PurePosixPath(name[0]).stem.lower() in INTRODUCTIONS:
        return Entry(first.title, first.url, first.path, tuple(_nested(pages[1:], depth)))
    return Entry(title_from_name("/".join((*folder, "index.md"))), first.url, "", tuple(_nested(pages, depth)))


def name_order(name: str) -> NameOrder:
    """Numbers by their value, before letters."""
    parts = re.findall(r"([0-9]{1,9})|([^0-9]+|[0-9])", PurePosixPath(name).stem.casefold())
    return tuple((0, int(digits), "") if digits else (1, 0, text) for digits, text in parts), name


def _pages(entries: Iterable[Entry]) -> Iterator[Entry]:
    for entry in entries:
        if entry.path:
            yield entry
        yield from _pages(entry.children)


def _trails(entries: Iterable[Entry], before: tuple[int, ...] = ()) -> Iterator[tuple[str, Sequence[int]]]:
    """The place of each page: its position, after those of the folders that lead to it."""
    for at, entry in enumerate(entries):
        if entry.path:
            yield entry.path, (*before, at)
        yield from _trails(entry.children, (*before, at))


def _shown(entries: Sequence[Entry], trail: Sequence[int], *, whole: bool) -> Iterator[Entry]:
    """An entry without a title opens the siblings before or after those that are shown."""
    head = trail[0] if trail else -1
    first, last = (0, len(entries)) if whole else _window(len(entries), head)
    if first:
        yield Entry("", entries[first - 1].url)
    for at, entry in enumerate(entries[first:last], first):
        is_open, is_current = at == head and bool(entry.children), at == head and len(trail) == 1
        rest = trail[1:] if at == head else ()
        children = tuple(_shown(entry.children, rest, whole=whole)) if whole or is_open else ()
        if children and entry.path:
            children = (Entry(entry.title, entry.url, entry.path, is_current=is_current), *children)
        yield replace(entry, children=children, is_current=is_current, is_open=is_open)
    if last < len(entries):
        yield Entry("", entries[last].url)


def _window(length: int, at: int) -> tuple[int, int]:
    """The siblings around one of them."""
    first = max(0, min(at - MAX_SIBLINGS // 2, length - MAX_SIBLINGS))
    return first, min(length, first + MAX_SIBLINGS)
