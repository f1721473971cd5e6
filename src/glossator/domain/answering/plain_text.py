"""Converts Markdown to plain text, for pages that show a response without rendering it."""

from collections.abc import Callable
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token

_FENCES: Final = ("```", "~~~")
_BULLET: Final = "- "
_CELL_GAP: Final = " | "
_BLOCK_ENDS: Final = ("bullet_list_close", "ordered_list_close", "heading_close", "table_close")


def plain_text(markdown: str) -> str:
    """Removes markup but keeps code and list bullets; a bar separates table cells."""
    reader = _Reader()
    for token in MarkdownIt("commonmark", {"html": False}).enable("table").parse(markdown):
        reader.read(token)
    return "\n".join(reader.lines).strip("\n")


class _Reader:
    """Collects lines; `_lists` is the stack of open lists with their next number, None for bullets."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._lists: list[int | None] = []

    def read(self, token: Token) -> None:
        match token.type:
            case "inline":
                self._add("".join(_inline_text(child) for child in token.children or []))
            case "fence" | "code_block":
                self.lines += [*token.content.rstrip("\n").split("\n"), ""]
            case "bullet_list_open" | "ordered_list_open":
                self._lists.append(int(token.attrGet("start") or 1) if token.type == "ordered_list_open" else None)
            case "tr_open":
                self.lines.append("")
            case "list_item_open":
                self.lines.append(self._bullet())
            case _:
                self._end(token)

    def _end(self, token: Token) -> None:
        if token.type in ("bullet_list_close", "ordered_list_close"):
            self._lists.pop()
        ends_block = token.type in _BLOCK_ENDS or (token.type == "paragraph_close" and not token.hidden)
        if ends_block and self.lines and self.lines[-1]:
            self.lines.append("")
        if token.type in ("th_close", "td_close"):
            self.lines[-1] += _CELL_GAP
        if token.type == "tr_close":
            self.lines[-1] = self.lines[-1].removesuffix(_CELL_GAP)

    def _bullet(self) -> str:
        indent = "  " * (len(self._lists) - 1)
        number = self._lists[-1]
        if number is None:
            return indent + _BULLET
        self._lists[-1] = number + 1
        return f"{indent}{number}. "

    def _add(self, text: str) -> None:
        """Appends to a line that a bullet, a cell or an empty row has started."""
        if self.lines and (self.lines[-1].endswith((_BULLET, ". ", _CELL_GAP)) or self.lines[-1] == ""):
            self.lines[-1] += text
        else:
            self.lines.append(text)


def _inline_text(token: Token) -> str:
    return "\n" if token.type in ("softbreak", "hardbreak") else token.content


class BlockWriter:
    """Converts a stream block by block and holds back the incomplete block."""

    def __init__(self, convert: Callable[[str], str]) -> None:
        self._convert = convert
        self._lines: list[str] = []
        self._rest = ""
        self._fence = ""
        self._started = False

    def feed(self, text: str) -> str:
        *complete, self._rest = (self._rest + text).split("\n")
        return "".join(self._line(line) for line in complete)

    def flush(self) -> str:
        text = self._line(self._rest) if self._rest else ""
        self._rest = ""
        return text + self._block()

    def _line(self, line: str) -> str:
        mark = line.lstrip()[:3]
        if mark in _FENCES and not self._fence:
            self._fence = mark
        elif self._fence and mark == self._fence:
            self._fence = ""
        if line.strip() or self._fence:
            self._lines.append(line)
            return ""
        return self._block()

    def _block(self) -> str:
        text = self._convert("\n".join(self._lines)) if self._lines else ""
        self._lines = []
        if not text:
            return ""
        gap = "\n\n" if self._started else ""
        self._started = True
        return gap + text
