"""A page as Markdown that is read away from its book: with its title, and with whole addresses in its links."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final
from urllib.parse import urljoin

from markdown_it.token import Token

from glossator.domain.book.pages.formats import format_of
from glossator.domain.book.pages.front_matter import body_start
from glossator.domain.book.pages.inline_spans import inline_spans
from glossator.domain.book.pages.markdown import parse_body
from glossator.domain.book.pages.rendering.render import MAX_MARKDOWN_LENGTH, LinkResolver
from glossator.domain.book.passages import Page

LINK: Final = re.compile(r"(?<=\]\()(?P<open><?)(?P<target>[^()<>\s]+)(?=>?(?:\s+(?:\"[^\"]*\"|'[^']*'))?\s*\))")
IMAGE: Final = re.compile(r"!\[([^\[\]]*)\]\((?!\s*<?[A-Za-z][A-Za-z0-9+.-]*:)[^()]*\)")
"""Of the book itself."""
REFERENCE: Final = re.compile(r"^( {0,3}\[[^\]]+\]:\s*<?)(?P<target>[^<>\s]+)", re.MULTILINE)
PROSE: Final = frozenset({"inline", "table"})
CODE: Final = frozenset({"fence", "code_block", "math_block"})
TITLE: Final = re.compile(r"#\s|[^\n]+\n=+\s*\n")


def standalone_markdown(page: Page, base: str, urls: Mapping[str, str], *, images: bool) -> str:
    """`base` is the whole address of the book, with a slash at its end; `urls` maps paths of pages to their urls.

    Without `images`, which the built-in reader does not serve, an image of the book is its alternative text.
    """
    start = body_start(page.source) if format_of(page.path).front_matter else 0
    text = page.source[start:]
    if format_of(page.path).markdown and len(page.source) <= MAX_MARKDOWN_LENGTH:
        text = "".join(_with_links(page, _Links(page, base, urls, images=images)))
    text = text.lstrip("\n")
    return text if TITLE.match(text) else f"# {page.title}\n\n{text}"


class _Links:
    def __init__(self, page: Page, base: str, urls: Mapping[str, str], *, images: bool) -> None:
        self._images = images
        self._resolver = LinkResolver(page.path, base, urls, page.dialect)
        self._address = base + page.url

    def whole(self, text: str) -> str:
        """`text` is outside of code."""
        if not self._images:
            text = IMAGE.sub(r"\1", text)
        text = LINK.sub(lambda found: found["open"] + self._target(found["target"]), text)
        return REFERENCE.sub(lambda found: found[1] + self._target(found["target"]), text)

    def _target(self, href: str) -> str:
        resolved = str(self._resolver.attributes(href).get("href", href))
        try:
            return urljoin(self._address, resolved)
        except ValueError:  # not an address, such as `http://[`
            return href


def _with_links(page: Page, links: _Links) -> Iterator[str]:
    """The body, in pieces: lines of text with their links, everything else as it is."""
    body = parse_body(page.path, page.source, cells=False)
    lines = page.source[body.start :].splitlines(keepends=True)
    prose, code = _lines_of(body.tokens, PROSE), _lines_of(body.tokens, CODE)
    for number, line in enumerate(lines):
        is_text = number in prose or (number not in code and REFERENCE.match(line))
        yield _outside_code(line, links) if is_text else line


def _lines_of(tokens: Iterable[Token], types: frozenset[str]) -> set[int]:
    return {number for token in tokens if token.type in types for number in range(*token.map or (0, 0))}


def _outside_code(line: str, links: _Links) -> str:
    pieces, at = [], 0
    for span in inline_spans(line):
        if span.kind in {"code", "math"}:
            pieces += [links.whole(line[at : span.start]), line[span.start : span.end]]
            at = span.end
    return "".join([*pieces, links.whole(line[at:])])
