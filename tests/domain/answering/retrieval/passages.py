"""Hits and passages for the tests of retrieval."""

from collections.abc import Mapping

from glossator.domain.book.index import Hit
from glossator.domain.book.passages import Passage


def passage(id_: str, text: str, *headings: str, page: str = "page.md", start: int = 0) -> Passage:
    return Passage(id_, page, headings, "page#anchor", start, start + len(text), text, f"hash of {id_}")


def hit(found: Passage, score: float = 0.5, cosines: Mapping[str, float] | None = None) -> Hit:
    return Hit(found, score, cosines or {}, 0.0)
