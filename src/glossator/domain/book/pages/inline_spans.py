r"""Finds code, formulas and links in the text of a paragraph, in linear time.

Formulas are `$x$`, `$$x$$`, `\\(x\\)` and `\\[x\\]` (the backslash itself escaped), and `\(x\)` and `\[x\]` if the text
inside looks like TeX.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

MARK = re.compile(
    r"(?:[^\\`$\[]++|\[(?![^\[\]]{0,500}\]\()|\\[^(\[\\]|\\\\(?![(\[]))*+"
    r"(?P<mark>`[^`]+`(?!`)|`+|\\\\?[(\[]|\$\$?|\[)",
    re.DOTALL,
)
"""Text and escapes, then the beginning of a span, or a simple code span."""
CLOSING = {"\\\\(": "\\\\)", "\\\\[": "\\\\]", "\\(": "\\)", "\\[": "\\]"}
LOOKS_LIKE_TEX = re.compile(r"\\[A-Za-z]|[\^_={}]")
LINK = re.compile(r"\[[^\[\]]{0,500}\]\([^()\s]{0,500}\)")
TICKS = re.compile(r"`+")


class Span(NamedTuple):
    kind: str
    start: int
    end: int


def inline_spans(text: str) -> Iterator[Span]:
    """The spans in order. Code and formulas contain no other spans; links do."""
    scanner = Scanner(text)
    position = 0
    while (found := MARK.match(text, position)) is not None:
        span = scanner.span(found["mark"], found.start("mark"))
        position = found.end() if span is None or span.kind == "link" else span.end
        if span is not None:
            yield span


@dataclass
class Scanner:
    """`ticks` maps the length of each run of backticks to its positions; `absent` are marks that do not follow."""

    text: str
    absent: set[str] = field(default_factory=set)
    ticks: dict[int, list[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for found in TICKS.finditer(self.text):
            self.ticks.setdefault(len(found[0]), []).append(found.start())

    def span(self, mark: str, start: int) -> Span | None:
        after = start + len(mark)
        if mark == "[":
            link = LINK.match(self.text, start)
            return Span("link", start, link.end()) if link else None
        if mark[0] == "`":
            end = after if mark.strip("`") else self._closing_ticks(len(mark), after)
            return Span("code", start, end) if end else None
        end = self._closing_dollar(mark, after) if mark[0] == "$" else self._closing_tex(mark, after)
        return Span("math", start, end) if end else None

    def _closing_ticks(self, length: int, start: int) -> int:
        positions = self.ticks[length]
        at = bisect_left(positions, start)
        return positions[at] + length if at < len(positions) else 0

    def _closing_dollar(self, mark: str, start: int) -> int:
        """The rules of `dollarmath`: no space inside, no digit outside."""
        text = self.text
        end = -1 if mark in self.absent else text.find(mark, start)
        if end < 0:
            self.absent.add(mark)
            return 0
        after = end + len(mark)
        if mark == "$$":
            return after
        spaced = text[start : start + 1].isspace() or text[end - 1 : end].isspace()
        digits = text[max(0, start - 2) : start - 1].isdigit() or text[after : after + 1].isdigit()
        return 0 if spaced or digits or text[end - 1] == "\\" else after

    def _closing_tex(self, mark: str, start: int) -> int:
        closing = CLOSING.get(mark)
        if closing is None or mark in self.absent:
            return 0
        end = self.text.find(closing, start)
        if end < 0:
            self.absent.add(mark)
            return 0
        is_tex = len(mark) == 3 or LOOKS_LIKE_TEX.search(self.text, start, min(end, start + 500))
        return end + len(closing) if is_tex else 0
