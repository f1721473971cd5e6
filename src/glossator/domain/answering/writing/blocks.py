"""Reads the blocks of a stream of Markdown, line by line.

Each line is parsed once, below a context of a few lines that opens the same containers and the same block as the text
before it. What the context contains was written already and is a placeholder. A line that is still incomplete is parsed
as soon as its first characters decide what it is; the rest of it goes to the open block.
"""

import re
from typing import Final

from glossator.domain.answering.writing.block_writer import BlockKind, BlockWriter, LeafBlock
from glossator.domain.answering.writing.leaf import Leaf, last_leaf

# The text has no NUL.
_PLACEHOLDER: Final = "\0"
# A block that the next line cannot continue.
_CLOSED: Final = f"# {_PLACEHOLDER}"
_MARKERS: Final = re.compile(r"(?:[ \t]*(?:>|(?:[-*+]|\d{1,9}[.)])(?=[ \t]|$)))*[ \t]*")
_INDENT: Final = re.compile(r"[ \t>]*")
_DELIMITERS: Final = re.compile(r"[\s>|:-]*")
# What may still become a heading, a rule, a list item, a fence, a table or a definition.
_UNDECIDED: Final = re.compile(
    r"#.*|=+\s*|[*_-][*_\s-]*|\d{1,9}[.)]?\s*|`{1,2}|`{3,}.*|~{1,2}|~{3,}.*|\+|[-:\s]*|.*\|.*"
    r"|\[[^\[\]]*(?:\](?::.*)?)?",
    re.DOTALL,
)
# The address of a reference link; nothing shows it.
_DEFINITION: Final = re.compile(r" {0,3}\[(?!\^|\d{1,3}\])[^\[\]]+\]:\s*\S+(?:\s+[\"'(].*)?\s*")
_CODE_BEGUN: Final = re.compile(r"[^\s>`~]")
# The blocks of which the rest of an incomplete line can only be more content.
_BEGUN: Final = ("paragraph_open", "heading_open", "code_block")
_CONTINUED: Final = ("paragraph_open", "fence", "code_block", "table_open")


