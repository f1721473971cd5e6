"""What the operator decided about the book."""

from dataclasses import dataclass
from pathlib import Path

from glossator.domain.book.anchors import Generator
from glossator.domain.book.ingest import Options


@dataclass(frozen=True)
class BookRules:
    """`docs` is the folder of the sources, where there is one; `base_url` ends with a slash."""

    docs: Path | None
    generator: Generator
    base_url: str
    options: Options
