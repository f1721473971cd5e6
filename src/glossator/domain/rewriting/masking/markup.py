"""Finds HTML and JSX tags (not the text between them), comments, `{expressions}`, admonition marks and formulas."""

import re
from collections import defaultdict
from collections.abc import Iterator

from glossator.domain.rewriting.masking.code import CODE_ELEMENTS, code_elements
from glossator.domain.rewriting.masking.javascript import braces
from glossator.domain.rewriting.masking.layout import Layout
from glossator.domain.rewriting.masking.pieces import MaskedPiece, MatchIndex, PieceKind

TAG = re.compile(r"<(?:/?([A-Za-z][\w.-]{0,60})|!(?=[A-Za-z])|/?(?=>))")
STOP = re.compile(r"[\"'{}<>]")
PROSE = re.compile(r"[,;.?!](?:\s|$)")
BLOCK_MARK = re.compile(r"^[ \t]{0,12}(?::::+[ \t]?[a-z-]*|(?:!!!|\?\?\?)\+? [a-z-]+)", re.MULTILINE)
FORMULA_MARK = re.compile(r"\\(?:begin|end)\{[A-Za-z]{1,30}\*?\}|\\[\s\S]|\$\$?")
CLOSING_MARK = {"$": "$", "$$": "$$", "\\(": "\\)", "\\[": "\\]"}
PRICE_OR_VARIABLE = re.compile(r"[0-9{]|[A-Z_]{2}")
INLINE_MARKS = ("$", "\\(")


def comments(text: str) -> Iterator[MaskedPiece]:
    start = text.find("<!--")
    while start >= 0:
        end = text.find("-->", start + 4)
        if end < 0:
            return
        yield MaskedPiece(start, end + 3, PieceKind.MARKUP)
        start = text.find("<!--", end + 3)


def block_marks(text: str) -> Iterator[MaskedPiece]:
    for match in BLOCK_MARK.finditer(text):
        yield MaskedPiece(*match.span(), PieceKind.MARKUP)


def tags(text: str) -> Iterator[MaskedPiece]:
    """Finds tags, and whole elements that contain code."""
    ends = TagEnds(text)
    closers = code_elements(text)
    position = 0
    for match in TAG.finditer(text):
        end = ends.after(match.end()) if match.start() >= position else None
        if end is not None:
            position = element_end(text, match, end, closers)
            yield MaskedPiece(match.start(), position, PieceKind.MARKUP)


def element_end(text: str, tag: re.Match[str], end: int, closers: dict[str, MatchIndex]) -> int:
    name = (tag.group(1) or "").lower()
    if name not in CODE_ELEMENTS or text[tag.start() + 1] == "/" or text[end - 2] == "/":
        return end
    return closers[name].next_end(end) or end


class TagEnds:
    """Finds the ends of tags. A position without an end is never tried twice, so all tags together cost one pass."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._layout = Layout(text)
        self._braces = braces(text)
        self._quotes = {quote: MatchIndex(text, re.compile(quote)) for quote in "\"'"}
        self._without_end: set[int] = set()

    def after(self, position: int) -> int | None:
        tried: list[int] = []
        while position not in self._without_end:
            tried.append(position)
            stop = STOP.search(self._text, position, self._layout.paragraph_end(position))
            if stop is None or PROSE.search(self._text, position, stop.start()):
                break
            if stop.group() == ">":
                return stop.end()
            following = self._skip(stop)
            if following is None:
                break
            position = following
        self._without_end.update(tried)
        return None

    def _skip(self, stop: re.Match[str]) -> int | None:
        mark, start = stop.group(), stop.start()
        if mark == "{":
            partner = self._braces.get(start)
            return None if partner is None else partner + 1
        if mark not in self._quotes:
            return None
        if not self._text[max(start - 2, 0) : start].rstrip().endswith("="):
            return stop.end()
        closing = self._quotes[mark].next_end(stop.end())
        return closing if closing is not None and closing <= self._layout.paragraph_end(start) else None


def expressions(text: str) -> Iterator[MaskedPiece]:
    """Finds `{expressions}`; a brace in prose reaches at most to the end of its paragraph."""
    layout = Layout(text)
    position = 0
    for start, end in sorted(braces(text).items()):
        if start >= position and (end < layout.paragraph_end(start) or starts_line(text, layout, start)):
            position = end + 1
            yield MaskedPiece(start, position, PieceKind.MARKUP)


def starts_line(text: str, layout: Layout, position: int) -> bool:
    return text[layout.line_start(position) : position].strip() == ""


def formulas(text: str) -> Iterator[MaskedPiece]:
    """`$..$` by Pandoc's rule (not prices), `$$..$$`, `\\(..\\)`, `\\[..\\]` and LaTeX environments."""
    layout = Layout(text)
    marks = [(match.start(), match.end(), match.group()) for match in FORMULA_MARK.finditer(text)]
    closing_at = closing_marks(text, marks)
    position = 0
    for start, end, mark in marks:
        closing = CLOSING_MARK.get(mark, mark.replace("\\begin", "\\end") if mark.startswith("\\begin{") else "")
        if start < position or not closing or (mark == "$" and not opens_formula(text, end)):
            continue
        waiting = closing_at[closing]
        while waiting and waiting[-1] < end + (mark[0] == "$"):
            waiting.pop()
        if waiting and (mark not in INLINE_MARKS or waiting[-1] < layout.paragraph_end(start)):
            position = waiting[-1] + len(closing)
            yield MaskedPiece(start, position, PieceKind.FORMULA)


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
