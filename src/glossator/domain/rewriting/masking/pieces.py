"""Pieces of a text that a model must not change, and the placeholders `<x0/>`, `<x1/>`, ... that stand for them.

Earlier pieces are covered by `COVER`, character for character, before the next finder reads the text. So it sees no
marks inside a code span, and its positions are valid in the original text.

Models know empty XML elements from translation files and preserve them. The letter keeps models from writing the digits
in another script. If the source contains the same form, it is masked like any other tag.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum, auto
from re import Pattern

COVER = "\x00"
WORD_CHARACTERS = "A-Za-z0-9_\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f"
"""Characters of words in code, paths and units, for a pattern's brackets. In scripts without spaces between words, a
letter may follow such a word directly."""


class PieceKind(Enum):
    CODE = auto()
    FORMULA = auto()
    MARKUP = auto()
    LINK = auto()
    ADDRESS = auto()
    TERM = auto()
    NUMBER = auto()
    IDENTIFIER = auto()


@dataclass(frozen=True, slots=True)
class MaskedPiece:
    start: int
    end: int
    kind: PieceKind


def cover(text: str, pieces: Iterable[MaskedPiece]) -> str:
    parts = []
    position = 0
    for piece in merge_overlapping(pieces):
        parts += [text[position : piece.start], COVER * (piece.end - piece.start)]
        position = piece.end
    return "".join([*parts, text[position:]])


def merge_overlapping(pieces: Iterable[MaskedPiece]) -> list[MaskedPiece]:
    """In text order; overlapping pieces become one piece of the first one's kind."""
    found: list[MaskedPiece] = []
    for piece in sorted(pieces, key=lambda one: (one.start, -one.end)):
        if found and piece.start < found[-1].end:
            last = found.pop()
            piece = MaskedPiece(last.start, max(last.end, piece.end), last.kind)  # noqa: PLW2901 - replaced by the union
        found.append(piece)
    return found


class MatchIndex:
    """All matches of a pattern, to find the next one from any position without searching the text again."""

    def __init__(self, text: str, pattern: Pattern[str]) -> None:
        matches = list(pattern.finditer(text))
        self._starts = [match.start() for match in matches]
        self._ends = [match.end() for match in matches]
        self._length = len(text)

    def next_start(self, position: int) -> int:
        """The first match start at or after the position; the length of the text if there is none."""
        index = bisect_left(self._starts, position)
        return self._starts[index] if index < len(self._starts) else self._length

    def next_end(self, position: int) -> int | None:
        """The end of the first match that starts at or after the position."""
        index = bisect_left(self._starts, position)
        return self._ends[index] if index < len(self._ends) else None

    def last_end(self, position: int) -> int:
        """The end of the last match that ends at or before the position; 0 if there is none."""
        index = bisect_right(self._ends, position)
        return self._ends[index - 1] if index else 0


PLACEHOLDER = re.compile(r"<x(0|[1-9][0-9]{0,5})/>")
OPENING = "(?:[<\uff1c\u2039\u27e8]|&lt;)"
CLOSING = "(?:[>\uff1e\u203a\u27e9]|&gt;)"
LOOKALIKE = re.compile(rf"{OPENING}\s{{0,2}}/?\s{{0,2}}[xX]\s{{0,2}}\d+(?:\s{{0,2}}/?\s{{0,2}}{CLOSING})?")


def placeholder(number: int) -> str:
    return f"<x{number}/>"


def lookalikes(text: str) -> Iterator[MaskedPiece]:
    for match in LOOKALIKE.finditer(text):
        yield MaskedPiece(*match.span(), PieceKind.MARKUP)


def has_altered_placeholder(text: str) -> bool:
    """Whether the text contains something similar to a placeholder that is none."""
    return LOOKALIKE.search(PLACEHOLDER.sub(COVER, text)) is not None
