"""The options of the book and of one ingest."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from glossator.domain.book.pages.dialect.generators import GeneratorChoice

READER_URL: Final = "/read/"
"""Where the built-in reader shows the pages."""


@dataclass(frozen=True)
class IngestOptions:
    """The options of one ingest.

    `title` and `site_url` come from the settings; without a title, the title of the first page is used. If
    `remove_missing` is off, the source adds and changes pages but removes none. `allow_empty` allows a source without
    readable pages to empty the book.

    `other_book` is what happens to a source that is another book than the live one: it is refused, or it replaces the
    live book in a new build, or it counts as a change of the live book. `upgrade` builds a book of other rules or
    models again, if embedding is free. `budget_usd` is a budget of its own, apart from the site's caps.
    """

    title: str = ""
    site_url: str = ""
    rebuild: bool = False
    remove_missing: bool = True
    allow_empty: bool = False
    other_book: Literal["refuse", "replace", "edit"] = "refuse"
    upgrade: bool = False
    budget_usd: float | None = None


@dataclass(frozen=True)
class BookOptions:
    """The settings of the book. `docs` is the folder of its pages, if it is set; `base_url` ends with a slash."""

    docs: Path | None
    generator: GeneratorChoice
    base_url: str
    ingest: IngestOptions

    @property
    def own_reader(self) -> bool:
        """Whether citations open in the built-in reader, because the book is not published anywhere else."""
        return not self.ingest.site_url
