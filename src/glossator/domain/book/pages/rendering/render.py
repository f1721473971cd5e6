"""Renders a stored page as HTML for the built-in reader.

Headings carry the ids that citations link to. No HTML from the page's author is passed through: tags are removed, and
each image becomes its alternative text, because the reader serves no files and loads nothing from other hosts.
"""

import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import chain, pairwise
from urllib.parse import unquote, urlsplit

from markdown_it import MarkdownIt
from markdown_it.token import Token

from glossator.domain.book.pages.anchors import AnchorRules, explicit_id
from glossator.domain.book.pages.dialect.block_rules import ADMONITION, GROUP, admonition_title
from glossator.domain.book.pages.dialect.generators import Dialect
from glossator.domain.book.pages.formats import format_of, is_page
from glossator.domain.book.pages.front_matter import FrontMatter
from glossator.domain.book.pages.markdown import MarkdownEnvironment, ParsedBody, parse_body, visible_text
from glossator.domain.book.pages.rendering.marking import Mark, add_mark
from glossator.domain.book.pages.rendering.math import use_formulas
from glossator.domain.book.pages.sections import Heading, anchor_rules, plain_paragraphs, read_headings
from glossator.domain.book.pages.urls import page_url
from glossator.domain.book.passages import Page

MAX_MARKDOWN_LENGTH = 500_000
"""Characters; longer pages are shown as plain text."""
MAX_INLINE_LENGTH = 20_000
"""Characters of a paragraph; parsing the inline markup of a longer one would take seconds, so it is shown as text."""


@dataclass(frozen=True)
class RenderedPage:
    """`headings` are in the order of the page; the anchor of the page's top is ""."""

    html: str
    headings: tuple[Heading, ...]


def render(
    page: Page,
    *,
    base: str = "/",
    urls: Mapping[str, str] | None = None,
    mark: Mark | None = None,
) -> RenderedPage:
    """Render a page. Links to other pages begin with `base`; the sentence of `mark` is highlighted.

    `urls` maps page paths to addresses; the address of any other page is derived from its path alone.
    """
    if not format_of(page.path).markdown or len(page.source) > MAX_MARKDOWN_LENGTH:
        return RenderedPage(render_plain(page, mark), ())
    body = parse_body(page.path, page.source)
    use_formulas(body.markdown)
    for token in body.tokens:
        if token.type == "inline":
            token.children = inline_tokens(body.markdown, token.content, body.env)
    if mark is not None:
        add_mark(marked_blocks(body, page.source, mark), mark)
    rules = anchor_rules(page.path, page.dialect)
    headings = tuple(add_anchors(body.tokens, [*read_headings(body, rules)], rules))
    links = LinkResolver(page.path, base, urls or {}, page.dialect)
    tokens = [render_block(token, links) for token in group_asides(body.tokens)]
    titled = any(heading.level == 1 for heading in headings) or (headings and headings[0].title == page.title)
    top = "" if titled else f"<h1>{escape(page.title)}</h1>\n"
    return RenderedPage(top + body.markdown.renderer.render(tokens, body.markdown.options, body.env), headings)


def inline_tokens(markdown: MarkdownIt, content: str, env: MarkdownEnvironment) -> list[Token]:
    if len(content) > MAX_INLINE_LENGTH:
        return [text_token(content)]
    return [child for token in markdown.parseInline(content, env) for child in token.children or ()]


def marked_blocks(body: ParsedBody, source: str, mark: Mark) -> list[Token]:
    """The inline tokens, except for headings, in the lines that `mark` points at."""
    first = source.count("\n", body.start, mark.start)
    last = source.count("\n", body.start, mark.end)
    return [
        token
        for opening, token in pairwise(body.tokens)
        if token.type == "inline" and token.map and opening.type != "heading_open"
        if token.map[0] <= last and max(token.map[1], token.map[0] + 1) > first
    ]


def render_plain(page: Page, mark: Mark | None) -> str:
    """Each paragraph as it is."""
    blocks = list(plain_paragraphs(page))
    texts = [page.source[block.start : block.end] for block in blocks]
    tokens = [Token("inline", "", 0, children=[text_token(text)]) for text in texts]
    if mark is not None:
        spans = zip(tokens, blocks, strict=True)
        add_mark([token for token, block in spans if block.start < mark.end and block.end > mark.start], mark)
    markdown, env = MarkdownIt("commonmark"), MarkdownEnvironment()
    paragraphs = (markdown.renderer.render([token], markdown.options, env) for token in tokens)
    return "\n".join([f"<h1>{escape(page.title)}</h1>", *(f"<p>{text}</p>" for text in paragraphs)])


