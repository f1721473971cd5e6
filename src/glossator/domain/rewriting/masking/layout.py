"""Finds the lines, paragraphs and bracket pairs of a text in one pass each.

Also splits off what does not distinguish two texts: surrounding white space, anchor marks and the kind of line ends.
"""

import re
from dataclasses import dataclass
from re import Pattern

from glossator.domain.rewriting.masking.pieces import MatchIndex

BLOCK_START = re.compile(r"(?:#{1,6}|[-*+>]|[0-9]{1,9}[.)])[ \t]+(?=\S)")
BLANK_LINE = re.compile(r"\n[ \t\r]*(?=\n)")
LINE_END = re.compile(r"\n")
BRACES = re.compile(r"\\[\s\S]|[{}]")
PARENTHESES = re.compile(r"\\[\s\S]|[()]|\n[ \t\r]*(?=\n)")


class Layout:
    def __init__(self, text: str) -> None:
        self._blank_lines = MatchIndex(text, BLANK_LINE)
        self._line_ends = MatchIndex(text, LINE_END)

    def paragraph_end(self, position: int) -> int:
        return self._blank_lines.next_start(position)

    def line_start(self, position: int) -> int:
        return self._line_ends.last_end(position)

    def line_end(self, position: int) -> int:
        return self._line_ends.next_start(position)


def plain_braces(text: str) -> dict[int, int]:
    """The position of each opening brace's partner, also inside strings and comments."""
    return pairs(text, BRACES, "{", "}")


def parentheses(text: str) -> dict[int, int]:
    """The same for parentheses, which never span a blank line."""
    return pairs(text, PARENTHESES, "(", ")")


def pairs(text: str, pattern: Pattern[str], opening: str, closing: str) -> dict[int, int]:
    partners: dict[int, int] = {}
    waiting: list[int] = []
    for match in pattern.finditer(text):
        mark = match.group()
        if mark == opening:
            waiting.append(match.start())
        elif mark == closing and waiting:
            partners[waiting.pop()] = match.start()
        elif mark[0] == "\n":
            waiting.clear()
    return partners


INVISIBLE = "\u200b\u2060\ufeff"


@dataclass(frozen=True, slots=True)
class TextBody:
    """A text without its edges and with "\\n" line ends; mixed line ends stay as they are."""

    whole: str
    text: str
    start: int
    end: int
    line_end: str

    def restore(self, rewritten: str) -> str:
        """An unchanged body gives the whole text back, byte for byte."""
        if rewritten == self.text:
            return self.whole
        return self.whole[: self.start] + rewritten.replace("\n", self.line_end) + self.whole[self.end :]


def split_edges(whole: str) -> TextBody:
    start, end = content_span(whole)
    text = whole[start:end]
    line_end = line_end_of(text)
    return TextBody(whole, text.replace(line_end, "\n"), start, end, line_end)


def line_end_of(text: str) -> str:
    crlf, cr, lf = text.count("\r\n"), text.count("\r"), text.count("\n")
    if crlf and crlf == cr == lf:
        return "\r\n"
    return "\r" if cr and not lf else "\n"


def content_span(text: str) -> tuple[int, int]:
    """Start and end of the text between its edges."""
    start, end = 0, len(text)
    while start < end and is_edge(text[start]):
        start += 1
    while end > start and is_edge(text[end - 1]):
        end -= 1
    return start, end


def is_edge(character: str) -> bool:
    return character.isspace() or character in INVISIBLE
