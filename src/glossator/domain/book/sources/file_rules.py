"""Decides for every file of a book whether it is a page, another file (an asset), or excluded, and by which rule."""

import posixpath
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from glossator.domain.book.pages.dialect.generators import Dialect
from glossator.domain.book.pages.formats import format_of, is_page, suffix_of
from glossator.domain.book.passages import BrokenPage, ExcludedPage, Page

RULES: Final[Mapping[str, str]] = MappingProxyType({
    "hidden": "names that begin with a dot",
    "node_modules": "installed packages",
    "partial": "names that begin with _ (parts of other pages)",
    "link": "links out of the folder or to folders",
    "special": "neither files nor folders",
    "generated": "print, search, index and 404 pages, and the sources in a site built by Sphinx",
    "text_of_html": "text files beside the HTML page with the same name",
    "copy": "pages whose text is in other pages",
    "extra": "needs glossator[formats]",
})  # fmt: skip
NEEDS_EXTRA: Final = "extra"
GENERATED: Final = re.compile(
    r"(?:.*/)?(?:404|print|search|genindex(?:-\w+)?|(?:\w+-)?modindex|bookindex|doc-index(?:-\w+)?|print_page"
    r"|(?:404|print_page)/index)\.html?|(?:.*/)?_sources/.*\.txt",
    re.IGNORECASE,
)
ID_OR_TARGET: Final = re.compile(r"\{#[^{}\s]*\}|\]\([^()\s]*\)")
MIN_COPY_LENGTH: Final = 200

PageItem = Page | BrokenPage | ExcludedPage


@dataclass(frozen=True)
class SortedFiles:
    """`pages` are in order; `excluded` counts files by rule."""

    pages: Sequence[str]
    assets: int
    excluded: Counter[str]


def sort_files(paths: Iterable[str], dialect: Dialect) -> SortedFiles:
    """`paths` are POSIX paths in the book."""
    pages, assets, excluded = set[str](), 0, Counter[str]()
    for path in paths:
        if rule := name_rule(path, dialect):
            excluded[rule] += 1
        elif is_page(path):
            pages.add(path)
        else:
            assets += 1
    twins = {path for path in pages if suffix_of(path) == ".txt" and has_html(path, pages)}
    excluded["text_of_html"] += len(twins)
    return SortedFiles(sorted(pages - twins), assets, +excluded)


def name_rule(path: str, dialect: Dialect) -> str:
    """The rule that excludes this path, or ""."""
    if rule := common_rule(path):
        return rule
    parts = path.split("/")
    if dialect.generator == "docusaurus" and any(part.startswith("_") for part in parts):
        return "partial"
    return "generated" if GENERATED.fullmatch(path) else ""


def common_rule(path: str) -> str:
    """The rule that excludes this path from every book, or ""."""
    parts = path.split("/")
    if parts[0] == "__MACOSX" or any(part.startswith(".") for part in parts):
        return "hidden"
    return "node_modules" if "node_modules" in parts else ""


def has_html(path: str, pages: set[str]) -> bool:
    stem = posixpath.splitext(path)[0]
    return f"{stem}.html" in pages or f"{stem}.htm" in pages


def order_by_size(paths: Sequence[str], sizes: Mapping[str, int]) -> list[str]:
    """Move the HTML pages above the average size to the end, the largest last: a copy follows what it copies."""
    html = [sizes.get(path, 0) for path in paths if format_of(path).published]
    average = sum(html) / len(html) if html else 0
    large = {path for path in paths if format_of(path).published and sizes.get(path, 0) > average}
    small = (path for path in paths if path not in large)
    return [*small, *sorted(large, key=lambda path: (sizes.get(path, 0), path))]


def exclude_copies(pages: Iterable[PageItem]) -> Iterator[PageItem]:
    """Exclude an HTML page if every block of its text is in the pages before it."""
    seen: set[int] = set()
    for page in pages:
        if not isinstance(page, Page) or not format_of(page.path).published:
            yield page
            continue
        blocks = {hash(" ".join(block.split())) for block in ID_OR_TARGET.sub("", page.source).split("\n\n")}
        if len(page.source) >= MIN_COPY_LENGTH and blocks <= seen:
            yield ExcludedPage(page.path, "copy")
        else:
            seen |= blocks
            yield page


def reject_duplicate_urls(pages: Iterable[PageItem]) -> Iterator[PageItem]:
    """Report the second of two pages with one address as broken."""
    by_url: dict[str, str] = {}
    for page in pages:
        if isinstance(page, Page) and (other := by_url.setdefault(page.url, page.path)) != page.path:
            yield BrokenPage(page.path, f"has the same address as {other}: /{page.url}")
        else:
            yield page