def add_anchors(
    tokens: Sequence[Token], headings: Sequence[tuple[Token, Heading]], rules: AnchorRules
) -> Sequence[Heading]:
    anchors = {id(token): heading.anchor for token, heading in headings}
    used: set[str] = set()
    for opening, content in pairwise(tokens):
        if opening.type == "group" and (group := GROUP.fullmatch(opening.content)):
            used.add(group["id"] or "")
        anchor = anchors.get(id(opening))
        if anchor and anchor not in used:
            opening.attrSet("id", anchor)
            used.add(anchor)
        if opening.type == "heading_open" and content.children:
            last = content.children[-1]
            last.content = explicit_id(last.content, rules)[0]
    return [heading for _, heading in headings]


def group_asides(tokens: Sequence[Token]) -> list[Token]:
    """Turn each `:::kind` with a closing `:::` in the same container into an aside, and drop invisible tokens."""
    groups: list[list[Token]] = []
    open_lines: list[tuple[int, int, re.Match[str]]] = []
    for token in tokens:
        while open_lines and open_lines[-1][1] > token.level:
            open_lines.pop()
        found = ADMONITION.fullmatch(token.content) if token.type == "admonition" else None
        if found and found["kind"]:
            open_lines.append((len(groups), token.level, found))
        elif found and open_lines and closes(open_lines[-1], token.level, found):
            position, _, opening = open_lines.pop()
            groups[position] = aside(opening["kind"].lower(), opening["title"])
            groups.append([Token("aside_close", "aside", -1, block=True)])
            continue
        if token.type == "group":
            groups.append(group_tokens(token))
        else:
            groups.append([text_token("\n")] if token.type in {"admonition", "markup"} else [token])
    return list(chain.from_iterable(groups))


def group_tokens(token: Token) -> list[Token]:
    """The id of a group, before its name."""
    found = GROUP.fullmatch(token.content)
    if found is None or not found["id"]:
        return [text_token("\n")]
    return [Token("span_open", "span", 1, attrs={"id": found["id"]}), Token("span_close", "span", -1)]


def closes(open_line: tuple[int, int, re.Match[str]], level: int, found: re.Match[str]) -> bool:
    _, open_level, opening = open_line
    return open_level == level and len(opening["colons"]) <= len(found["colons"])


def aside(kind: str, title: str) -> list[Token]:
    return [
        Token("aside_open", "aside", 1, block=True, attrs={"class": f"admonition {kind}"}),
        Token("paragraph_open", "p", 1, block=True, attrs={"class": "admonition-title"}),
        text_token(admonition_title(title) or kind.capitalize()),
        Token("paragraph_close", "p", -1, block=True),
    ]


def text_token(content: str) -> Token:
    return Token("text", "", 0, content=content)


@dataclass(frozen=True)
class LinkResolver:
    """Resolves the links of one page."""

    path: str
    base: str
    urls: Mapping[str, str]
    dialect: Dialect

    def attributes(self, href: str) -> dict[str, str | int | float]:
        """The attributes of the link; empty if its scheme is not allowed."""
        try:
            parts = urlsplit(href)
        except ValueError:
            return {}
        if parts.scheme in {"http", "https"} or (parts.netloc and not parts.scheme):
            return {"href": href, "rel": "noopener noreferrer nofollow"}
        if parts.scheme:
            return {"href": href} if parts.scheme == "mailto" else {}
        if is_page(parts.path):
            return {"href": self.page_address(unquote(parts.path)) + (f"#{parts.fragment}" if parts.fragment else "")}
        return {"href": self.base + href.lstrip("/") if href.startswith("/") else href}

    def page_address(self, link: str) -> str:
        """The address of a page that is linked by relative path, which cannot lead above the docs folder."""
        path = posixpath.normpath(posixpath.join("/", posixpath.dirname(self.path), link)).lstrip("/")
        return self.base + (self.urls[path] if path in self.urls else page_url(path, FrontMatter(), self.dialect))


def render_block(token: Token, links: LinkResolver) -> Token:
    if token.children is not None:
        token.children = [render_inline(child, links) for child in token.children]
    return token


def render_inline(token: Token, links: LinkResolver) -> Token:
    if token.type == "html_inline":
        return Token("hardbreak", "br", 0) if token.content.startswith("<br") else text_token("")
    if token.type == "image":
        return text_token(visible_text(token))
    if token.type == "link_open":
        token.attrs = links.attributes(str(token.attrs.get("href", "")))
    return token
