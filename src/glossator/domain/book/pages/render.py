"""A stored page as HTML for our own reader.

Headings carry the ids that citations link to. No HTML of the page's author gets through: tags are left out, and every
image is its alternative text, since the reader serves no files and asks no other host.
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

from glossator.domain.book.pages.anchors import Generator, explicit_id
from glossator.domain.book.pages.dialect import ADMONITION, admonition_title
from glossator.domain.book.pages.formats import is_plain
from glossator.domain.book.pages.front_matter import FrontMatter, split_front_matter
from glossator.domain.book.pages.markdown import Environment, block_tokens, book_markdown, visible
from glossator.domain.book.pages.sections import Heading, heading_rules, plain_paragraphs, read_headings
from glossator.domain.book.pages.urls import page_url
from glossator.domain.book.passages import Page

LONGEST_PAGE = 500_000
LONGEST_PARAGRAPH = 20_000
"""Characters; the inline markup of longer ones would take seconds to parse, so they are shown as plain text."""


@dataclass(frozen=True)
class Rendered:
    """`headings` are the page's own, in order; the page's top has the anchor ""."""

    html: str
    headings: tuple[Heading, ...]


def render(page: Page, generator: Generator, *, base: str = "/", urls: Mapping[str, str] | None = None) -> Rendered:
    """Links to other pages begin with `base`. `urls` gives the addresses of pages by path; one that it does not know is
    taken to have no front matter."""
    if is_plain(page.path) or len(page.source) > LONGEST_PAGE:
        return Rendered(plain(page), ())
    _, body = split_front_matter(page.source)
    markdown, env = book_markdown(page.path), Environment()
    tokens = block_tokens(markdown, page.source[body:], env)
    for token in tokens:
        if token.type == "inline":
            token.children = inline_tokens(markdown, token.content, env)
    rules = heading_rules(page.path, generator)
    headings = tuple(add_anchors(tokens, [*read_headings(markdown, tokens, env, rules)], rules))
    links = Links(page.path, base, urls or {}, generator)
    shown = [shown_block(token, links) for token in with_asides(tokens)]
    top = "" if any(heading.level == 1 for heading in headings) else f"<h1>{escape(page.title)}</h1>\n"
    return Rendered(top + markdown.renderer.render(shown, markdown.options, env), headings)


def inline_tokens(markdown: MarkdownIt, content: str, env: Environment) -> list[Token]:
    if len(content) > LONGEST_PARAGRAPH:
        return [text_token(content)]
    return [child for token in markdown.parseInline(content, env) for child in token.children or ()]


def plain(page: Page) -> str:
    paragraphs = (page.source[block.start : block.end] for block in plain_paragraphs(page.source))
    return "\n".join([f"<h1>{escape(page.title)}</h1>", *(f"<p>{escape(text)}</p>" for text in paragraphs)])


def add_anchors(
    tokens: Sequence[Token], headings: Sequence[tuple[Token, Heading]], generator: Generator
) -> Sequence[Heading]:
    anchors = {id(token): heading.anchor for token, heading in headings}
    for opening, content in pairwise(tokens):
        if anchors.get(id(opening)):
            opening.attrSet("id", anchors[id(opening)])
        if opening.type == "heading_open" and generator == "docusaurus" and content.children:
            last = content.children[-1]
            last.content = explicit_id(last.content)[0]
    return [heading for _, heading in headings]


def with_asides(tokens: Sequence[Token]) -> list[Token]:
    """Without what nobody shows, and each `:::kind` that has its `:::` in the same container as an aside."""
    shown: list[list[Token]] = []
    opened: list[tuple[int, int, re.Match[str]]] = []
    for token in tokens:
        while opened and opened[-1][1] > token.level:
            opened.pop()
        found = ADMONITION.fullmatch(token.content) if token.type == "admonition" else None
        if found and found["kind"]:
            opened.append((len(shown), token.level, found))
        elif found and opened and opened[-1][1] == token.level and len(opened[-1][2]["colons"]) <= len(found["colons"]):
            position, _, opening = opened.pop()
            shown[position] = aside(opening["kind"].lower(), opening["title"])
            shown.append([Token("aside_close", "aside", -1, block=True)])
            continue
        shown.append([text_token("\n")] if token.type in {"admonition", "markup"} else [token])
    return list(chain.from_iterable(shown))


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
class Links:
    """Where the links of one page lead."""

    path: str
    base: str
    urls: Mapping[str, str]
    generator: Generator

    def target(self, href: str) -> dict[str, str | int | float]:
        """The attributes of a link; none for one that leads nowhere a reader may go."""
        try:
            parts = urlsplit(href)
        except ValueError:
            return {}
        if parts.scheme in {"http", "https"} or (parts.netloc and not parts.scheme):
            return {"href": href, "rel": "noopener noreferrer nofollow"}
        if parts.scheme:
            return {"href": href} if parts.scheme == "mailto" else {}
        if parts.path.lower().endswith((".md", ".mdx", ".txt", ".html")):
            return {"href": self.page(unquote(parts.path)) + (f"#{parts.fragment}" if parts.fragment else "")}
        return {"href": self.base + href.lstrip("/") if href.startswith("/") else href}

    def page(self, link: str) -> str:
        """The address of the page at a path relative to this page's; above the book's folder there is nothing."""
        path = posixpath.normpath(posixpath.join("/", posixpath.dirname(self.path), link)).lstrip("/")
        return self.base + (self.urls[path] if path in self.urls else page_url(path, FrontMatter(), self.generator))


def shown_block(token: Token, links: Links) -> Token:
    if token.children is not None:
        token.children = [shown_inline(child, links) for child in token.children]
    if token.type == "math_block":
        return Token("fence", "code", 0, content=token.content.strip("$\n") + "\n", info="math", block=True)
    return token


def shown_inline(token: Token, links: Links) -> Token:
    if token.type == "html_inline":
        return text_token("")
    if token.type == "image":
        return text_token(visible(token))
    if token.type == "link_open":
        token.attrs = links.target(str(token.attrs.get("href", "")))
    return token
