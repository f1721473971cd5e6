"""`llms.txt`: the contents of the book for programs that read it, as Markdown with a link to each page."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote
from xml.sax.saxutils import escape

from glossator.domain.book.contents import Contents, Entry

MAX_CHARACTERS: Final = 50_000
"""Of one file; programs cut longer ones."""
MAX_SITEMAP_URLS: Final = 50_000
"""The most that the format allows."""
SUFFIX: Final = ".md"


@dataclass(frozen=True)
class BookIndex:
    """What the files say. `page` and `part` give the address of a page's Markdown and of a part of the index."""

    title: str
    cover: str
    notes: Sequence[str]
    contents: Contents
    page: Callable[[str], str]
    part: Callable[[int], str]

    def files(self) -> list[str]:
        """`llms.txt`, and its parts if it would be too long; they are numbered from 1."""
        head = "\n\n".join([f"# {one_line(self.title)}", *([f"> {self.cover}"] if self.cover else []), *self.notes])
        blocks = [block for entry in self._sections() for block in self._blocks(entry)]
        whole = "\n\n".join([head, *blocks]) + "\n"
        if len(whole) <= MAX_CHARACTERS:
            return [whole]
        parts = list(_packed(blocks))
        links = [f"- [Pages, part {number}]({self.part(number)})" for number in range(1, len(parts) + 1)]
        listed = "\n".join(links)
        return [f"{head}\n\n## Pages\n\n{listed}\n", *parts]

    def _sections(self) -> Iterator[Entry]:
        """Pages outside of folders come first, under one heading."""
        single = tuple(entry for entry in self.contents.entries if not entry.children)
        if single:
            yield Entry("Pages", "", children=single)
        yield from (entry for entry in self.contents.entries if entry.children)

    def _blocks(self, section: Entry) -> Iterator[str]:
        """A long section is divided, so that each part fits into a file."""
        heading = f"## {one_line(section.title)}"
        own = [section] if section.path else []
        lines = [f"- [{one_line(page.title)}]({self.page(page.url)})" for page in (*own, *_pages(section.children))]
        for packed in _packed(lines, "\n", len(heading) + 2):
            yield f"{heading}\n\n{packed}"


def _pages(entries: Iterable[Entry]) -> Iterator[Entry]:
    for entry in entries:
        if entry.path:
            yield entry
        yield from _pages(entry.children)


def _packed(texts: Iterable[str], joint: str = "\n\n", taken: int = 0) -> Iterator[str]:
    pack: list[str] = []
    size = taken
    for text in texts:
        if pack and size + len(text) + len(joint) > MAX_CHARACTERS:
            yield joint.join(pack)
            pack, size = [], taken
        pack.append(text)
        size += len(text) + len(joint)
    yield joint.join(pack)


def one_line(text: str) -> str:
    """A title that cannot end its line or its link."""
    return " ".join(text.split()).replace("[", "(").replace("]", ")")


def with_index(text: str, index: str) -> str:
    """A page as a program reads it: first the address of the index, where its other pages are."""
    return f"> All pages of this book: {index}\n\n{text}"


def in_whole_book(text: str, address: str) -> str:
    """A page as a part of `llms-full.txt`."""
    return f"<!-- {address} -->\n\n{text.rstrip()}\n\n"


def markdown_name(url: str) -> str:
    """The address of a page's Markdown, below that of the book."""
    return f"{url.rstrip('/').removesuffix('.html') or 'index'}{SUFFIX}"


def markdown_file(url: str) -> str:
    """The path of the same in the folder of a built site."""
    return unquote(markdown_name(url))


def sitemap(addresses: Iterable[str]) -> str:
    urls = [f"<url><loc>{escape(address)}</loc></url>" for address in list(addresses)[:MAX_SITEMAP_URLS]]
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
    return f"{head}{chr(10).join(urls)}\n</urlset>\n"
