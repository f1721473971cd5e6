"""Reads the text of a PDF file.

A page is a section with its number as title and `page=N` as id; the entries of the outline are headings. The text
that a page continues from the one before belongs to that one. Needs pypdf, which the extra `formats` installs.
"""

import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

from glossator.domain.book.pages.front_matter import BadPage
from glossator.domain.book.pages.html.blocks import (
    BREAK,
    Content,
    MarkdownBlock,
    build_blocks,
    escape_inline,
    join_lines,
)
from glossator.domain.book.pages.pdf.layout import Outlined, OutlineEntry, PageParts, page_texts
from glossator.domain.book.pages.reader_process import read_isolated, serve

if TYPE_CHECKING:
    from pypdf import PdfReader

MAX_PAGES: Final = 5000
MAX_ENTRIES: Final = 10_000
MAX_OUTPUT: Final = 20 * 2**20
FILE_NAME: Final = re.compile(r"(?:Microsoft \w+ - )?\S*\.\w{1,5}|untitled.*|\W*", re.IGNORECASE)


def read_pdf(content: bytes) -> str:
    """The text as Markdown. Raises BadPage."""
    return read_isolated("glossator.domain.book.pages.pdf.text", content)


def extract(content: bytes) -> str:
    """Raises BadPage."""
    from pypdf import PdfReader  # noqa: PLC0415 - installed with an extra
    from pypdf.errors import PyPdfError  # noqa: PLC0415 - the same

    try:
        reader = PdfReader(BytesIO(content))
        if reader.is_encrypted and not reader.decrypt(""):
            raise BadPage("is encrypted")
        return markdown_of(reader)
    except (PyPdfError, ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError, OSError) as error:
        raise error if isinstance(error, BadPage) else BadPage("is damaged") from None


def markdown_of(reader: "PdfReader") -> str:
    number = len(reader.pages)
    if number > MAX_PAGES:
        raise BadPage(f"has more than {MAX_PAGES} pages")
    texts, size = [], 0
    for page in reader.pages:
        texts.append(page.extract_text())
        size += len(texts[-1])
        if size > MAX_OUTPUT:
            raise BadPage(f"has more than {MAX_OUTPUT // 2**20} MiB of text")
    pages = page_texts(texts, [*outline(reader)][:MAX_ENTRIES])
    if not any(item for page in pages for item in page):
        raise BadPage("has no text: a scanned file needs text recognition first")
    return "\n".join(join_lines(build_blocks(pieces(title_of(reader), pages, labels(reader, number)))))


def pieces(title: str, pages: Sequence[PageParts], names: Sequence[str]) -> Iterator[Content]:
    if title:
        yield MarkdownBlock("heading", (f"# {escape_inline(title)} {{#}}",))
    for number, (page, name) in enumerate(zip(pages, names, strict=True), 1):
        anchor = f"{{#page={number}}}"
        if number > 1 and page and isinstance(page[0], str):
            yield MarkdownBlock("heading", (f"###### Page {escape_inline(name)} {anchor}",))
        for item in page:
            if isinstance(item, str):
                yield from (BREAK, escape_inline(item), BREAK)
            else:
                yield MarkdownBlock("heading", (f"{'#' * item.level} {escape_inline(item.title)} {anchor}",))


def title_of(reader: "PdfReader") -> str:
    """The title in the file's data, unless it is the name of a file."""
    title = " ".join(str(reader.metadata.title or "").split()) if reader.metadata else ""
    return "" if FILE_NAME.fullmatch(title) else title


def labels(reader: "PdfReader", number: int) -> list[str]:
    """The numbers that are printed on the pages."""
    with suppress(Exception):
        if len(names := reader.page_labels) == number:
            return names
    return [str(page) for page in range(1, number + 1)]


def outline(reader: "PdfReader") -> Iterator[Outlined]:
    """The entries of the outline with their pages, counted from 0. A damaged outline has none."""
    with suppress(Exception):
        entries: list[tuple[Any, int]] = [(reader.outline, 1)]
        while entries:
            group, level = entries.pop()
            for number, entry in enumerate(group):
                if isinstance(entry, list):
                    entries += [(group[number + 1 :], level), (entry, level + 1)]
                    break
                page = reader.get_destination_page_number(entry)
                if page is not None and page >= 0:
                    yield Outlined(page, OutlineEntry(min(level + 1, 5), " ".join(str(entry.title).split())))


if __name__ == "__main__":
    sys.exit(serve(extract))
