"""Excludes pages that generators make from other pages: print pages and other copies, search and 404 pages.

A page is a copy if the pages before it have all of its text, or nearly all if it is long and made from several pages.
Headings may have other levels, numbers and ids in it, and links other targets. Large pages are read last, so that a
copy follows what it copies.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from glossator.domain.book.pages.formats import format_of
from glossator.domain.book.pages.front_matter import body_start
from glossator.domain.book.passages import ExcludedPage, Page
from glossator.domain.book.sources.file_rules import PageItem

SEARCH_OR_404: Final = re.compile(r"(?:.*/)?(?:404|search)(?:/index)?\.html?", re.IGNORECASE)
MAX_GENERATED: Final = 2000
"""Characters outside links on a search or 404 page; a longer page is about something."""
INDEX: Final = re.compile(r"(?:^|/)index\.html?$", re.IGNORECASE)
LINK: Final = re.compile(r"\[[^\[\]]*\]\([^()\s]*\)")
ID_OR_TARGET: Final = re.compile(r"\{#[^{}\s]*\}|\]\([^()\s]*\)")
HEADING_NUMBER: Final = re.compile(r"#{1,6}[ \t]+[\d.]+[ \t]")
WORD: Final = re.compile(r"[^\W_]+")
MIN_LENGTH, MIN_BLOCKS = 200, 4
LONG: Final = 2000
MANY: Final = -1
TOLERANCE: Final = 0.05
"""The share of a long copy that may be new: a cover or a table of contents."""
WHOLE: Final = 0.8
"""How large a copy of a book is in relation to the rest of it."""


def exclude_generated(pages: Iterable[PageItem]) -> Iterator[PageItem]:
    for page in pages:
        if isinstance(page, Page) and SEARCH_OR_404.fullmatch(page.path) and is_short(page):
            yield ExcludedPage(page.path, "generated")
        else:
            yield page


def is_short(page: Page) -> bool:
    return len(LINK.sub("", page.source)) < MAX_GENERATED


def exclude_copies(pages: Iterable[PageItem]) -> Iterator[PageItem]:
    seen: dict[int, int] = {}
    for number, page in enumerate(pages):
        if not isinstance(page, Page):
            yield page
            continue
        text = PageBlocks.of(page)
        if text.is_copy(seen):
            yield ExcludedPage(page.path, "copy")
        else:
            for block in text.blocks:
                seen[block] = MANY if block in seen else number
            yield page


@dataclass(frozen=True)
class PageBlocks:
    """The numbers of characters in the blocks of a page, by the hash of their words."""

    blocks: Mapping[int, int]

    @classmethod
    def of(cls, page: Page) -> "PageBlocks":
        start = body_start(page.source) if format_of(page.path).front_matter else 0
        parts = ID_OR_TARGET.sub("", page.source[start:]).split("\n\n")
        words = ("".join(WORD.findall(HEADING_NUMBER.sub("", part.strip()))) for part in parts)
        return cls({hash(text): len(text) for text in words if text})

    def is_copy(self, seen: Mapping[int, int]) -> bool:
        """`seen` has the number of the page with each block, or MANY: what many pages have shows no copy."""
        new = sum(size for block, size in self.blocks.items() if block not in seen)
        found = {block: seen[block] for block in self.blocks if seen.get(block, MANY) != MANY}
        pages, length = set(found.values()), sum(self.blocks[block] for block in found)
        if new:
            return len(pages) > 1 and length >= LONG and new <= TOLERANCE * length
        return sum(self.blocks.values()) >= MIN_LENGTH or (len(pages) > 1 and len(self.blocks) >= MIN_BLOCKS)


def order_by_size(paths: Sequence[str], sizes: Mapping[str, int]) -> list[str]:
    """Move what may be a copy to the end, the largest last: an HTML page above the average, or a file as large as all.

    An `index.html` comes first, because its address is the better one of two. Other pages keep their order.
    """
    html = [sizes.get(path, 0) for path in paths if format_of(path).published]
    average, whole = sum(html) / max(1, len(html)), sum(sizes.values())

    def may_be_copy(path: str) -> bool:
        size = sizes.get(path, 0)
        return size > average if format_of(path).published else len(paths) > 2 and size > WHOLE * (whole - size)

    large = {path for path in paths if may_be_copy(path)}
    small = sorted((path for path in paths if path not in large), key=lambda path: not INDEX.search(path))
    return [*small, *sorted(large, key=lambda path: (sizes.get(path, 0), path))]
