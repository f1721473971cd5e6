"""Reads a page of reStructuredText. Needs docutils, which the extra `formats` installs."""

from glossator.domain.book.pages.front_matter import BadPage
from glossator.domain.book.pages.html.reader import read_html


def read_rst(text: str) -> tuple[str, str]:
    """Return the page as Markdown with the ids that docutils writes. Raises BadPage."""
    from glossator.domain.book.pages.rst.document import to_html  # noqa: PLC0415 - loads docutils

    try:
        return read_html(to_html(text))
    except RecursionError:
        raise BadPage("nested too deeply") from None
