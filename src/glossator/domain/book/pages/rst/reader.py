"""Reads a page of reStructuredText. Needs docutils, which the extra `formats` installs."""

from typing import Final

from glossator.domain.book.pages.front_matter import BadPage
from glossator.domain.book.pages.html.reader import read_html
from glossator.domain.book.pages.reader_process import read_isolated

MAX_LINE: Final = 100_000
MAX_INSIDE: Final = 20_000
"""Characters of a page that is read in this process: docutils takes quadratic time for some pages."""


def read_rst(text: str) -> tuple[str, str]:
    """Return the page as Markdown with the ids that docutils writes. Raises BadPage."""
    if max(map(len, text.split("\n"))) > MAX_LINE:
        raise BadPage(f"has a line of more than {MAX_LINE} characters")
    if len(text) > MAX_INSIDE:
        return read_html(read_isolated("glossator.domain.book.pages.rst.document", text.encode()))
    from glossator.domain.book.pages.rst.document import to_html  # noqa: PLC0415 - loads docutils

    return read_html(to_html(text))
