"""Pieces and quotations of the tests of quoting."""

from glossator.domain.answering.question import Piece
from glossator.domain.answering.quoting.coverage import covered_weights
from glossator.domain.answering.quoting.markdown import Quotation
from glossator.domain.answering.quoting.quotable import units_of
from glossator.domain.answering.quoting.quoter import quotation
from glossator.domain.book.passages import Passage


def piece(number: int, text: str, heading: str = "Words", *, page: str = "words", start: int | None = None) -> Piece:
    at = 1000 * number if start is None else start
    url = f"{page}#{heading.lower()}"
    passage = Passage(f"{page}{number}", f"{page}.md", (heading,), url, at, at + len(text), text, f"{heading}{text}")
    return Piece(number, (passage,), 0.9)


def quote(question: str, *pieces: Piece) -> Quotation:
    """By words alone."""
    units = units_of(pieces)
    return quotation(question, list(zip(units, covered_weights(question, pieces, units), strict=True)))
