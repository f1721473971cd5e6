"""What the operator decided about the book."""

from dataclasses import dataclass
from pathlib import Path

from glossator.domain.book.ingest.ingest import Options
from glossator.domain.book.pages.anchors import Generator


@dataclass(frozen=True)
class BookOptions:
    """`docs` is the folder of the sources, where there is one; `base_url` ends with a slash."""

    docs: Path | None
    generator: Generator
    base_url: str
    options: Options

    @property
    def own_reader(self) -> bool:
        """Whether citations open in our own reader, because the book is published nowhere else."""
        return not self.options.site_url
