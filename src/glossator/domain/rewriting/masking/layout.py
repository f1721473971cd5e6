"""Lines, paragraphs and pairs of brackets of a text, each found in one pass.

What is nobody's difference between two texts: white space and anchors around the words, and kinds of line ends.
"""

import re
from dataclasses import dataclass
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


INVISIBLE = "\u200b\u2060\ufeff"


@dataclass(frozen=True, slots=True)
class Core:
    """The words of a text, their lines ended by "\\n"; a text that mixes kinds of line ends keeps them."""

    whole: str
    text: str
    start: int
    end: int
    line_end: str

    def around(self, rewritten: str) -> str:
        """A core that did not change gives the whole as it was, byte for byte."""
        if rewritten == self.text:
            return self.whole
        return self.whole[: self.start] + rewritten.replace("\n", self.line_end) + self.whole[self.end :]


def core_of(whole: str) -> Core:
    start, end = trimmed(whole)
    text = whole[start:end]
    line_end = line_end_of(text)
    return Core(whole, text.replace(line_end, "\n"), start, end, line_end)


def line_end_of(text: str) -> str:
    both, returns, feeds = text.count("\r\n"), text.count("\r"), text.count("\n")
    if both and both == returns == feeds:
        return "\r\n"
    return "\r" if returns and not feeds else "\n"


def trimmed(text: str) -> tuple[int, int]:
    start, end = 0, len(text)
    while start < end and is_edge(text[start]):
        start += 1
    while end > start and is_edge(text[end - 1]):
        end -= 1
    return start, end


def is_edge(character: str) -> bool:
    return character.isspace() or character in INVISIBLE
