"""Cuts text into sentences, with their positions."""

# ruff: noqa: RUF001 - the marks of other scripts end sentences too

import re
from collections.abc import Iterator
from typing import Final

from glossator.domain.answering.question import TextSpan

CITATION: Final = r"\[\d{1,3}(?:\s*[,;\u2013-]\s*\d{1,3})*\]"
# A sentence ends at its mark before white space (Chinese and Japanese marks need none), or where a block ends. Closing
# quotes belong to it, and citation numbers, also after a blank: models write both "lists. [1]" and "lists [1]."
_END: Final = re.compile(
    rf"(?:(?<=[^\s.!?…])[.!?…؟।]+[\"'\u201d\u2019)\]*_`]*(?: {{0,2}}{CITATION})*(?=\s|\Z)"
    rf"|[。！？]+[」』”’）]*(?: {{0,2}}{CITATION})*)"
    r"|\n(?=[ \t]*(?:\n|[-*+#>|]|\d+[.)]\s|$)|[^\n]* \| )"
)
_ABBREVIATION: Final = re.compile(
    r"(?:\b(?:e\.g|eg|i\.e|vs|cf|ca|resp|approx|incl|Mr|Mrs|Ms|Dr|Prof|St|Fig|Figs|Eq|No|Nos|Nr|Vol|Ch|Sec|Art|Abs|pp"
    r"|al|Inc|Ltd|z\.\s?B|d\.\s?h|u\.\s?a|bzw|p\.\s?ex)|(?:^|[\s(])(?:[A-Z]\.)*[A-Z])\.$"
)
_LIST_MARK: Final = re.compile(r"(?:^|\n)[ \t>]*\d{1,3}[.)]$")
# A sentence that begins with a name in code: "request.form() returns ..."
_NAME: Final = re.compile(r"`|[\w-]+(?:\(|[._]\w|\w*[A-Z\d])")


def sentences(text: str) -> Iterator[TextSpan]:
    """The spans of the sentences without surrounding white space; never cut at an abbreviation or an initial."""
    start = 0
    for end in [match.end() for match in _END.finditer(text)] + [len(text)]:
        piece = text[start:end]
        if end < len(text) and _continues(piece, text[max(0, start - 1) : start] + piece, text[end:]):
            continue
        begin = start + len(piece) - len(piece.lstrip())
        if piece.strip():
            yield TextSpan(begin, start + len(piece.rstrip()))
        start = end


def _continues(piece: str, line: str, rest: str) -> bool:
    """A line break always ends a sentence; a mark does not before a small letter, before a mark that cannot begin a
    sentence ("squash! …"), or after an abbreviation.

    `line` is the piece with the character before it.
    """
    if piece.endswith("\n"):
        return False
    following = rest[:80].lstrip(" \t")
    if following.startswith(("\u2026", ",", ";", ":", ")")):
        return True
    if _LIST_MARK.search(line[-12:]) is not None or _ABBREVIATION.search(piece[-12:]) is not None:
        return True
    return following[:1].islower() and _NAME.match(following) is None
