"""Divides a page into sections. Every offset in the book counts characters of the source."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import PurePosixPath

from markdown_it.token import Token

from glossator.domain.book.pages.anchors import PUBLISHED, AnchorRules, Slugger, anchor_rules_of, explicit_id
from glossator.domain.book.pages.blocks import NAME, Block, LineOffsets, contains_text, group_admonitions, read_blocks
from glossator.domain.book.pages.dialect.generators import Dialect
from glossator.domain.book.pages.dialect.groups import Group, find_groups, find_scopes
from glossator.domain.book.pages.dialect.slugs import SlugRule
from glossator.domain.book.pages.formats import format_of
from glossator.domain.book.pages.front_matter import body_start
from glossator.domain.book.pages.markdown import ParsedBody, inline_text, parse_blocks
from glossator.domain.book.pages.urls import remove_number
from glossator.domain.book.passages import Page

NAME_LEVEL = 7
"""The level of a group's name in the heading path, below all headings."""
ENTITY = re.compile(r"&(?=#?\w+;)")
PARAGRAPH = re.compile(r"[^\n]*\S[^\n]*(?:\n[^\n]*\S[^\n]*)*")


@dataclass(frozen=True)
class Heading:
    """`anchor` is "" for a first heading of level 1, because links to it open the top of the page."""

    level: int
    title: str
    anchor: str


@dataclass(frozen=True)
class Section:
    """The blocks from one heading to the next. `headings` are ordered from the outermost to the nearest.

    If a section is empty and its heading has no subsections, the line of the heading is its only block.
    """

    headings: tuple[Heading, ...]
    blocks: tuple[Block, ...]


def title_from_name(path: str) -> str:
    """`01-getting-started.md` becomes "Getting started", `guides/index.md` becomes "Guides"."""
    pure = PurePosixPath(path)
    is_index = pure.stem.lower() in {"index", "readme"} and pure.parent.name
    name = remove_number(pure.parent.name if is_index else pure.stem).replace("-", " ").replace("_", " ")
    return name[:1].upper() + name[1:]


def anchor_rules(path: str, dialect: Dialect) -> AnchorRules:
    return PUBLISHED if format_of(path).own_ids else anchor_rules_of(dialect)


def read_headings(body: ParsedBody, rules: AnchorRules) -> Iterator[tuple[Token, Heading]]:
    """Every heading with its opening token, nested headings included, because all of them are numbered together."""
    slugger = Slugger(rules.slugs)
    if rules.slugs.counted == "all":
        for _, content in heading_tokens(body):
            slugger.reserve(explicit_id(content.content, rules)[1])
    first = True
    for opening, content in heading_tokens(body):
        text, anchor = explicit_id(inline_text(body.markdown, content.content, body.env), rules)
        if anchor is None:
            anchor = slugger.anchor(slug_source(body, content.content, text, rules.slugs))
        elif rules.slugs.counted == "before":
            slugger.reserve(anchor)
        level = int(opening.tag[1:])
        yield opening, Heading(level, " ".join(text.split()), "" if first and level == 1 else anchor)
        first = False


def heading_tokens(body: ParsedBody) -> Iterator[tuple[Token, Token]]:
    """The opening token and the content of every heading."""
    return (pair for pair in pairwise(body.tokens) if pair[0].type == "heading_open")


def slug_source(body: ParsedBody, content: str, text: str, rule: SlugRule) -> str:
    """What this rule makes the slug from; `text` is the visible text of `content`."""
    written = content if rule.entities else ENTITY.sub("&amp;", content)
    if written == content and (rule.images or "![" not in content):
        return text
    return inline_text(body.markdown, written, body.env, images=rule.images)


