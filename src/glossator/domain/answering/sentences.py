"""Cutting text into sentences, with their places."""

import re
from collections.abc import Iterator
from typing import Final

from glossator.domain.answering.question import Span

# A sentence ends at its mark before white space, or where a block ends. Closing quotes belong to it, and citation
# numbers, also behind a blank: models write "... lists. [1]" as often as "... lists [1]."
_END: Final = re.compile(
    r"[.!?…。؟।](?:[\"'\u201d\u2019)\]]| {0,2}\[\d{1,3}\])*(?=\s|\Z)"
    r"|\n(?=[ \t]*(?:\n|[-*+#>|]|\d+[.)]\s|$))"
)


def sentences(text: str) -> Iterator[Span]:
    """The spans of the sentences, white space around them left out; one pass."""
    start = 0
    for end in [match.end() for match in _END.finditer(text)] + [len(text)]:
        piece = text[start:end]
        begin = start + len(piece) - len(piece.lstrip())
        if piece.strip():
            yield Span(begin, start + len(piece.rstrip()))
        start = end
