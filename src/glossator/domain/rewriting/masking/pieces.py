"""What a model must not touch in a text: its places and their kinds.

Every finder reads a text in which what was found before is covered by `COVER`, character for character: it sees no
mark inside of a code span, and its places hold for the original text.

What stands for a piece while a model rewrites the text: `<x0/>`, `<x1/>`, ...

Models know empty XML elements from translation files and carry them along; the letter keeps the digits from being
written in another script; a source that contains the same form has it masked like any other tag.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
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


PLACEHOLDER = re.compile(r"<x(0|[1-9][0-9]{0,5})/>")
OPENING = "(?:[<\uff1c\u2039\u27e8]|&lt;)"
CLOSING = "(?:[>\uff1e\u203a\u27e9]|&gt;)"
LOOKALIKE = re.compile(rf"{OPENING}\s{{0,2}}/?\s{{0,2}}[xX]\s{{0,2}}\d+(?:\s{{0,2}}/?\s{{0,2}}{CLOSING})?")


def placeholder(number: int) -> str:
    return f"<x{number}/>"


def lookalikes(text: str) -> Iterator[Piece]:
    for match in LOOKALIKE.finditer(text):
        yield Piece(*match.span(), Kind.MARKUP)


def has_altered(text: str) -> bool:
    """Something that was a placeholder, beside those that are."""
    return LOOKALIKE.search(PLACEHOLDER.sub(COVER, text)) is not None
