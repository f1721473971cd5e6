"""The order in which the book's own navigation lists its pages, as each generator writes it down.

A part that cannot be read is left out: then the names of the files decide.
"""

import fnmatch
import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Final
from urllib.parse import unquote as unquote_url
from urllib.parse import urlsplit

from glossator.domain.book.contents import INTRODUCTIONS, NameOrder, name_order
from glossator.domain.book.pages.dialect.generators import Dialect, Generator
from glossator.domain.book.pages.formats import decode_html, format_of
from glossator.domain.book.pages.front_matter import FENCES
from glossator.domain.book.pages.urls import number_of, page_address, remove_number
from glossator.domain.book.sources.file_rules import SUMMARY, listed_chapters
from glossator.domain.book.sources.generator import read_yaml
from glossator.domain.book.sources.includes.expansion import BookFiles
from glossator.domain.book.sources.script_values import TOKEN, read_properties, unquote
from glossator.domain.book.sources.site_config import Site, python_value

MAX_PAGES: Final = 5_000
"""The record of the build has the order, and each process reads it again and again."""
HEAD_BYTES: Final = 16 * 1024
CATEGORY: Final = ("_category_.json", "_category_.yml", "_category_.yaml")
NAV: Final = re.compile(r"^nav[ \t]*:[^\n]*\n(?:(?:[ \t#-][^\n]*)?\n)*", re.MULTILINE)
YAML_ANCHOR: Final = re.compile(r"(?:^|[\s\[{,:-])[&*][\w-]")
PAGE_ID: Final = re.compile(r"^id:[ \t]*[\"']?([\w./-]+)", re.MULTILINE)
NUMBER: Final = r"[ \t]*[:=][ \t]*[\"']?(-?\d{1,9}(?:\.\d{1,9})?)"
CATEGORY_POSITION: Final = re.compile(rf"[\"']?\bposition[\"']?{NUMBER}")
TOCTREE: Final = re.compile(
    r"^(?P<indent>[ \t]*)\.\. toctree::[^\n]*\n(?P<rst>(?:(?P=indent)[ \t]+[^\n]*\n|[ \t]*\n)*)"
    r"|^(?P<fence>`{3,}|:{3,})\{toctree\}[^\n]*\n(?P<myst>(?:(?!(?P=fence))[^\n]*\n)*)",
    re.MULTILINE,
)
LINK: Final = re.compile(r"<(?:a|link)\b([^<>]{1,2000})>", re.IGNORECASE)
NEXT: Final = re.compile(r"\brel=[\"']?(?:[\w-]+ )*next\b|--next\b|\bpager-link next\b", re.IGNORECASE)
HREF: Final = re.compile(r"\bhref=(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))", re.IGNORECASE)
TARGET: Final = re.compile(r".*<([^<>]+)>")


@dataclass(frozen=True)
class Navigation:
    """`pages` are the paths of the book's pages; `site` has the configuration."""

    pages: Sequence[str]
    dialect: Dialect
    site: Site
    files: BookFiles

    def text(self, path: str, limit: int) -> str:
        return (self.files.read(path, limit) or b"").decode("utf-8-sig", "replace").replace("\r\n", "\n")

    def head(self, page: str) -> str:
        """Its front matter."""
        found = FENCES.match(self.text(page, HEAD_BYTES)) if format_of(page).front_matter else None
        return found[0] if found else ""

    def configs(self, generator: Generator) -> Iterator[tuple[str, str]]:
        """The names and the texts of this generator's configuration."""
        for config in self.site.configs:
            if config.kind and config.kind.generator == generator:
                yield posixpath.basename(config.name), config.text

    @cached_property
    def by_name(self) -> Mapping[str, str]:
        """Without the folder of the content and the suffix."""
        content = f"{self.dialect.content}/" if self.dialect.content else ""
        return {posixpath.splitext(page.removeprefix(content))[0]: page for page in self.pages}


def reading_order(navigation: Navigation) -> tuple[str, ...]:
    """The pages that the navigation lists; empty where it says nothing."""
    read = pages_by_links if navigation.dialect.built else ORDERS.get(navigation.dialect.generator)
    known = {*navigation.pages}
    order = dict.fromkeys(page for page in read(navigation) if page in known) if read else {}
    return tuple(order)[:MAX_PAGES]


