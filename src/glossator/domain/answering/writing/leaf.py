"""The last block of a parsed text, and the list items and quotations around it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from markdown_it.token import Token

from glossator.domain.answering.writing.block_writer import BlockKind, ContainerBlock, LeafBlock

_KINDS: Final[dict[str, BlockKind]] = {
    "paragraph_open": "paragraph",
    "heading_open": "heading",
    "fence": "code",
    "code_block": "code",
    "hr": "rule",
    "table_open": "table",
}
_MARKER: Final = re.compile(r"[ \t]*(?:>|(?:[-*+]|\d{1,9}[.)])(?=[ \t]|$))")
_ORDINAL: Final = re.compile(r"\d+(?=[.)])")
_LANGUAGE: Final = re.compile(r"[\w+#.-]{0,30}")


@dataclass(frozen=True)
class Leaf:
    """`content` is its source; `start` is the first line of the text that was not parsed before."""

    start: int
    containers: tuple[Token, ...] = ()
    token: Token = field(default_factory=lambda: Token("none", "", 0, map=[-1, -1]))
    content: str = ""
    columns: int = 0

    @property
    def kind(self) -> BlockKind:
        return _KINDS.get(self.token.type, "empty")

    @property
    def is_new(self) -> bool:
        return _first_line(self.token) >= self.start

    @property
    def is_continued(self) -> bool:
        return not self.is_new and (self.token.map or [0, 0])[1] > self.start

    def is_empty_container(self, line: str) -> bool:
        """Whether the line opens a list item and has nothing in it."""
        if self.token.type != "none" or not self.containers or _first_line(self.containers[-1]) < self.start:
            return False
        return not line[len(self.prefix(line)) :].strip()

    def block(self, kind: BlockKind, *, after_blank: bool) -> LeafBlock:
        inside = (ContainerBlock(_marker(token), _first_line(token) >= self.start) for token in self.containers)
        return LeafBlock(kind, tuple(inside), after_blank, _detail(self.token))

    def opening_lines(self) -> list[int]:
        """The old lines that opened the containers."""
        return sorted({line for token in self.containers if (line := _first_line(token)) < self.start})

    def prefix(self, line: str) -> str:
        """The indentation and the marks of the containers at the beginning of the line.

        List items get the number 1, since others cannot interrupt the paragraph of the line above.
        """
        at = 0
        for token in self.containers:
            is_marked = token.type == "blockquote_open" or _first_line(token) >= self.start
            found = _MARKER.match(line, at) if is_marked else None
            at = found.end() if found else at
        prefix = line[: at + len(line[at:]) - len(line[at:].lstrip(" \t"))]
        return _ORDINAL.sub(lambda digits: "1".zfill(len(digits[0])), prefix)


def last_leaf(tokens: Sequence[Token], start: int) -> Leaf:
    inside: list[Token] = []
    leaf = Leaf(start)
    for at, token in enumerate(tokens):
        if token.type in ("list_item_open", "blockquote_open"):
            inside.append(token)
            leaf = Leaf(start, tuple(inside))
        elif token.type in ("list_item_close", "blockquote_close"):
            inside.pop()
        elif token.type in _KINDS:
            content = tokens[at + 1].content if token.type.endswith("_open") else token.content
            columns = sum(cell.type == "th_open" for cell in tokens[at:]) if token.type == "table_open" else 0
            leaf = Leaf(start, tuple(inside), token, content, columns)
    return leaf


def _first_line(token: Token) -> int:
    return (token.map or [0, 0])[0]


def _marker(token: Token) -> str:
    return "> " if token.type == "blockquote_open" else f"{token.info}{token.markup} "


def _detail(token: Token) -> str:
    if token.type != "fence":
        return token.markup
    found = _LANGUAGE.match(token.info.strip())
    return token.markup + (found[0] if found else "")
