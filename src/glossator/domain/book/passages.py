"""A book consists of pages. Each page is split into passages, which are searched, quoted and cited."""

from dataclasses import dataclass, field

from glossator.domain.book.pages.dialect.generators import DEFAULT_DIALECT, Dialect


@dataclass(frozen=True)
class Page:
    """One source file.

    `path` is the POSIX path under the docs folder and identifies the page everywhere. `url` is the address on the
    published site without base, leading slash or fragment (`""` is the site's root). `source` is the text that passage
    offsets refer to, with the text of the files that the page includes, and `hash` covers everything that passages are
    made from. `not_included` counts the files that could not be included. `site` decides on the
    anchors.
    """

    path: str
    title: str
    url: str
    source: str
    hash: str
    not_included: int = field(default=0, compare=False)
    dialect: Dialect = DEFAULT_DIALECT


@dataclass(frozen=True)
class Passage:
    """A part of one page under one heading.

    `text` is what `page.source[start:end]` says (offsets in characters), without escapes; a later part of a table
    begins with the table's header. `headings` is the path from the page's title to the nearest heading, and `url` is
    the page's url with the `#anchor` of the nearest heading. `hash` covers heading path and text, which are all that is
    embedded. `id` is a UUID (version 5) of the page's path, the hash and a counter for identical passages.
    """

    id: str
    page: str
    headings: tuple[str, ...]
    url: str
    start: int
    end: int
    text: str
    hash: str

    @property
    def title(self) -> str:
        """The page's title, or its path if it has none."""
        return self.headings[0] if self.headings else self.page

    @property
    def heading(self) -> str:
        """The nearest heading; empty if there is none."""
        return self.headings[-1] if self.headings else ""

    @property
    def indexed_text(self) -> str:
        """The text that is embedded and indexed by words: the heading path, then the text."""
        return indexed_text(self.headings, self.text)


def indexed_text(headings: tuple[str, ...], text: str) -> str:
    return f"{' > '.join(headings)}\n{text}" if headings else text


@dataclass(frozen=True)
class BrokenPage:
    """A source file that could not be read as a page. `path` is like a page's; `reason` is our own text."""

    path: str
    reason: str


@dataclass(frozen=True)
class ExcludedPage:
    """A file that is not part of the book, by this rule."""

    path: str
    rule: str
