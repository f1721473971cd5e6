"""The book's Markdown dialect, used to split pages into passages and to render them.

It is CommonMark with tables, strikethrough, `$` math, the `!!!` admonitions of Python-Markdown, and the `:::`
admonitions and MDX of Docusaurus. Raw HTML stays text: a line of tags alone becomes a `markup` token, which is neither
indexed nor rendered, and the text between tags is Markdown, as in MDX.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, table
from markdown_it.token import Token
from mdit_py_plugins.admon import admon_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin

from glossator.domain.book.pages.anchors import with_usual_id
from glossator.domain.book.pages.dialect.block_rules import add_dialect
from glossator.domain.book.pages.formats import format_of
from glossator.domain.book.pages.front_matter import body_start

MAX_HEADING_LENGTH = 1000
"""Inline markup of longer headings is not parsed: it would take seconds, and such a heading is not a link target."""

MAX_KEPT = 50_000
"""The characters of a page whose blocks are kept until those of another one are parsed."""

MarkdownEnvironment = dict[str, Any]


@dataclass(frozen=True)
class ParsedBody:
    """The block tokens of a page's body. `start` is the body's offset in the source."""

    markdown: MarkdownIt
    env: MarkdownEnvironment
    tokens: list[Token]
    start: int


def parse_body(path: str, source: str, *, cells: bool = True) -> ParsedBody:
    """Parse the blocks of a Markdown page, without its front matter; without `cells` a table is one token."""
    row = format_of(path)
    start = body_start(source) if row.front_matter else 0
    markdown = book_markdown(row.disabled_rules) if cells else shared_markdown(tuple(row.disabled_rules), False)
    env = MarkdownEnvironment()
    return ParsedBody(markdown, env, block_tokens(markdown, source[start:], env), start)


def parse_blocks(path: str, source: str) -> ParsedBody:
    """Like `parse_body` without cells. Nobody may change it: a page is read for its title, then for its sections."""
    return last_parsed(path, source) if len(source) <= MAX_KEPT else parse_body(path, source, cells=False)


@lru_cache(maxsize=1)
def last_parsed(path: str, source: str) -> ParsedBody:
    return parse_body(path, source, cells=False)


@lru_cache(maxsize=64)
def shared_markdown(disabled_rules: tuple[str, ...], cells: bool) -> MarkdownIt:
    """A parser that nobody may change. It keeps no state between pages; creating it takes as long as parsing a page."""
    markdown = book_markdown(disabled_rules)
    if not cells:
        markdown.block.ruler.at("table", whole_table, {"alt": ["paragraph", "reference"]})
    for ruler in (markdown.core.ruler, markdown.block.ruler, markdown.inline.ruler, markdown.inline.ruler2):
        ruler.getRules("")  # collects the rules now, since several threads may use the parser
    return markdown


def book_markdown(disabled_rules: Iterable[str] = ()) -> MarkdownIt:
    """A new parser."""
    markdown = MarkdownIt("commonmark").enable(["table", "strikethrough"]).disable("html_block")
    markdown.use(admon_plugin).use(dollarmath_plugin, allow_space=False, allow_digits=False)
    return markdown.use(add_dialect).disable(disabled_rules)


def whole_table(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """The block rule of a table that leaves out its cells: in a large table they take most of the time."""
    if not table(state, start, end, True):
        return False
    if silent:
        return True
    outer, state.parentType = state.parentType, "table"
    terminators = state.md.block.ruler.getRules("blockquote")
    after = start + 2
    while after < end and is_row(state, after) and not any(rule(state, after, end, True) for rule in terminators):
        after += 1
    state.parentType = outer
    token = state.push("table", "table", 0)
    token.map = [start, after]
    state.line = after
    return True


def is_row(state: StateBlock, number: int) -> bool:
    return bool(state.sCount[number] >= state.blkIndent) and not (state.isEmpty(number) or state.is_code_block(number))


def block_tokens(markdown: MarkdownIt, body: str, env: MarkdownEnvironment) -> list[Token]:
    """Parse blocks but no inline markup, in time linear in the length of the page. Ids of headings get one form."""
    tokens: list[Token] = []
    markdown.block.parse(body, markdown, env, tokens)
    for opening, content in pairwise(tokens):
        if opening.type == "heading_open":
            content.content = with_usual_id(content.content)
    return tokens


def inline_text(markdown: MarkdownIt, content: str, env: MarkdownEnvironment, *, images: bool = True) -> str:
    """The visible text of a heading: no markup, no tags, and the alternative text of `images`."""
    if len(content) > MAX_HEADING_LENGTH:
        return content
    return "".join(
        visible_text(child)
        for token in markdown.parseInline(content, env)
        for child in token.children or ()
        if images or child.type != "image"
    )


def visible_text(token: Token) -> str:
    if token.type == "html_inline":
        return ""
    if token.type in {"softbreak", "hardbreak"}:
        return "\n"
    if token.type == "image":
        return "".join(visible_text(child) for child in token.children or ())
    return token.content
