"""The links of a book's passages, compared with the folder of the built site.

A link opens a page if a web server would find its file in the folder: for `/x` this is `x`, `x.html` or `x/index.html`,
for `/x/` only `x/index.html`. A host publishes
such a folder below a base, so the base of the links, or the beginning of it, may be missing in the folder: of the
possible places, the one with most of the pages counts for all links.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Final, Literal
from urllib.parse import unquote, urlsplit

from glossator.domain.book.index import PassageIndex
from glossator.domain.book.ingest.book_options import READER_URL
from glossator.domain.book.site_address import links_base
from glossator.domain.errors import BookEmpty

SUFFIXES: Final = ("", ".html", "/index.html", ".htm")


@dataclass(frozen=True)
class BookLink:
    """A link of `passages` passages of a page: `url` counts from the base of the book."""

    page: str
    url: str
    passages: int

    @property
    def address(self) -> str:
        """Without the anchor."""
        return self.url.partition("#")[0]

    @property
    def anchor(self) -> str:
        return self.url.partition("#")[2]


@dataclass(frozen=True)
class BookLinks:
    """The links of a build, each once, in the order of the pages. They are below the path `base`, "" for the root."""

    title: str
    build: int
    passages: int
    base: str
    links: tuple[BookLink, ...]

    @property
    def pages(self) -> int:
        return len({link.page for link in self.links})


@dataclass(frozen=True)
class BrokenLink:
    link: BookLink
    missing: Literal["page", "anchor"]


@dataclass(frozen=True)
class LinkReport:
    """`below` is the place of the book's pages in the folder, "" for its top."""

    below: str
    broken: Sequence[BrokenLink]

    def number(self, missing: Literal["page", "anchor"]) -> int:
        return sum(one.missing == missing for one in self.broken)


async def read_links(index: PassageIndex, base_url: str) -> BookLinks:
    """Of the live build; `base_url` is the configured site or the reader. Raises BookEmpty."""
    live = await index.live()
    if live is None or live.number == 0 or live.passages == 0:
        raise BookEmpty("There is no book with links to check.")
    counts = Counter([(passage.page, passage.url) async for passage in index.lacking(live.number, "")])
    links = tuple(BookLink(page, url, number) for (page, url), number in sorted(counts.items()))
    base = live.base if base_url == READER_URL else urlsplit(links_base(base_url, live.base)).path.strip("/")
    return BookLinks(live.title, live.number, live.passages, base, links)


def check_links(links: Sequence[BookLink], site: Path, base: str) -> LinkReport:
    """`base` is the path of the links on the published site, "" for its root. Raises OSError."""
    root = site.resolve(strict=True)
    below = place_of(links, root, base)
    return LinkReport(below, tuple(broken_links(links, root, below)))


def place_of(links: Iterable[BookLink], root: Path, base: str) -> str:
    """Where in the folder most of the pages are: below the base, or below its last folders, or at the top."""
    parts = base.split("/") if base else []
    places = ["/".join(parts[start:]) for start in range(len(parts) + 1)]
    addresses = {link.address for link in links}
    return max(places, key=lambda place: sum(find_file(root, place, one) is not None for one in addresses))


def broken_links(links: Iterable[BookLink], root: Path, below: str) -> Iterator[BrokenLink]:
    for address, linked in groupby(links, key=lambda link: link.address):
        file = find_file(root, below, address)
        anchors = anchors_of(file) if file else frozenset()
        for link in linked:
            if file is None:
                yield BrokenLink(link, "page")
            elif link.anchor and unquote(link.anchor) not in anchors:
                yield BrokenLink(link, "anchor")


def find_file(root: Path, below: str, address: str) -> Path | None:
    """The file that a web server sends for this address."""
    path = "/".join(filter(None, (below, unquote(address))))
    is_folder = not path or not address or path.endswith("/")
    for suffix in ("/index.html",) if is_folder else SUFFIXES:
        file = root / f"{path.rstrip('/')}{suffix}".lstrip("/")
        if file.is_file() and file.resolve().is_relative_to(root):
            return file
    return None


def anchors_of(file: Path) -> frozenset[str]:
    from glossator.domain.book.pages.html.anchors import anchors_in  # noqa: PLC0415 - a server needs no HTML parser

    return anchors_in(file.read_bytes().decode("utf-8", "replace"))
