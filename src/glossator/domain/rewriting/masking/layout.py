"""Lines, paragraphs and pairs of brackets of a text, each found in one pass."""

import re
from re import Pattern

from glossator.domain.rewriting.masking.pieces import Places

BLOCK_START = re.compile(r"(?:#{1,6}|[-*+>]|[0-9]{1,9}[.)])[ \t]+(?=\S)")
BLANK_LINE = re.compile(r"\n[ \t\r]*(?=\n)")
LINE_END = re.compile(r"\n")
BRACES = re.compile(r"\\[\s\S]|[{}]")
PARENTHESES = re.compile(r"\\[\s\S]|[()]|\n[ \t\r]*(?=\n)")


class Layout:
    def __init__(self, text: str) -> None:
        self._blank_lines = Places(text, BLANK_LINE)
        self._line_ends = Places(text, LINE_END)

    def paragraph_end(self, position: int) -> int:
        return self._blank_lines.next_start(position)

    def line_start(self, position: int) -> int:
        return self._line_ends.last_end(position)

    def line_end(self, position: int) -> int:
        return self._line_ends.next_start(position)


def plain_braces(text: str) -> dict[int, int]:
    """Where the partner of each opening brace stands, whatever it stands in."""
    return pairs(text, BRACES, "{", "}")


def parentheses(text: str) -> dict[int, int]:
    """The same for parentheses, which never reach over a blank line."""
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
