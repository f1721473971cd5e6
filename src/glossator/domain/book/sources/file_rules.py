"""Decides for every file of a book whether it is a page, another file (an asset), or excluded, and by which rule."""

import posixpath
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Final
from urllib.parse import unquote

from glossator.domain.book.pages.dialect.generators import Dialect, rules_of
from glossator.domain.book.pages.formats import format_of, is_page, suffix_of
from glossator.domain.book.passages import BrokenPage, ExcludedPage, Page
from glossator.domain.book.sources.includes.expansion import BookFiles

RULES: Final[Mapping[str, str]] = MappingProxyType({
    "hidden": "names that begin with a dot",
    "node_modules": "installed packages",
    "partial": "names that begin with _ (parts of other pages)",
    "link": "links out of the folder or to folders",
    "special": "neither files nor folders",
    "unreadable": "folders that cannot be read",
    "generated": "print, search, index and 404 pages, and the sources in a site built by Sphinx",
    "outside": "pages outside the folder that the site's configuration publishes",
    "unlisted": "pages that SUMMARY.md of mdBook does not list",
    "contents": "lists of chapters (SUMMARY.md of mdBook)",
    "second_index": "pages beside the index page of their folder",
    "text_of_html": "text files beside the HTML page with the same name",
    "copy": "pages whose text is in other pages",
    "extra": "files that need glossator[formats]",
})  # fmt: skip
NEEDS_EXTRA: Final = "extra"
NAMED: Final = frozenset(
    {"generated", "outside", "text_of_html", "second_index", "unlisted", "partial", "copy", NEEDS_EXTRA}
)
"""The rules whose files are named in the summary."""
WHEN_READ: Final = frozenset({"generated", "copy", NEEDS_EXTRA})
"""The rules that can exclude a file when it is read."""
GENERATED: Final = re.compile(
    r"(?:.*/)?(?:print|genindex(?:-\w+)?|(?:\w+-)?modindex|bookindex|doc-index(?:-\w+)?|print_page(?:/index)?)\.html?"
    r"|(?:.*/)?_sources/.*\.txt",
    re.IGNORECASE,
)

SUMMARY: Final = "SUMMARY.md"
MAX_SUMMARY_BYTES: Final = 2**20
LINK_TARGET: Final = re.compile(r"\]\(\s*(?:<([^<>\n]+)>|([^()<>\s]+))")

PageItem = Page | BrokenPage | ExcludedPage


@dataclass(frozen=True)
class SortedFiles:
    """`pages` are in order; `excluded` counts files by rule, and `named` has those that are pages of a book."""

    pages: Sequence[str]
    assets: int
    excluded: Counter[str]
    named: Sequence[ExcludedPage]


def sort_files(paths: Iterable[str], dialect: Dialect, files: BookFiles) -> SortedFiles:
    """`paths` are POSIX paths in the book, and `files` its files."""
    pages, assets, excluded, named = set[str](), 0, Counter[str](), list[ExcludedPage]()
    listed = frozenset(listed_chapters(dialect, files))
    for path in paths:
        if rule := name_rule(path, dialect) or list_rule(path, listed):
            excluded[rule] += 1
            named += [ExcludedPage(path, rule)] if rule in NAMED and is_page(path) else []
        elif is_page(path):
            pages.add(path)
        else:
            assets += 1
    html = {posixpath.splitext(path)[0] for path in pages if suffix_of(path) in {".html", ".htm"}}
    twins = {path for path in pages if suffix_of(path) == ".txt" and posixpath.splitext(path)[0] in html}
    second = second_indexes(pages - twins, rules_of(dialect).index)
    excluded += Counter({"text_of_html": len(twins), "second_index": len(second)})
    named += [ExcludedPage(path, "text_of_html") for path in sorted(twins)]
    named += [ExcludedPage(path, "second_index") for path in sorted(second)]
    return SortedFiles(sorted(pages - twins - second), assets, +excluded, named)


def listed_chapters(dialect: Dialect, files: BookFiles) -> tuple[str, ...]:
    """The pages that mdBook publishes, as SUMMARY.md lists them; empty for other books, and without a list."""
    summary = posixpath.join(dialect.content, SUMMARY)
    content = files.read(summary, MAX_SUMMARY_BYTES) if dialect.generator == "mdbook" else None
    links = LINK_TARGET.findall((content or b"").decode("utf-8", "replace"))
    return tuple(posixpath.normpath(posixpath.join(dialect.content, unquote("".join(link)))) for link in links)


def list_rule(path: str, listed: frozenset[str]) -> str:
    return "unlisted" if listed and format_of(path).front_matter and is_page(path) and path not in listed else ""


def second_indexes(pages: Iterable[str], names: Sequence[str]) -> set[str]:
    """Of several pages with names of an index in one folder, all but the one whose name is first in `names`."""
    found: dict[str, list[str]] = {}
    for path in pages:
        if posixpath.splitext(posixpath.basename(path))[0] in names and format_of(path).front_matter:
            found.setdefault(posixpath.dirname(path), []).append(path)
    rank = {name: number for number, name in enumerate(names)}
    ordered = (sorted(group, key=lambda path: rank[PurePosixPath(path).stem]) for group in found.values())
    return {path for group in ordered for path in group[1:]}


def name_rule(path: str, dialect: Dialect) -> str:
    """The rule that excludes this path, or ""."""
    if rule := common_rule(path):
        return rule
    if dialect.generator == "mdbook" and posixpath.basename(path) == SUMMARY:
        return "contents"
    private = rules_of(dialect).private
    if private and private.search(path):
        return "partial"
    if dialect.content and is_page(path) and not path.startswith(f"{dialect.content}/"):
        return "outside"
    return "generated" if GENERATED.fullmatch(path) else ""


def common_rule(path: str) -> str:
    """The rule that excludes this path from every book, or ""."""
    parts = path.split("/")
    if parts[0] == "__MACOSX" or any(part.startswith(".") for part in parts):
        return "hidden"
    return "node_modules" if "node_modules" in parts else ""


def reject_duplicate_urls(pages: Iterable[PageItem]) -> Iterator[PageItem]:
    """Report the second of two pages with one address as broken."""
    by_url: dict[str, str] = {}
    for page in pages:
        if isinstance(page, Page) and (other := by_url.setdefault(page.url, page.path)) != page.path:
            yield BrokenPage(page.path, f"has the same address as {other}: /{page.url}")
        else:
            yield page
