r"""Finds code, formulas and links in the text of a paragraph, in linear time.

Formulas are `$x$`, `$$x$$`, `\\(x\\)` and `\\[x\\]` (the backslash itself escaped), and `\(x\)` and `\[x\]` if the text
inside looks like TeX.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

TEXT = r"[^\\`$\[]++|\[(?![^\[\]]{0,500}\]\()"
CODE = r"(?P<code>`[^`]+`(?!`)|``(?!`)(?>[^`]++|`(?!`))++``(?!`))"
FORMULA = r"(?P<math>(?<!\w)\$(?![\s$])[^$\\]+(?<!\s)\$(?![\w$]))"
MARK = re.compile(
    rf"(?>{TEXT}|\\[^(\[\\]|\\\\(?![(\[]))*+(?:{CODE}|{FORMULA}|(?P<mark>`+|\\\\?[(\[]|\$\$?|\[))", re.DOTALL
)
"""Text and escapes, then a simple code span or formula, or the beginning of another span.

What a possessive group repeats is atomic here and elsewhere: Python before 3.11.5 skips some of its alternatives else.
"""
MARK_WITHOUT_TEX = re.compile(rf"(?>{TEXT}|\\(?:\\[(\[]|.))*+(?:{CODE}|{FORMULA}|(?P<mark>`+|\$\$?|\[))", re.DOTALL)
TEX_END = re.compile(r"\\[)\]]")
CLOSING = {"\\\\(": "\\\\)", "\\\\[": "\\\\]", "\\(": "\\)", "\\[": "\\]"}
LOOKS_LIKE_TEX = re.compile(r"\\[A-Za-z]|[\^_={}]")
LINK = re.compile(r"\[[^\[\]]{0,500}\]\([^()\s]{0,500}\)")
TICKS = re.compile(r"`+")


class InlineSpan(NamedTuple):
    kind: str
    start: int
    end: int


def inline_spans(text: str) -> Iterator[InlineSpan]:
    """The spans in order. Code and formulas contain no other spans; links do."""
    scanner = Scanner(text)
    mark = MARK if TEX_END.search(text) else MARK_WITHOUT_TEX
    position = 0
    while (found := mark.match(text, position)) is not None:
        position = found.end()
        kind = found.lastgroup or ""
        if kind != "mark":
            yield InlineSpan(kind, found.start(kind), position)
        elif (span := scanner.span(found["mark"], position)) is not None:
            yield span
            position = position if span.kind == "link" else span.end


@dataclass
class Scanner:
    """Finds the ends of spans, which begin further and further back. A search is not repeated over the same text.

    `following` is where each closing mark was found last, or the end of the text.
    """

    text: str
    following: dict[str, int] = field(default_factory=dict)

    @cached_property
    def ticks(self) -> dict[int, list[int]]:
        """The positions of the runs of backticks of each length."""
        positions: dict[int, list[int]] = {}
        for start, end in (found.span() for found in TICKS.finditer(self.text)):
            positions.setdefault(end - start, []).append(start)
        return positions

    def span(self, mark: str, after: int) -> InlineSpan | None:
        """The span that this mark begins; `after` is the mark's end."""
        start = after - len(mark)
        if mark == "[":
            link = LINK.match(self.text, start)
            return InlineSpan("link", start, link.end()) if link else None
        if mark[0] == "`":
            end = self._closing_ticks(len(mark), after)
            return InlineSpan("code", start, end) if end else None
        end = self._closing_dollar(mark, after) if mark[0] == "$" else self._closing_tex(mark, after)
        return InlineSpan("math", start, end) if end else None

    def _closing_ticks(self, length: int, start: int) -> int:
        positions = self.ticks.get(length, [])
        at = bisect_left(positions, start)
        return positions[at] + length if at < len(positions) else 0

    def _closing_dollar(self, mark: str, start: int) -> int:
        """The rules of `dollarmath`: no space inside, no digit outside."""
        text, end = self.text, self._find(mark, start)
        after = end + len(mark)
        if end == len(text) or mark == "$$":
            return 0 if end == len(text) else after
        spaced = text[start : start + 1].isspace() or text[end - 1 : end].isspace()
        digits = text[max(0, start - 2) : start - 1].isdigit() or text[after : after + 1].isdigit()
        return 0 if spaced or digits or text[end - 1] == "\\" else after

    def _closing_tex(self, mark: str, start: int) -> int:
        closing = CLOSING[mark]
        end = self._find(closing, start)
        if end == len(self.text):
            return 0
        is_tex = len(mark) == 3 or self._find_tex(start) <= min(end, start + 500)
        return end + len(closing) if is_tex else 0

    def _find(self, mark: str, start: int) -> int:
        """The next position of the mark, or the end of the text."""
        found = self.following.get(mark, -1)
        if found < start:
            found = self.text.find(mark, start)
            found = self.following[mark] = len(self.text) if found < 0 else found
        return found

    def _find_tex(self, start: int) -> int:
        """The end of the next mark of TeX, or a position after the text."""
        found = self.following.get("tex", -1)
        if found <= start:
            tex = LOOKS_LIKE_TEX.search(self.text, start)
            found = self.following["tex"] = tex.end() if tex else len(self.text) + 1
        return found
