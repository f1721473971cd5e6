"""The texts of a page as a reader's browser gives them out (`innerText`), one for each heading, paragraph, list item,
table cell and title of an admonition.

- Line breaks of the source are spaces; only `<br>` and two spaces or a backslash before a line's end break a line.
- Images and comments have no text; code blocks and lines of tags alone are no texts.
- Formulas stand as they are written; a page that typesets them gives out something else.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token

from glossator.domain.book.pages.anchors import Generator, explicit_id
from glossator.domain.book.pages.blocks import find_comments
from glossator.domain.book.pages.dialect import ADMONITION, admonition_title
from glossator.domain.book.pages.formats import format_of
from glossator.domain.book.pages.markdown import Environment, parse_body
from glossator.domain.book.pages.sections import plain_paragraphs
from glossator.domain.book.passages import BrokenPage, Page

LONGEST: Final = 8000
"""What a reader's page may send."""
LONGEST_SOURCE: Final = 20_000
"""Of a paragraph; the inline markup of longer ones would take seconds to parse."""
LINE_BREAK: Final = re.compile(r"<br\s*/?>", re.IGNORECASE)
SPACES: Final = re.compile(r"[ \t\r\n\f]+")
BREAK: Final = "\v"
TASK: Final = re.compile(r"\[[ xX]\]\s+")


def book_texts(pages: Iterable[Page | BrokenPage], generator: Generator) -> list[str]:
    """Each text once, in the order of the book; what is too long for a page's request is left out."""
    texts = (text for page in pages if isinstance(page, Page) for text in page_texts(page, generator))
    return [text for text in dict.fromkeys(texts) if text and len(text) <= LONGEST]


def page_texts(page: Page, generator: Generator) -> Iterator[str]:
    if not format_of(page.path).markdown:
        yield from (collapsed(page.source[block.start : block.end]) for block in plain_paragraphs(page))
        return
    body = parse_body(page.path, page.source)
    tokens = body.tokens
    if not any(token.type == "heading_open" and token.tag == "h1" for token in tokens):
        yield page.title
    for at, token in enumerate(tokens):
        if token.type == "inline":
            yield text_of(shown(body.markdown, token.content, body.env), tokens[max(0, at - 2) : at], generator)
        elif token.type == "admonition" and (found := ADMONITION.fullmatch(token.content)):
            yield collapsed(admonition_title(found["title"] or ""))


def text_of(text: str, opened: Sequence[Token], generator: Generator) -> str:
    """`opened` are the two tokens before: a heading loses the id that it may have, a task its box."""
    if opened[-1].type == "heading_open" and generator == "docusaurus":
        return explicit_id(text)[0]
    return TASK.sub("", text, count=1) if opened[0].type == "list_item_open" and TASK.match(text) else text


def shown(markdown: MarkdownIt, content: str, env: Environment) -> str:
    if len(content) > LONGEST_SOURCE:
        return collapsed(content)
    content = without_comments(content)
    pieces = [piece(child) for token in markdown.parseInline(content, env) for child in token.children or ()]
    return "\n".join(filter(None, (collapsed(line) for line in "".join(pieces).split(BREAK))))


def piece(token: Token) -> str:
    if token.type == "hardbreak" or (token.type == "html_inline" and LINE_BREAK.fullmatch(token.content)):
        return BREAK
    if token.type == "softbreak":
        return " "
    if token.type == "math_inline":
        return f"{token.markup}{token.content}{token.markup}"
    return "" if token.type in {"html_inline", "image"} else token.content


def without_comments(content: str) -> str:
    kept, position = "", 0
    for start, end in find_comments(content):
        kept, position = kept + content[position:start], end
    return kept + content[position:]


def collapsed(text: str) -> str:
    return SPACES.sub(" ", text).strip()
