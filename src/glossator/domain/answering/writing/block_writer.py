"""Writes blocks as they are read; inline content as far as no open mark can change it."""

from dataclasses import dataclass
from typing import Literal, Protocol

from glossator.domain.answering.writing.cuts import decided_end, forced_end
from glossator.domain.answering.writing.inline import InlineReader, Part

BlockKind = Literal["paragraph", "heading", "code", "table", "row", "rule", "empty"]


@dataclass(frozen=True)
class ContainerBlock:
    """A quotation ("> ") or a list item ("- ", "2. "); `is_new` if the block is the first in it."""

    marker: str
    is_new: bool


@dataclass(frozen=True)
class LeafBlock:
    """A block without blocks in it. `detail` is the mark of a heading, or the fence and the language of code.

    The header of a table is a block, and so is each row.
    """

    kind: BlockKind
    containers: tuple[ContainerBlock, ...] = ()
    after_blank: bool = False
    detail: str = ""

    @property
    def is_row(self) -> bool:
        return self.kind in ("table", "row")


@dataclass(frozen=True)
class Place:
    """Where a piece of inline content is written; `is_first` and `is_last` in its block.

    `in_word` is true if the piece before ended within a word.
    """

    block: LeafBlock
    is_first: bool
    is_last: bool
    in_word: bool


class Style(Protocol):
    """The syntax of the response. Every method returns the text to append."""

    def start(self, block: LeafBlock) -> str: ...
    def inline(self, parts: list[Part], place: Place) -> str: ...
    def code(self, text: str) -> str: ...
    def end(self, block: LeafBlock) -> str: ...
    def underline(self, mark: str) -> str: ...
    def delimiters(self, row: str) -> str: ...


class BlockWriter:
    """Blocks follow one another; `held` counts the characters of the open one that are not written yet."""

    def __init__(self, reader: InlineReader, style: Style) -> None:
        self.reader = reader
        self.block: LeafBlock | None = None
        self._style = style
        self._pending = ""
        self._is_first = True
        self._in_word = False
        self._out: list[str] = []

    @property
    def held(self) -> int:
        return len(self._pending)

    def open(self, block: LeafBlock) -> None:
        self.close()
        self.block = block
        self._is_first, self._in_word = True, False
        self._out.append(self._style.start(block))

    def add(self, text: str) -> None:
        """More of the open block: code as it is, or Markdown."""
        if self.block and self.block.kind == "code":
            self._out.append(self._style.code(text))
        else:
            self._pending += text

    def close(self) -> None:
        if self.block is None:
            return
        self._write(len(self._pending), is_last=True)
        self._out.append(self._style.end(self.block))
        self.block = None

    def underline(self, mark: str) -> None:
        """Makes a heading of the last paragraph."""
        self.close()
        self._out.append(self._style.underline(mark))

    def delimiters(self, row: str) -> None:
        """The row below the header of a table."""
        self.close()
        self._out.append(self._style.delimiters(row))

    def advance(self, limit: int) -> None:
        """Writes everything before the first open mark, and more if over `limit` characters would be held."""
        end, _ = decided_end(self._pending)
        self._write(end)
        while len(self._pending) > max(limit, 0):
            self._write(forced_end(self._pending))

    def take(self) -> str:
        text = "".join(self._out)
        self._out.clear()
        return text

    def _write(self, end: int, *, is_last: bool = False) -> None:
        if self.block is None or not (end or (is_last and self._pending)):
            return
        piece, self._pending = self._pending[:end], self._pending[end:]
        read = self.reader.row_parts if self.block.is_row else self.reader.parts
        parts = read(piece.rstrip() if is_last else piece)
        self._out.append(self._style.inline(parts, Place(self.block, self._is_first, is_last, self._in_word)))
        self._is_first = False
        self._in_word = not self._pending[:1].isspace()
