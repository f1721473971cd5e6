"""What a model must not touch in a text: its places and their kinds.

Every finder reads a text in which what was found before is covered by `COVER`, character for character: it sees no
mark inside of a code span, and its places hold for the original text.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto
from re import Pattern

COVER = "\x00"
LETTERS = "A-Za-z0-9_\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f"
"""For the inside of a pattern's brackets: what words of code, paths and units are made of. Scripts that put no space
between words may follow such a word at once."""


class Kind(Enum):
    CODE = auto()
    FORMULA = auto()
    MARKUP = auto()
    LINK = auto()
    ADDRESS = auto()
    TERM = auto()
    NUMBER = auto()
    IDENTIFIER = auto()


@dataclass(frozen=True, slots=True)
class Piece:
    start: int
    end: int
    kind: Kind


def cover(text: str, pieces: Iterable[Piece]) -> str:
    parts = []
    position = 0
    for piece in outermost(pieces):
        parts += [text[position : piece.start], COVER * (piece.end - piece.start)]
        position = piece.end
    return "".join([*parts, text[position:]])


def outermost(pieces: Iterable[Piece]) -> list[Piece]:
    """In the order of the text; pieces that overlap become one, of the kind of the first."""
    found: list[Piece] = []
    for piece in sorted(pieces, key=lambda one: (one.start, -one.end)):
        if found and piece.start < found[-1].end:
            last = found.pop()
            piece = Piece(last.start, max(last.end, piece.end), last.kind)  # noqa: PLW2901 - the union takes its place
        found.append(piece)
    return found


class Places:
    """Where a pattern stands in a text, for "the next one from here" without reading the text again."""

    def __init__(self, text: str, pattern: Pattern[str]) -> None:
        matches = list(pattern.finditer(text))
        self._starts = [match.start() for match in matches]
        self._ends = [match.end() for match in matches]
        self._length = len(text)

    def next_start(self, position: int) -> int:
        """The first start at or after the position; the length of the text when there is none."""
        index = bisect_left(self._starts, position)
        return self._starts[index] if index < len(self._starts) else self._length

    def next_end(self, position: int) -> int | None:
        """The end of the first one that starts at or after the position."""
        index = bisect_left(self._starts, position)
        return self._ends[index] if index < len(self._ends) else None

    def last_end(self, position: int) -> int:
        """The end of the last one that ends at or before the position; 0 when there is none."""
        index = bisect_right(self._ends, position)
        return self._ends[index - 1] if index else 0
