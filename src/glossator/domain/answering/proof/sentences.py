"""Cuts text into sentences, with their positions."""

# ruff: noqa: RUF001 - the marks of other scripts end sentences too

import re
from collections.abc import Iterator
from typing import Final

from glossator.domain.answering.question import Span

# A sentence ends at its mark before white space (Chinese and Japanese marks need none), or where a block ends. Closing
# quotes belong to it, and citation numbers, also after a blank: models write both "lists. [1]" and "lists [1]."
_END: Final = re.compile(
    r"(?:[.!?…؟।]+[\"'\u201d\u2019)\]*_]*(?: {0,2}\[\d{1,3}\])*(?=\s|\Z)|[。！？]+[」』”’）]*(?: {0,2}\[\d{1,3}\])*)"
    r"|\n(?=[ \t]*(?:\n|[-*+#>|]|\d+[.)]\s|$))"
)
_ABBREVIATION: Final = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|cf|resp|approx|Mr|Mrs|Ms|Dr|Prof|St|Fig|Figs|Eq|No|Nos|Vol|Ch|Sec|pp|al)|(?:^|[\s(])[A-Z])\.$"
)


def sentences(text: str) -> Iterator[Span]:
    """The spans of the sentences without surrounding white space; never cut at an abbreviation or an initial."""
    start = 0
    for end in [match.end() for match in _END.finditer(text)] + [len(text)]:
        piece = text[start:end]
        if end < len(text) and _continues(piece, text[end:]):
            continue
        begin = start + len(piece) - len(piece.lstrip())
        if piece.strip():
            yield Span(begin, start + len(piece.rstrip()))
        start = end


def _continues(piece: str, rest: str) -> bool:
    """A line break always ends a sentence; a mark does not before a small letter or after an abbreviation."""
    if piece.endswith("\n"):
        return False
    following = rest[:80].lstrip(" \t")
    return following[:1].islower() or _ABBREVIATION.search(piece[-12:]) is not None
