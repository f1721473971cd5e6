"""An answer's Markdown as HTML: no HTML of its author, no image, links only to the book; numbers open citations."""

import re
from collections.abc import Iterator, Sequence, Set
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.dollarmath import dollarmath_plugin

from glossator.domain.answering.question import Answer
from glossator.domain.book.pages.rendering.math import use_formulas

_NUMBER: Final = re.compile(r" ?\[(\d{1,3})\]")


def answer_html(answer: Answer, base_url: str) -> str:
    """`base_url` is where the book is. The number of a citation is a link to the element `citation-NUMBER`."""
    markdown = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).disable("image")
    markdown.use(dollarmath_plugin, allow_space=False, allow_digits=False)
    use_formulas(markdown)
    numbers = {citation.n for citation in answer.citations}
    tokens = markdown.parse(answer.response)
    for token in tokens:
        if token.children is not None:
            token.children = list(_inline(token.children, numbers, base_url))
    return str(markdown.renderer.render(tokens, markdown.options, {}))


def _inline(tokens: Sequence[Token], numbers: Set[int], base_url: str) -> Iterator[Token]:
    """A link to another site loses its address, and remains as text."""
    for token in tokens:
        if token.type == "text":
            yield from _with_citations(token.content, numbers)
        else:
            if token.type == "link_open":
                href = str(token.attrs.get("href", ""))
                is_in_book = href.startswith(base_url) and ".." not in href
                token.attrs = {"href": href, "rel": "noopener"} if is_in_book else {}
            yield token


def _with_citations(text: str, numbers: Set[int]) -> Iterator[Token]:
    at = 0
    for found in _NUMBER.finditer(text):
        if int(found[1]) in numbers:
            yield Token("text", "", 0, content=text[at : found.start()])
            yield Token("link_open", "a", 1, attrs={"href": f"#citation-{found[1]}", "class": "citation"})
            yield Token("text", "", 0, content=found[1])
            yield Token("link_close", "a", -1)
            at = found.end()
    yield Token("text", "", 0, content=text[at:])
