"""Reads a page of HTML: its main content is converted to Markdown once.

The main content is the `main` element, or the only `article` in it, or else the body. The Markdown becomes the page's
source: offsets count its characters, and the reader shows it.
"""

import re

from selectolax.lexbor import LexborHTMLParser, LexborNode

from glossator.domain.book.pages.front_matter import BadPage
from glossator.domain.book.pages.html.to_markdown import to_markdown

MAX_DEPTH = 500
TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9-]*)")
RAW_TEXT = frozenset({"script", "style"})
NEVER_DEEP = frozenset({
    "area", "base", "br", "col", "dd", "dt", "embed", "hr", "img", "input", "li", "link", "meta", "option", "p",
    "param", "source", "td", "th", "tr", "track", "wbr",
})  # fmt: skip
"""Void elements, and elements that end where the next one begins."""


def read_html(text: str) -> tuple[str, str]:
    """Return the main content as Markdown, and the document's title. Raises BadPage."""
    if nesting_depth(text) > MAX_DEPTH:
        raise BadPage("nested too deeply")
    document = LexborHTMLParser(text)
    title = document.css_first("head title")
    content = main_content(document)
    try:
        markdown = to_markdown(content) if content else ""
    except RecursionError:
        raise BadPage("nested too deeply") from None
    return markdown, " ".join(title.text().split()) if title else ""


def main_content(document: LexborHTMLParser) -> LexborNode | None:
    main = document.css_first("main") or document.css_first("[role=main]") or document.body
    articles = main.css("article") if main else []
    return articles[0] if len(articles) == 1 else main


def nesting_depth(text: str) -> int:
    """An estimate, made before parsing: the HTML parser takes quadratic time over a deep tree."""
    depth = deepest = 0
    inside = ""
    for ends, tag in TAG.findall(text):
        name = tag.lower()
        if inside:
            inside = "" if ends and name == inside else inside
        elif name in RAW_TEXT:
            inside = "" if ends else name
        elif name not in NEVER_DEEP:
            depth = max(0, depth - 1) if ends else depth + 1
            deepest = max(deepest, depth)
    return deepest
