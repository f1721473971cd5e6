"""Extracts the texts of a page as a browser returns them (`innerText`): one per heading, paragraph, list item, table
cell and admonition title.

- A line break in the source is a space; only `<br>` and two spaces or a backslash before a line end break a line.
- Images and comments have no text; code blocks and lines that consist of tags are skipped.
- Formulas stay as they are written, although a page that typesets them returns different text.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token

from glossator.domain.book.pages.anchors import AnchorRules, explicit_id
from glossator.domain.book.pages.blocks import find_comments
from glossator.domain.book.pages.dialect.block_rules import ADMONITION, admonition_title
from glossator.domain.book.pages.formats import format_of
from glossator.domain.book.pages.markdown import MarkdownEnvironment, parse_body
from glossator.domain.book.pages.sections import anchor_rules, plain_paragraphs
from glossator.domain.book.passages import BrokenPage, ExcludedPage, Page

MAX_TEXT_LENGTH: Final = 8000
"""The limit of a request for one text."""
MAX_INLINE_LENGTH: Final = 20_000
"""The inline markup of a longer paragraph would take seconds to parse."""
BR_TAG: Final = re.compile(r"<br\s*/?>", re.IGNORECASE)
SPACES: Final = re.compile(r"[ \t\r\n\f]+")
LINE_BREAK_MARK: Final = "\v"
TASK_BOX: Final = re.compile(r"\[[ xX]\]\s+")


def book_texts(pages: Iterable[Page | BrokenPage | ExcludedPage]) -> list[str]:
    """Unique texts in book order, without those that are too long for a request."""
    texts = (text for page in pages if isinstance(page, Page) for text in page_texts(page))
    return [text for text in dict.fromkeys(texts) if text and len(text) <= MAX_TEXT_LENGTH]


def page_texts(page: Page) -> Iterator[str]:
    if not format_of(page.path).markdown:
        yield from (collapse_spaces(page.source[block.start : block.end]) for block in plain_paragraphs(page))
        return
    body, rules = parse_body(page.path, page.source), anchor_rules(page.path, page.dialect)
    tokens = body.tokens
    if not any(token.type == "heading_open" and token.tag == "h1" for token in tokens):
        yield page.title
    for at, token in enumerate(tokens):
        if token.type == "inline":
            yield without_marks(rendered(body.markdown, token.content, body.env), tokens[max(0, at - 2) : at], rules)
        elif token.type == "admonition" and (found := ADMONITION.fullmatch(token.content)):
            yield collapse_spaces(admonition_title(found["title"] or ""))


def without_marks(text: str, before: Sequence[Token], rules: AnchorRules) -> str:
    """Removes a heading's explicit id and a task's check box. `before` are the two preceding tokens."""
    if before[-1].type == "heading_open":
        return explicit_id(text, rules)[0]
    return TASK_BOX.sub("", text, count=1) if before[0].type == "list_item_open" and TASK_BOX.match(text) else text


def rendered(markdown: MarkdownIt, content: str, env: MarkdownEnvironment) -> str:
    if len(content) > MAX_INLINE_LENGTH:
        return collapse_spaces(content)
    content = without_comments(content)
    pieces = [inline_text(child) for token in markdown.parseInline(content, env) for child in token.children or ()]
    return "\n".join(filter(None, (collapse_spaces(line) for line in "".join(pieces).split(LINE_BREAK_MARK))))


def inline_text(token: Token) -> str:
    if token.type == "hardbreak" or (token.type == "html_inline" and BR_TAG.fullmatch(token.content)):
        return LINE_BREAK_MARK
    if token.type == "softbreak":
        return " "
    if token.type == "math_inline":
        return f"{token.markup}{token.content}{token.markup}"
    return "" if token.type in {"html_inline", "image"} else token.content


def without_comments(content: str) -> str:
    result, position = "", 0
    for start, end in find_comments(content):
        result, position = result + content[position:start], end
    return result + content[position:]


def collapse_spaces(text: str) -> str:
    return SPACES.sub(" ", text).strip()
