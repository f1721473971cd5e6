"""Finds formulas: `$..$` by Pandoc's rule (not prices), `$$..$$`, `\\(..\\)`, `\\[..\\]` and LaTeX environments."""

import re
from collections import defaultdict
from collections.abc import Iterator

from glossator.domain.rewriting.masking.layout import Layout
from glossator.domain.rewriting.masking.pieces import Piece, PieceKind

MARK = re.compile(r"\\(?:begin|end)\{[A-Za-z]{1,30}\*?\}|\\[\s\S]|\$\$?")
CLOSING = {"$": "$", "$$": "$$", "\\(": "\\)", "\\[": "\\]"}
PRICE_OR_VARIABLE = re.compile(r"[0-9{]|[A-Z_]{2}")
INLINE = ("$", "\\(")


def formulas(text: str) -> Iterator[Piece]:
    layout = Layout(text)
    marks = [(match.start(), match.end(), match.group()) for match in MARK.finditer(text)]
    closing_at = closing_marks(text, marks)
    position = 0
    for start, end, mark in marks:
        closing = CLOSING.get(mark, mark.replace("\\begin", "\\end") if mark.startswith("\\begin{") else "")
        if start < position or not closing or (mark == "$" and not opens_formula(text, end)):
            continue
        waiting = closing_at[closing]
        while waiting and waiting[-1] < end + (mark[0] == "$"):
            waiting.pop()
        if waiting and (mark not in INLINE or waiting[-1] < layout.paragraph_end(start)):
            position = waiting[-1] + len(closing)
            yield Piece(start, position, PieceKind.FORMULA)


def closing_marks(text: str, marks: list[tuple[int, int, str]]) -> dict[str, list[int]]:
    """The positions of each possible closing mark, last one first."""
    positions: dict[str, list[int]] = defaultdict(list)
    for start, end, mark in reversed(marks):
        if mark != "$" or closes_formula(text, start, end):
            positions[mark].append(start)
    return positions


def opens_formula(text: str, end: int) -> bool:
    return not text[end : end + 1].isspace() and end < len(text)


def closes_formula(text: str, start: int, end: int) -> bool:
    """A dollar sign before a number or a shell variable name closes no formula."""
    following = text[end : end + 2]
    return start > 0 and not text[start - 1].isspace() and not PRICE_OR_VARIABLE.match(following)
