"""The file formats of pages. To add one, write a reader and add a row to `FORMATS`; nothing else knows the formats."""

import codecs
import json
import posixpath
import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Final

from glossator.domain.book.pages.front_matter import BadPage

FormatReader = Callable[[str], tuple[str, str]]
"""Turns a file's text into the page's source and the title to use if the source has none ("" for none).

The text has no byte order mark, and its lines end with `\\n`. A reader raises BadPage for a file that it cannot read.
"""


def read_as_is(text: str) -> tuple[str, str]:
    return text, ""


def read_html(text: str) -> tuple[str, str]:
    from glossator.domain.book.pages.html.reader import read_html as read  # noqa: PLC0415 - few books need the library

    return read(text)


def read_rst(text: str) -> tuple[str, str]:
    from glossator.domain.book.pages.rst.reader import read_rst as read  # noqa: PLC0415 - the same

    return read(text)


def read_pdf(content: bytes) -> str:
    from glossator.domain.book.pages.pdf.text import read_pdf as read  # noqa: PLC0415 - the same

    return read(content)


def read_notebook(text: str) -> tuple[str, str]:
    """The Markdown and code cells of a Jupyter notebook, in order. Raises BadPage."""
    try:
        notebook = json.loads(text)
        language = notebook.get("metadata", {}).get("kernelspec", {}).get("language") or "python"
        sheets = [notebook, *notebook.get("worksheets", ())]  # version 3 has the cells in worksheets
        cells = [cell for sheet in sheets for cell in sheet.get("cells", ())]
        return "\n\n".join(filter(None, (cell_source(cell, str(language)) for cell in cells))), ""
    except (ValueError, AttributeError, TypeError, RecursionError):
        raise BadPage("is not a Jupyter notebook") from None


def cell_source(cell: dict[str, Any], language: str) -> str:
    parts = cell.get("source", cell.get("input", ""))
    text = ("".join(parts) if isinstance(parts, list) else str(parts)).strip("\n")
    match cell.get("cell_type"):
        case "markdown":
            return text
        case "code" if text.strip():
            fence = max(["``", *FENCE.findall(text)], key=len) + "`"
            return f"{fence}{language}\n{text}\n{fence}"
        case "heading":
            return f"{'#' * int(cell.get('level', 1))} {text}"
        case _:
            return ""


def decode_text(content: bytes) -> str:
    """Decode a file: in the encoding that its first bytes or its HTML show, otherwise as UTF-8. Raises BadPage."""
    encoding = next((encoding for mark, encoding in BYTE_ORDER_MARKS if content.startswith(mark)), "")
    encoding = encoding or unmarked_utf_16(content) or "utf-8"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        named = html_encoding(content) if encoding == "utf-8" else None
        if named is None:
            raise BadPage(f"is not {encoding.upper()}: byte {error.start + 1}") from None
        return content.decode(named, "replace")


def decode_html(content: bytes) -> str:
    """Like `decode_text`, but a page that names no encoding is what browsers take it for. Raises BadPage."""
    try:
        return decode_text(content)
    except BadPage:
        if HTML_ENCODING.search(content[:1024]) or content.startswith(BOMS):
            raise
        return content.decode("cp1252", "replace")


def unmarked_utf_16(content: bytes) -> str:
    """UTF-16 without a byte order mark, if every other byte at the start is mostly zero; "" for another encoding."""
    if len(content) < SHORTEST_SAMPLE:
        return ""
    first, second = content[:SAMPLE:2], content[1:SAMPLE:2]
    if second.count(0) > len(second) / 2 and not first.count(0):
        return "utf-16-le"
    return "utf-16-be" if first.count(0) > len(first) / 2 and not second.count(0) else ""


def html_encoding(content: bytes) -> str | None:
    """The encoding that the page names in its head, unless it is UTF-8."""
    found = HTML_ENCODING.search(content[:1024])
    try:
        codec = codecs.lookup(found[1].decode("ascii")) if found else None
    except (LookupError, UnicodeDecodeError):
        return None
    return codec.name if codec and codec.name.startswith(TEXT_ENCODINGS) else None


