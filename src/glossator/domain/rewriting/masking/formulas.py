"""Formulas: `$..$` by Pandoc's rule (a price is none), `$$..$$`, `\\(..\\)`, `\\[..\\]` and LaTeX environments."""

import re
from collections import defaultdict
from collections.abc import Iterator

from glossator.domain.rewriting.masking.layout import Layout
from glossator.domain.rewriting.masking.pieces import Kind, Piece

MARK = re.compile(r"\\(?:begin|end)\{[A-Za-z]{1,30}\*?\}|\\[\s\S]|\$\$?")
CLOSING = {"$": "$", "$$": "$$", "\\(": "\\)", "\\[": "\\]"}
FOLLOWING = re.compile(r"[0-9{]|[A-Z_]{2}")
INLINE = ("$", "\\(")


def formulas(text: str) -> Iterator[Piece]:
    layout = Layout(text)
    marks = [(match.start(), match.end(), match.group()) for match in MARK.finditer(text)]
    closers = closing_marks(text, marks)
    position = 0
    for start, end, mark in marks:
        closing = CLOSING.get(mark, mark.replace("\\begin", "\\end") if mark.startswith("\\begin{") else "")
        if start < position or not closing or (mark == "$" and not opens(text, end)):
            continue
        waiting = closers[closing]
        while waiting and waiting[-1] < end + (mark[0] == "$"):
            waiting.pop()
        if waiting and (mark not in INLINE or waiting[-1] < layout.paragraph_end(start)):
            position = waiting[-1] + len(closing)
            yield Piece(start, position, Kind.FORMULA)


def closing_marks(text: str, marks: list[tuple[int, int, str]]) -> dict[str, list[int]]:
    """The places of each mark that can close, the last one first."""
    places: dict[str, list[int]] = defaultdict(list)
    for start, end, mark in reversed(marks):
        if mark != "$" or closes(text, start, end):
            places[mark].append(start)
    return places


def opens(text: str, end: int) -> bool:
    return not text[end : end + 1].isspace() and end < len(text)


def closes(text: str, start: int, end: int) -> bool:
    """Not before a number, nor before the name of a shell's variable."""
    following = text[end : end + 2]
    return start > 0 and not text[start - 1].isspace() and not FOLLOWING.match(following)
