"""The contents of the book: its pages in their folders, in the order of the numbers and letters of their names.

A page named `index` or `README` introduces its folder and comes first in it. A folder that contains everything else is
left out.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
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


def contents_of(titles: Iterable[PageTitle]) -> Contents:
    root = _Folder("")
    for page in titles:
        root.add(page)
    while not root.pages and len(root.folders) == 1:
        root = next(iter(root.folders.values()))
    introduction = root.introduction
    entries = tuple(root.entries())
    if introduction is not None:
        entries = (Entry(introduction.title, introduction.url, introduction.path), *entries)
    return Contents(entries)


@dataclass
class _Folder:
    path: str
    pages: dict[str, PageTitle] = field(default_factory=dict)
    folders: dict[str, "_Folder"] = field(default_factory=dict)

    def add(self, page: PageTitle) -> None:
        *names, name = page.path.split("/", MAX_DEPTH)
        folder = self
        for part in names:
            below = f"{folder.path}{part}/"
            folder = folder.folders.setdefault(part, _Folder(below))
        folder.pages[name] = page

    @cached_property
    def introduction(self) -> PageTitle | None:
        found = {PurePosixPath(name).stem.lower(): page for name, page in self.pages.items()}
        return next((found[stem] for stem in INTRODUCTIONS if stem in found), None)

    def entries(self) -> Iterator[Entry]:
        """All but the page that introduces the folder."""
        for name in sorted(self.pages.keys() | self.folders.keys(), key=_order):
            if (page := self.pages.get(name)) and page is not self.introduction:
                yield Entry(page.title, page.url, page.path)
            if name in self.folders:
                yield self.folders[name].entry()

    def entry(self) -> Entry:
        introduction, children = self.introduction, tuple(self.entries())
        if introduction is not None:
            return Entry(introduction.title, introduction.url, introduction.path, children)
        return Entry(title_from_name(f"{self.path}index.md"), children[0].url, "", children)


def _order(name: str) -> tuple[tuple[tuple[int, int, str], ...], str]:
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