@dataclass(frozen=True)
class PageFormat:
    """How files with these suffixes (lower case) are read.

    decode          turns the file's bytes into text; may raise BadPage
    markdown        the source is Markdown; otherwise it is plain text in paragraphs
    front_matter    the source may begin with front matter
    includes        the file may include other files
    own_ids         headings name their ids (`{#id}`), as the reader found them
    published       the file is what readers open: its path is the address
    titled          the heading that a page opens with is its title, if it has no other one
    disabled_rules  Markdown rules that do not apply to the source
    needs           a package that the extra `formats` installs
    max_bytes       the size of the largest file that is read
    """

    suffixes: tuple[str, ...]
    read: FormatReader = read_as_is
    decode: Callable[[bytes], str] = decode_text
    markdown: bool = True
    front_matter: bool = False
    includes: bool = False
    own_ids: bool = False
    published: bool = False
    titled: bool = True
    disabled_rules: tuple[str, ...] = ()
    needs: str = ""
    max_bytes: int = 5 * 2**20

    @property
    def not_in_passages(self) -> tuple[str, ...]:
        """The rules that do not apply to passages, whose text has no escapes; made from HTML, it has no emphasis."""
        return (*self.disabled_rules, "escape", *(("emphasis", "strikethrough") if self.own_ids else ()))

    @property
    def is_readable(self) -> bool:
        return not self.needs or find_spec(self.needs) is not None


FENCE: Final = re.compile(r"`{3,}")
BYTE_ORDER_MARKS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
BOMS: Final = tuple(mark for mark, _ in BYTE_ORDER_MARKS)
SHORTEST_SAMPLE, SAMPLE = 8, 1024
HTML_ENCODING: Final = re.compile(rb"<meta\b[^<>]*?\bcharset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)
TEXT_ENCODINGS: Final = ("iso8859", "cp125", "koi8", "euc", "shift_jis", "gb", "big5", "mac")

# The Markdown made from HTML uses a part of the dialect; the other markup in it is literal text of the page.
NOT_IN_HTML: Final = (
    "unindent", "code", "admonition", "math_block", "comment", "tags", "module", "admonition_line", "reference",
    "lheading", "math_inline", "autolink", "html_inline", "entity",
)  # fmt: skip

MARKDOWN: Final = PageFormat((".md", ".markdown"), front_matter=True, includes=True)
FORMATS: Final = (
    MARKDOWN,
    PageFormat((".mdx",), front_matter=True, includes=True, disabled_rules=("code",)),
    PageFormat((".txt",), markdown=False),
    PageFormat((".html", ".htm"), read_html, decode_html, own_ids=True, published=True, disabled_rules=NOT_IN_HTML),
    PageFormat((".rst",), read_rst, includes=True, own_ids=True, disabled_rules=NOT_IN_HTML, needs="docutils"),
    PageFormat(
        (".pdf",), decode=read_pdf, own_ids=True, published=True, titled=False, disabled_rules=NOT_IN_HTML,
        needs="pypdf", max_bytes=50 * 2**20,
    ),
    PageFormat((".ipynb",), read_notebook),
)  # fmt: skip
BY_SUFFIX: Final = {suffix: row for row in FORMATS for suffix in row.suffixes}
SUFFIXES: Final = f"{', '.join([*BY_SUFFIX][:-1])} or {[*BY_SUFFIX][-1]}"


def is_page(path: str) -> bool:
    return suffix_of(path) in BY_SUFFIX


def format_of(path: str) -> PageFormat:
    """The format of a page; a page without a known suffix is Markdown."""
    return BY_SUFFIX.get(suffix_of(path), MARKDOWN)


def suffix_of(path: str) -> str:
    return posixpath.splitext(path)[1].lower()
