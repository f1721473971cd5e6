"""A page of HTML: its main content, turned into Markdown once.

The content is `main`, in it a lone `article`, else the body. The Markdown is the page's source: offsets count in it,
and it is what readers are shown.
"""

import re
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser, LexborNode

from glossator.domain.book.pages.anchors import Generator
from glossator.domain.book.pages.front_matter import BadPage, FrontMatter
from glossator.domain.book.pages.html_markdown import markdown_of
from glossator.domain.book.pages.sections import MAX_LINES, first_title, normalised, page_hash, title_of_file
from glossator.domain.book.pages.urls import page_url
from glossator.domain.book.passages import Page

DEEPEST = 500
TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9-]*)")
TEXT_ALONE = frozenset({"script", "style"})
NEVER_DEEP = frozenset({
    "area", "base", "br", "col", "dd", "dt", "embed", "hr", "img", "input", "li", "link", "meta", "option", "p",
    "param", "source", "td", "th", "tr", "track", "wbr",
})  # fmt: skip
"""Elements without an end, and those that end where the next one begins."""


@dataclass(frozen=True)
class Content:
    """`title` is the document's own, "" without one."""

    markdown: str
    title: str


def parse_html(path: str, text: str, generator: Generator) -> Page:
    """Raises BadPage."""
    content = read_html(normalised(text))
    if content.markdown.count("\n") > MAX_LINES:
        raise BadPage(f"longer than {MAX_LINES} lines")
    url = page_url(path, FrontMatter(), generator)
    title = first_title(path, content.markdown, 0, generator) or content.title or title_of_file(path)
    return Page(path, title, url, content.markdown, page_hash(path, title, url, content.markdown, generator))


def read_html(text: str) -> Content:
    """Raises BadPage."""
    if depth(text) > DEEPEST:
        raise BadPage("nested too deeply")
    document = LexborHTMLParser(text)
    title = document.css_first("head title")
    content = main_content(document)
    try:
        markdown = markdown_of(content) if content else ""
    except RecursionError:
        raise BadPage("nested too deeply") from None
    return Content(markdown, " ".join(title.text().split()) if title else "")


def main_content(document: LexborHTMLParser) -> LexborNode | None:
    main = document.css_first("main") or document.css_first("[role=main]") or document.body
    articles = main.css("article") if main else []
    return articles[0] if len(articles) == 1 else main


def depth(text: str) -> int:
    """How deep elements are nested, roughly: a parser of HTML takes quadratic time over a deep tree."""
    open_now = deepest = 0
    inside = ""
    for ends, tag in TAG.findall(text):
        name = tag.lower()
        if inside:
            inside = "" if ends and name == inside else inside
        elif name in TEXT_ALONE:
            inside = "" if ends else name
        elif name not in NEVER_DEEP:
            open_now = max(0, open_now - 1) if ends else open_now + 1
            deepest = max(deepest, open_now)
    return deepest