class BlockReader:
    """`held` counts the characters of the lines that are not read yet.

    `streams` is true while the rest of an incomplete line goes to the open block.
    """

    def __init__(self, writer: BlockWriter) -> None:
        self._writer = writer
        self._context: list[str] = []
        self._line = ""
        self._header = ""
        self.streams = False
        self._blank_lines = 0
        self._in_fence = False
        self._in_table = False

    @property
    def held(self) -> int:
        return len(self._line) + len(self._header)

    def feed(self, text: str) -> None:
        *complete, rest = text.split("\n")
        for part in complete:
            self._add(part)
            self._end_line()
        self._add(rest)
        if self._line:
            self._read_partial()

    def force(self) -> None:
        """Reads the incomplete line as what it is so far."""
        self._release_header()
        if self._line and not self._start_stream():
            self._end_line()

    def flush(self) -> None:
        if self._line or self.streams:
            self._end_line()
        self._release_header()
        self._writer.close()

    def _add(self, part: str) -> None:
        if self.streams:
            self._writer.add(part)
        else:
            self._line += part

    def _end_line(self) -> None:
        if self.streams:
            self.streams = False
            if self._is_open("heading"):
                self._writer.close()
            return
        line, self._line = self._line, ""
        if self._header and self._read_table(line):
            return
        self._release_header()
        if "|" in line and not self._is_open("code") and not self._in_table:
            self._header = line
        else:
            self._read(line)

    def _release_header(self) -> None:
        header, self._header = self._header, ""
        if header:
            self._read(header)

    def _read_partial(self) -> None:
        if self._header and _DELIMITERS.fullmatch(self._line):
            return
        self._release_header()
        if self._in_fence and self._is_open("code"):
            expected = "fence" if _CODE_BEGUN.search(self._line) else ""
        else:
            is_undecided = self._in_table or _UNDECIDED.fullmatch(_MARKERS.sub("", self._line, count=1))
            expected = "" if is_undecided else "paragraph_open"
        if expected and self._parse(self._line).token.type == expected:
            self._start_stream()

    def _start_stream(self) -> bool:
        """Reads the incomplete line if its rest can be added to the same block."""
        leaf = self._parse(self._line)
        if leaf.token.type not in (_BEGUN if leaf.is_new else _CONTINUED if leaf.is_continued else ()):
            return False
        if leaf.token.type == "fence" and not leaf.content:
            return False
        line, self._line = self._line, ""
        self._read(line, is_complete=False)
        self.streams = True
        return True

    def _is_open(self, kind: BlockKind) -> bool:
        return self._writer.block is not None and self._writer.block.kind == kind

    def _parse(self, *lines: str) -> Leaf:
        tokens = self._writer.reader.blocks("\n".join([*self._context, *lines, ""]))
        return last_leaf(tokens, len(self._context))

    def _read(self, line: str, *, is_complete: bool = True) -> None:
        in_fence = self._in_fence and self._is_open("code")
        if not in_fence and not line.strip(" \t>"):
            self._read_blank(line)
            return
        if is_complete and self._writer.block is None and _DEFINITION.fullmatch(line):
            return
        leaf = self._parse(line)
        if leaf.is_new:
            self._begin(leaf, line, is_complete=is_complete)
        elif leaf.is_continued and self._is_same(leaf):
            self._continue(leaf, line)
        elif leaf.is_empty_container(line):
            self._writer.open(leaf.block("empty", after_blank=self._blank_lines > 0))
            self._context = [*self._kept(leaf), line]
            self._writer.close()
        else:
            self._read_unplaced(line)
        self._blank_lines = 0

    def _is_same(self, leaf: Leaf) -> bool:
        """Code is written as it is, so the open block must be what the parser says."""
        return leaf.kind == "table" or self._is_open("paragraph" if leaf.kind == "heading" else leaf.kind)

    def _read_unplaced(self, line: str) -> None:
        """The parser ignores what is nested too deep: the line becomes a paragraph outside of all containers."""
        self._context = [_PLACEHOLDER]
        self._in_table = False
        self._writer.open(LeafBlock("paragraph", after_blank=True))
        self._writer.add(line.strip())

    def _read_blank(self, line: str) -> None:
        if not self._is_open("code"):
            self._writer.close()
        if not self._blank_lines and self._context:
            self._context.append(line)
        self._blank_lines += 1
        self._in_table = False

    def _begin(self, leaf: Leaf, line: str, *, is_complete: bool) -> None:
        self._writer.open(leaf.block(leaf.kind, after_blank=self._blank_lines > 0))
        self._in_fence, self._in_table = leaf.token.type == "fence", False
        can_continue = leaf.kind not in ("heading", "rule")
        mark = leaf.token.markup if self._in_fence else _PLACEHOLDER if can_continue else _CLOSED
        self._context = [*self._kept(leaf), leaf.prefix(line) + mark]
        if leaf.token.type == "code_block":
            self._writer.add("\n" + leaf.content.rstrip("\n"))
        elif not self._in_fence:
            self._writer.add(leaf.content + _trailing_space(line))
        if not can_continue and is_complete:
            self._writer.close()

    def _continue(self, leaf: Leaf, line: str) -> None:
        added = leaf.content.rpartition(_PLACEHOLDER)[2]
        match leaf.token.type:
            case "paragraph_open":
                self._writer.add(added + _trailing_space(line))
            case "heading_open":
                self._writer.underline(leaf.token.markup)
                self._close_context()
            case "fence" if not leaf.content:
                self._writer.close()
                self._close_context()
            case "fence":
                self._writer.add("\n" + leaf.content.removesuffix("\n"))
            case "code_block":
                self._writer.add("\n" * (self._blank_lines - 1) + added.removesuffix("\n"))
                self._context = self._context[:-1] if self._blank_lines else self._context
            case _:
                self._writer.open(leaf.block("row", after_blank=False))
                self._writer.add(_INDENT.sub("", line, count=1))

    def _read_table(self, delimiters: str) -> bool:
        """Whether the held line is the header of a table, and this line the one below it."""
        if not _DELIMITERS.fullmatch(delimiters) or "-" not in delimiters:
            return False
        leaf = self._parse(self._header, delimiters)
        if leaf.kind != "table" or not leaf.is_new:
            return False
        prefix, marks = leaf.prefix(self._header), _INDENT.sub("", delimiters, count=1)
        self._writer.open(leaf.block("table", after_blank=self._blank_lines > 0))
        self._writer.add(self._header[len(prefix) :])
        self._writer.delimiters(marks.strip())
        header_cells, delimiter_cells = f"{_PLACEHOLDER}|" * leaf.columns, "---|" * leaf.columns
        indent = delimiters.removesuffix(marks)
        self._context = [*self._kept(leaf), f"{prefix}|{header_cells}", f"{indent}|{delimiter_cells}"]
        self._header, self._blank_lines, self._in_table = "", 0, True
        return True

    def _kept(self, leaf: Leaf) -> list[str]:
        """The lines of the context that opened the containers, and a blank one."""
        kept = [self._context[line] for line in leaf.opening_lines()]
        return [*kept, self._context[-1]] if kept and self._blank_lines else kept

    def _close_context(self) -> None:
        self._context[-1] = self._context[-1].rstrip(f"{_PLACEHOLDER}`~") + _CLOSED


def _trailing_space(line: str) -> str:
    """Two spaces at the end of a line break it."""
    return line[len(line.rstrip()) :]