def navigation_files(pages: Iterable[str], dialect: Dialect) -> list[str]:
    """The files that an order may be read from beside the pages and the configuration."""
    if dialect.generator == "docusaurus":
        folders = {posixpath.dirname(page) for page in pages}
        return [posixpath.join(folder, name) for folder in sorted(folders) for name in CATEGORY]
    return [posixpath.join(dialect.content, SUMMARY)] if dialect.generator == "mdbook" else []


def mdbook_summary(navigation: Navigation) -> Iterable[str]:
    return listed_chapters(navigation.dialect, navigation.files)


def mkdocs_nav(navigation: Navigation) -> Iterator[str]:
    for _, text in navigation.configs("mkdocs"):
        found = NAV.search(f"{text}\n")
        if found and not YAML_ANCHOR.search(found[0]):
            listed = leaves(read_yaml(found[0]).get("nav"))
            yield from (posixpath.normpath(posixpath.join(navigation.dialect.content, path)) for path in listed)


def leaves(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from leaves(one)


def docusaurus_sidebars(navigation: Navigation) -> Iterator[str]:
    """A list of ids and folders, where the site has one; other sites are in the order of their positions."""
    placed = pages_by_position(navigation)
    sidebars = [text for name, text in navigation.configs("docusaurus") if name.startswith("sidebars.")]
    if not sidebars:
        yield from placed
        return
    by_id = {docusaurus_id(page, navigation.head(page)): page for page in navigation.pages}
    ordered = placed or sorted(navigation.pages, key=lambda page: [name_order(part) for part in page.split("/")])
    for name, is_folder in (item for text in sidebars for item in sidebar_items(text)):
        if is_folder:
            folder = posixpath.normpath(name).strip("./")
            yield from (page for page in ordered if not folder or f"/{page}".find(f"/{folder}/") in {0, len("/docs")})
        elif name in by_id:
            yield by_id[name]


def docusaurus_id(page: str, head: str) -> str:
    folders, name = (
        page.removeprefix("docs/").split("/")[:-1],
        remove_number(posixpath.splitext(page)[0].split("/")[-1]),
    )
    found = PAGE_ID.search(head)
    return "/".join([*map(remove_number, folders), found[1] if found else name])


def sidebar_items(text: str) -> Iterator[tuple[str, bool]]:
    """The ids of pages in this order, and the folders whose pages are listed by themselves."""
    tokens = [found[0] for found in TOKEN.finditer(text) if found.lastgroup != "comment"]
    for at, token in enumerate(tokens):
        before = tokens[at - 1] if at else ""
        if token[0] not in "\"'`" or tokens[at + 1 : at + 2] == [":"]:
            continue
        key = unquote(tokens[at - 2]) if before == ":" and at > 1 else ""
        if before in {"[", ","} or key in {"id", "dirName"}:
            yield unquote(token), key == "dirName"


def pages_by_position(navigation: Navigation) -> Sequence[str]:
    """By the numbers that the front matter of pages and the files of folders name; empty without any."""
    pattern = re.compile(POSITIONS[navigation.dialect.generator] + NUMBER, re.MULTILINE)
    heads = ((page, position(pattern, navigation.head(page))) for page in navigation.pages)
    said = {page: number for page, number in heads if number is not None}
    for path in navigation_files(navigation.pages, navigation.dialect):
        if (number := position(CATEGORY_POSITION, navigation.text(path, HEAD_BYTES))) is not None:
            said[posixpath.dirname(path)] = number
    if not said:
        return ()
    for page in [page for page in said if is_introduction(page)]:
        said.setdefault(posixpath.dirname(page), said[page])
    if navigation.dialect.generator == "docusaurus":
        said = numbers_in_names(navigation.pages) | said
    return sorted(navigation.pages, key=lambda page: place(page, said))


def numbers_in_names(pages: Iterable[str]) -> dict[str, float]:
    paths = {"/".join(page.split("/")[: at + 1]) for page in pages for at in range(page.count("/") + 1)}
    numbers = ((path, number_of(posixpath.basename(path))) for path in paths)
    return {path: number for path, number in numbers if number is not None}


def position(pattern: re.Pattern[str], text: str) -> float | None:
    found = pattern.search(text)
    return float(found[1]) if found else None


def is_introduction(page: str) -> bool:
    return posixpath.splitext(posixpath.basename(page))[0].lower() in INTRODUCTIONS


def place(page: str, said: Mapping[str, float]) -> list[tuple[float, NameOrder]]:
    """What has a position comes before what has none; the page that introduces a folder is the first one in it."""
    parts = page.split("/")
    paths = ["/".join(parts[: at + 1]) for at in range(len(parts))]
    numbers = [said.get(path, float("inf")) for path in paths]
    if is_introduction(page) and (len(parts) > 1 or page not in said):
        numbers[-1] = float("-inf")
    return [(number, name_order(part)) for number, part in zip(numbers, parts, strict=True)]


def sphinx_toctree(navigation: Navigation) -> Iterator[str]:
    configs = [text for _, text in navigation.configs("sphinx")]
    roots = (python_value(text, name) for text in configs for name in ("root_doc", "master_doc"))
    waiting, seen = [next(filter(None, roots), "index")], set[str]()
    while waiting:
        page = navigation.by_name.get(name := waiting.pop())
        if page is not None and page not in seen:
            seen.add(page)
            yield page
            waiting += reversed([*toctree_names(name, navigation)])


def toctree_names(name: str, navigation: Navigation) -> Iterator[str]:
    """What the page with this name lists, in its order."""
    page = navigation.by_name[name]
    for found in TOCTREE.finditer(navigation.text(page, format_of(page).max_bytes) + "\n"):
        for line in map(str.strip, (found["rst"] or found["myst"] or "").splitlines()):
            target = named[1] if (named := TARGET.fullmatch(line)) else line
            folder = "" if target.startswith("/") else posixpath.dirname(name)
            listed = posixpath.normpath(posixpath.join(folder, target.lstrip("/")))
            if "*" in listed:
                names = fnmatch.filter(navigation.by_name, listed)
                yield from sorted((one for one in names if one.count("/") == listed.count("/")), key=name_order)
            else:
                yield listed if listed in navigation.by_name else posixpath.splitext(listed)[0]


def vitepress_sidebar(navigation: Navigation) -> Iterator[str]:
    links = (one for _, text in navigation.configs("vitepress") for one in read_properties(text) if one.key == "link")
    for one in (one for one in links if "sidebar" in one.names):
        name = posixpath.splitext(one.value.strip("/"))[0]
        yield navigation.by_name.get(name) or navigation.by_name.get(posixpath.join(name, "index")) or ""


def pages_by_links(navigation: Navigation) -> Iterator[str]:
    pages = [page for page in navigation.pages if format_of(page).decode is decode_html]
    return pages_by_next_links((page, navigation.text(page, format_of(page).max_bytes)) for page in pages)


def pages_by_next_links(html: Iterable[tuple[str, str]]) -> Iterator[str]:
    """`html` has the path and the text of each page. A page without such links is left out."""
    found = {path: next_link(text) for path, text in html}
    by_address = {page_address(path): path for path in found}
    after = {path: target for path, link in found.items() if (target := linked_page(link, path, by_address))}
    starts = sorted({*after} - {*after.values()}, key=lambda path: [name_order(part) for part in path.split("/")])
    seen: set[str] = set()
    for path in starts:
        one: str | None = path
        while one is not None and one not in seen:
            seen.add(one)
            yield one
            one = after.get(one)


def next_link(html: str) -> str:
    """Where the page's link to the next one leads; "" without one."""
    tags = (found[1] for found in LINK.finditer(html))
    links = (HREF.search(tag) for tag in tags if NEXT.search(tag))
    return next(("".join(filter(None, found.groups())) for found in links if found), "")


def linked_page(link: str, page: str, by_address: Mapping[str, str]) -> str | None:
    """A link from the root of its host may begin with the path that the site is published under."""
    path = unquote_url(urlsplit(link).path)
    if not path:
        return None
    if not path.startswith("/"):
        return by_address.get(page_address(posixpath.normpath(posixpath.join(posixpath.dirname(page), path))))
    parts = page_address(path.strip("/")).split("/")
    candidates = ("/".join(parts[at:]) for at in range(len(parts)))
    return next((by_address[one] for one in candidates if one in by_address), None)


POSITIONS: Final[Mapping[Generator, str]] = MappingProxyType({
    "docusaurus": r"^sidebar_position", "hugo": r"^weight", "jekyll": r"^nav_order", "starlight": r"^[ \t]+order",
})  # fmt: skip
ORDERS: Final[Mapping[Generator, Callable[[Navigation], Iterable[str]]]] = MappingProxyType({
    "docusaurus": docusaurus_sidebars, "mkdocs": mkdocs_nav, "mdbook": mdbook_summary, "sphinx": sphinx_toctree,
    "vitepress": vitepress_sidebar, "hugo": pages_by_position, "jekyll": pages_by_position,
    "starlight": pages_by_position,
})  # fmt: skip
