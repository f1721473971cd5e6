"""The file formats of pages. To add one, write a reader and add a row to `FORMATS`; nothing else knows the formats."""

import posixpath
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from glossator.domain.book.pages.html import read_html

Reader = Callable[[str], tuple[str, str]]
"""Turns a file's text into the page's source and the title to use if the source has none ("" for none).

The text has no byte order mark, and its lines end with `\\n`. A reader raises BadPage for a file that it cannot read.
"""


def read_as_is(text: str) -> tuple[str, str]:
    return text, ""


@dataclass(frozen=True)
class PageFormat:
    """How files with these suffixes (lower case) are read.

    markdown        the source is Markdown; otherwise it is plain text in paragraphs
    front_matter    the source may begin with front matter
    own_ids         the file is a published page: headings name their ids (`{#id}`) and the path is the address
    disabled_rules  Markdown rules that do not apply to the source
    """

    suffixes: tuple[str, ...]
    read: Reader = read_as_is
    markdown: bool = True
    front_matter: bool = False
    own_ids: bool = False
    disabled_rules: tuple[str, ...] = ()

    @property
    def not_in_passages(self) -> tuple[str, ...]:
        """The rules that do not apply to passages, whose text has no escapes; made from HTML, it has no emphasis."""
        return (*self.disabled_rules, "escape", *(("emphasis", "strikethrough") if self.own_ids else ()))


# The Markdown made from HTML uses a part of the dialect; the other markup in it is literal text of the page.
NOT_IN_HTML: Final = (
    "unindent", "code", "admonition", "math_block", "comment", "tags", "module", "admonition_line", "reference",
    "lheading", "math_inline", "autolink", "html_inline", "entity",
)  # fmt: skip

MARKDOWN: Final = PageFormat((".md",), front_matter=True)
FORMATS: Final = (
    MARKDOWN,
    PageFormat((".mdx",), front_matter=True, disabled_rules=("code",)),
    PageFormat((".txt",), markdown=False),
    PageFormat((".html",), read_html, own_ids=True, disabled_rules=NOT_IN_HTML),
)
BY_SUFFIX: Final = {suffix: row for row in FORMATS for suffix in row.suffixes}
SUFFIXES: Final = f"{', '.join([*BY_SUFFIX][:-1])} or {[*BY_SUFFIX][-1]}"


def is_page(path: str) -> bool:
    return suffix_of(path) in BY_SUFFIX


def format_of(path: str) -> PageFormat:
    """The format of a page; a page without a known suffix is Markdown."""
    return BY_SUFFIX.get(suffix_of(path), MARKDOWN)


def suffix_of(path: str) -> str:
    return posixpath.splitext(path)[1].lower()
