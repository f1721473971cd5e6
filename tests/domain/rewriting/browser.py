"""The texts of a page as a browser returns them: renders it to HTML and takes `innerText` of its blocks."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Final

from markdown_it import MarkdownIt
from mdit_py_plugins.admon import admon_plugin
from mdit_py_plugins.front_matter import front_matter_plugin

BLOCKS: Final = {"h1", "h2", "h3", "h4", "h5", "h6", "p", "li", "td", "th"}
CONTAINERS: Final = {"ul", "ol", "blockquote", "div", "table", "tr"}
HIDDEN: Final = {"pre", "script", "style", "iframe"}
HEADING_ID: Final = re.compile(r"^(#+ .*?)\s*\{#[\w-]+\}$", re.MULTILINE)


class InnerTexts(HTMLParser):
    """Collapses white space, breaks lines at `<br>`, skips images and ends headings with their anchor mark."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._open: list[tuple[str, list[str]]] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in HIDDEN
        if tag in BLOCKS | CONTAINERS:
            self._open.append((tag, []))
        elif tag == "br" and self._open:
            self._open[-1][1].append("\v")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in HIDDEN
        if tag in BLOCKS | CONTAINERS and self._open:
            closed, pieces = self._open.pop()
            lines = (
                " ".join(line.split(" ")).strip() for line in re.sub(r"[ \n\t]+", " ", "".join(pieces)).split("\v")
            )
            text = "\n".join(line for line in lines if line)
            if closed in BLOCKS and text:
                self.texts.append(text + ("\u200b" if closed.startswith("h") else ""))

    def handle_data(self, data: str) -> None:
        if self._open and not self._hidden:
            self._open[-1][1].append(data)


def inner_texts(source: str) -> Iterator[str]:
    """Supports CommonMark with tables, HTML, heading ids and Python-Markdown admonitions."""
    markdown = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    markdown.use(admon_plugin).use(front_matter_plugin)
    page = InnerTexts()
    page.feed(markdown.render(HEADING_ID.sub(r"\1", source)))
    page.close()
    yield from (text for text in page.texts if not text.startswith(":::"))  # rendered differently by sites
