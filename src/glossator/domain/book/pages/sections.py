"""From the text of a page to its sections.

A page's source is what its file holds, with the byte order mark left out, line ends as `\n` and NUL as U+FFFD (as
CommonMark asks); every offset in the book counts characters of that text.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import PurePosixPath

from markdown_it import MarkdownIt
from markdown_it.token import Token

from glossator.domain.book.pages.anchors import Generator, Slugger, explicit_id
from glossator.domain.book.pages.blocks import Block, Lines, group_admonitions, read_blocks, says_something
from glossator.domain.book.pages.formats import is_html, is_plain
from glossator.domain.book.pages.front_matter import BadPage, split_front_matter
from glossator.domain.book.pages.markdown import Environment, block_tokens, book_markdown, inline_text
from glossator.domain.book.pages.urls import page_url, without_number
from glossator.domain.book.passages import Page

MAX_LINES = 50_000
PARAGRAPH = re.compile(r"[^\n]*\S[^\n]*(?:\n[^\n]*\S[^\n]*)*")


@dataclass(frozen=True)
class Heading:
    """`anchor` is "" for the heading that stands for the page's top."""

    level: int
    title: str
    anchor: str


@dataclass(frozen=True)
class Section:
    """What stands under one heading, up to the next. `headings` go from the outermost to the nearest.

    A section without blocks whose heading has no sections under it has its heading's line as its only block.
    """

    headings: tuple[Heading, ...]
    blocks: tuple[Block, ...]


def normalised(text: str) -> str:
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")


def parse_page(path: str, text: str, generator: Generator) -> Page:
    """Raises BadPage."""
    source = normalised(text)
    if source.count("\n") > MAX_LINES:
        raise BadPage(f"longer than {MAX_LINES} lines")
    if is_plain(path):
        front_matter, body = split_front_matter("")
    else:
        front_matter, body = split_front_matter(source)
    url = page_url(path, front_matter, generator)
    title = front_matter.title or first_title(path, source, body, generator) or title_of_file(path)
    return Page(path, title, url, source, page_hash(path, title, url, source, generator))


def page_hash(*parts: str) -> str:
    return hashlib.blake2b("\0".join(parts).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def title_of_file(path: str) -> str:
    """`01-getting-started.md` is "Getting started", `guides/index.md` is "Guides"."""
    pure = PurePosixPath(path)
    stands_for_folder = pure.stem.lower() in {"index", "readme"} and pure.parent.name
    name = without_number(pure.parent.name if stands_for_folder else pure.stem).replace("-", " ").replace("_", " ")
    return name[:1].upper() + name[1:]


def first_title(path: str, source: str, body: int, generator: Generator) -> str | None:
    if is_plain(path):
        return None
    markdown, env = book_markdown(path), Environment()
    tokens = block_tokens(markdown, source[body:], env)
    headings = read_headings(markdown, tokens, env, heading_rules(path, generator))
    found = (heading.title for _, heading in headings if heading.level == 1)
    return next((title for title in found if title), None)


def heading_rules(path: str, generator: Generator) -> Generator:
    """Headings of a page of HTML bear the ids they are published with, whoever made them."""
    return "docusaurus" if is_html(path) else generator


def read_headings(
    markdown: MarkdownIt, tokens: Sequence[Token], env: Environment, generator: Generator
) -> Iterator[tuple[Token, Heading]]:
    """Every heading of a page with the token that opens it, nested ones too, since all take part in the numbering."""
    slugger = Slugger()
    first = True
    for opening, content in pairwise(tokens):
        if opening.type != "heading_open":
            continue
        text, anchor = inline_text(markdown, content.content, env), None
        if generator == "docusaurus":
            text, anchor = explicit_id(text)
        anchor = anchor or slugger.anchor(text)
        level = int(opening.tag[1:])
        yield opening, Heading(level, " ".join(text.split()), "" if first and level == 1 else anchor)
        first = False


def read_sections(page: Page, generator: Generator) -> list[Section]:
    """The sections in the order of the page. A page without headings is one section without headings."""
    if is_plain(page.path):
        return [Section((), tuple(plain_paragraphs(page.source)))]
    _, body = split_front_matter(page.source)
    markdown, env = book_markdown(page.path), Environment()
    tokens = block_tokens(markdown, page.source[body:], env)
    rules = heading_rules(page.path, generator)
    headings = {id(token): heading for token, heading in read_headings(markdown, tokens, env, rules)}
    outline = Outline(page.source)
    for token, block in read_blocks(Lines(page.source, body), tokens):
        if id(token) in headings:
            outline.open(headings[id(token)], block)
        else:
            outline.add(block)
    return outline.finish()


def plain_paragraphs(source: str) -> Iterator[Block]:
    for found in PARAGRAPH.finditer(source):
        start = found.start() + len(found[0]) - len(found[0].lstrip())
        yield Block("paragraph", start, found.start() + len(found[0].rstrip()))


class Outline:
    """Collects blocks under the heading that is open."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._sections: list[Section] = []
        self._path: tuple[Heading, ...] = ()
        self._line: Block | None = None
        self._blocks: list[Block] = []

    def add(self, block: Block) -> None:
        self._blocks.append(block)

    def open(self, heading: Heading, line: Block) -> None:
        self._close(next_level=heading.level)
        self._path = (*(outer for outer in self._path if outer.level < heading.level), heading)
        self._line = line

    def _close(self, next_level: int) -> None:
        blocks = group_admonitions(self._source, self._blocks)
        empty = not any(says_something(self._source, block) for block in blocks)
        if empty and self._line is not None and next_level <= self._path[-1].level:
            blocks = (self._line,)
        if blocks:
            self._sections.append(Section(self._path, blocks))
        self._blocks = []

    def finish(self) -> list[Section]:
        self._close(next_level=0)
        return self._sections
