"""Writes a whole answer, in pieces of a given size."""

from typing import Final

from glossator.domain.answering.question import Format
from glossator.domain.answering.writing.answer_writer import AnswerWriter

WHOLE: Final = 1_000_000
SITE: Final = "https://book.example/docs/"


def written(text: str, style: Format = "markdown", *, size: int = WHOLE, base_url: str = "/read/") -> str:
    """The passages 1 and 2 may be cited."""
    writer = AnswerWriter({1, 2}, style, base_url)
    pieces = [writer.feed(text[at : at + size]) for at in range(0, len(text), size)]
    response = "".join([*pieces, writer.flush()])
    assert response == writer.response
    return response