def read_sections(page: Page) -> list[Section]:
    """The sections in the order of the page. A page without headings is one section without headings."""
    if not format_of(page.path).markdown:
        return [Section((), tuple(plain_paragraphs(page)))]
    body = parse_blocks(page.path, page.source)
    headings = {id(token): heading for token, heading in read_headings(body, anchor_rules(page.path, page.dialect))}
    builder = SectionBuilder(page.source, body)
    blocks = [*read_blocks(LineOffsets(page.source, body.start), body.tokens)]
    scopes = find_scopes(page.source, [(block, id(token) in headings) for token, block in blocks])
    for number, (token, block) in enumerate(blocks):
        if id(token) in headings:
            builder.open(headings[id(token)], block)
        elif number in scopes:
            builder.enter(scopes[number])
        else:
            builder.add(block)
    return builder.finish()


def plain_paragraphs(page: Page) -> Iterator[Block]:
    """The paragraphs of a page without markup."""
    start = body_start(page.source) if format_of(page.path).front_matter else 0
    for found in PARAGRAPH.finditer(page.source, start):
        start = found.start() + len(found[0]) - len(found[0].lstrip())
        yield Block("paragraph", start, found.start() + len(found[0].rstrip()))


class SectionBuilder:
    """Collects blocks under the current heading. `_base` are the outer headings of the group that contains it."""

    def __init__(self, source: str, body: ParsedBody) -> None:
        self._source = source
        self._body = body
        self._sections: list[Section] = []
        self._path: tuple[Heading, ...] = ()
        self._base = 0
        self._outside: list[tuple[int, tuple[Heading, ...]]] = []
        self._unnamed: Group | None = None
        self._line: Block | None = None
        self._blocks: list[Block] = []

    def add(self, block: Block) -> None:
        if self._unnamed is not None and block.kind == "paragraph":
            self._unnamed.add(block, self._name)
            self._path = (*self._path, self._heading_of(self._unnamed))
            self._base, block = len(self._path), replace(block, kind=NAME)
        self._unnamed = None
        self._blocks.append(block)

    def open(self, heading: Heading, line: Block) -> None:
        self._close(next_level=heading.level)
        outer = [outer for outer in self._path[self._base :] if outer.level < heading.level]
        self._path = (*self._path[: self._base], *outer, heading)
        self._line, self._unnamed = line, None

    def enter(self, scope: Group | None) -> None:
        """Begin a group that contains headings, or end it (None). Its name is the next block."""
        self._close(next_level=NAME_LEVEL)
        self._line, self._unnamed = None, scope
        if scope is None:
            self._base, self._path = self._outside.pop()
        else:
            self._outside.append((self._base, self._path))
            self._base = len(self._path)

    def _heading_of(self, group: Group) -> Heading:
        anchor = group.anchor or (self._path[-1].anchor if self._path else "")
        return Heading(NAME_LEVEL, group.name, anchor)

    def _close(self, next_level: int) -> None:
        empty = not any(contains_text(self._source, block) for block in self._blocks)
        if empty and self._line is not None and next_level <= self._path[-1].level:
            self._blocks = [self._line]
        if [block.kind for block in self._blocks] == [NAME]:  # it is in the paths of the headings that follow
            self._blocks = []
        self._emit(find_groups(self._source, self._blocks, self._name), self._path)
        self._blocks = []

    def _emit(self, items: Sequence[Block | Group], path: tuple[Heading, ...]) -> None:
        """Make a section of the items, and of each group in them that is one."""
        blocks: list[Block] = []
        for item in items:
            if isinstance(item, Block) or not item.is_section:
                blocks.append(item if isinstance(item, Block) else item.block)
                continue
            if [block.kind for block in blocks] != [NAME]:  # else the name is in the paths of the groups in this one
                self._add_section(blocks, path)
            blocks = []
            anchor = item.anchor or (path[-1].anchor if path else "")
            self._emit(item.items, (*path, Heading(NAME_LEVEL, item.name, anchor)))
        self._add_section(blocks, path)

    def _add_section(self, blocks: Sequence[Block], path: tuple[Heading, ...]) -> None:
        if blocks:
            self._sections.append(Section(path, group_admonitions(self._source, blocks)))

    def _name(self, block: Block) -> str:
        return inline_text(self._body.markdown, self._source[block.start : block.end], self._body.env)

    def finish(self) -> list[Section]:
        self._close(next_level=0)
        return self._sections
