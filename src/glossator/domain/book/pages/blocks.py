"""Blocks: the parts of a page's body, as ranges of its source.

Every range counts characters of the source and excludes the white space around the block. Blocks with one parent
follow one another and never overlap. A `gap` (comment, import, line of tags) separates the blocks before and after it.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markdown_it.token import Token

from glossator.domain.book.pages.dialect.block_rules import ADMONITION, COMMENTS

VERBATIM = frozenset({"fence", "code_block", "math_block", "table"})
"""Blocks whose line breaks and indentation matter."""
GAP = "gap"
GROUP_MARK = "group"
"""The first or last line of a group."""
NAME = "name"
"""The paragraph that names the rest of its group: a term, or a label."""
WITHOUT_TEXT = frozenset({GAP, GROUP_MARK})
MARKUP_ONLY = re.compile(r"[\s\-*_=:|>#+.~`$!\\]*")
SPACE = re.compile(r"\s*")
DEFINITIONS = re.compile(r"(?:[ \t>]*\[(?!\^)[^\]\n]+\]:[^\n]*(?:\n[ \t>]*[\"'(<][^\n]*)?(?:\n|\Z))+")
"""Definitions of links."""
COMMENT_OR_CODE = re.compile(r"`+|<!--|\{/\*")


@dataclass(frozen=True)
class Block:
    """`uncut` are the blocks in it that are not cut apart; `header` is the range of the header of a table's part."""

    kind: str
    start: int
    end: int
    parts: tuple["Block", ...] = ()
    uncut: tuple["Block", ...] = ()
    header: tuple[int, int] | None = None

    @property
    def whole(self) -> bool:
        """Whether it contains no gap."""
        return self.kind not in WITHOUT_TEXT and all(part.whole for part in self.parts)


class LineOffsets:
    """Converts ranges of the body's lines to ranges of the source's characters. `body` is the body's offset."""

    def __init__(self, source: str, body: int) -> None:
        self.source = source
        self.starts = [body]
        while (found := source.find("\n", self.starts[-1])) >= 0:
            self.starts.append(found + 1)
        self.starts.append(len(source) + 1)

    def block(self, kind: str, first: int, after: int) -> Block | None:
        return trim(self.source, Block(kind, self.starts[first], self.starts[after] - 1))


def trim(source: str, block: Block) -> Block | None:
    """Remove white space around the block, but keep the first line's indentation of a verbatim block."""
    blank = SPACE.match(source, block.start, block.end)
    start = blank.end() if blank else block.start
    if start == block.end:
        return None
    if block.kind in VERBATIM:
        start = max(block.start, source.rfind("\n", block.start, start) + 1)
    end = block.end
    while source[end - 1].isspace():
        end -= 1
    return Block(block.kind, start, end, block.parts)


def contains_text(source: str, block: Block) -> bool:
    """Whether the block contains a word or another character that is not markup."""
    if block.parts:
        return any(contains_text(source, part) for part in block.parts)
    return block.kind not in WITHOUT_TEXT and not MARKUP_ONLY.fullmatch(source, block.start, block.end)


def read_blocks(lines: LineOffsets, tokens: Sequence[Token]) -> Iterator[tuple[Token, Block]]:
    """The outermost blocks, each with its opening token."""
    position = 0
    while position < len(tokens):
        after = closing_index(tokens, position) + 1
        block = read_block(lines, tokens[position:after])
        if block is not None:
            yield tokens[position], block
        position = after


def closing_index(tokens: Sequence[Token], position: int) -> int:
    depth = 0
    for index in range(position, len(tokens)):
        depth += tokens[index].nesting
        if depth == 0:
            return index
    return len(tokens) - 1


def read_block(lines: LineOffsets, tokens: Sequence[Token]) -> Block | None:
    """`tokens` are those of one block, from the opening to the closing token."""
    opening = tokens[0]
    if opening.map is None:
        return None
    kind = GAP if opening.type == "markup" else opening.type.removesuffix("_open")
    block = lines.block(kind, *opening.map)
    if block is None or kind in VERBATIM or kind in {*WITHOUT_TEXT, "heading"}:
        return block
    inner = tokens[1:-1]
    if kind == "paragraph":
        return block
    parts = [part for _, part in read_blocks(lines, inner)] if inner else []
    return Block(kind, block.start, block.end, tuple(fill_gaps(lines.source, block, parts)) if parts else ())


def fill_gaps(source: str, parent: Block, parts: Sequence[Block]) -> Iterator[Block]:
    """The parts, and the text between them as paragraphs: it is nested too deeply to be parsed.

    Definitions of links are between blocks too, and are no text.
    """
    position = parent.start
    for part in (*parts, Block(GAP, parent.end, parent.end)):
        rest = trim(source, Block("paragraph", position, max(position, part.start)))
        if rest is not None and not DEFINITIONS.fullmatch(source, rest.start, rest.end):
            yield rest
        if part.end > part.start:
            yield part
        position = max(position, part.end)


def find_comments(text: str) -> Iterator[tuple[int, int]]:
    """The ranges of comments outside code spans."""
    if "<!--" not in text and "{/*" not in text:
        return
    absent: set[str] = set()
    position = 0
    while (found := COMMENT_OR_CODE.search(text, position)) is not None:
        position = found.end()
        closing_mark = COMMENTS.get(found[0], found[0])
        end = -1 if closing_mark in absent else text.find(closing_mark, position)
        if end < 0:
            absent.add(closing_mark)
            continue
        position = end + len(closing_mark)
        if found[0] in COMMENTS:
            yield found.start(), position


def group_admonitions(source: str, blocks: Sequence[Block]) -> tuple[Block, ...]:
    """Put the blocks from `:::kind` to its closing `:::` into one block; an unmatched `:::` line stays as it is."""
    groups: list[list[Block]] = [[]]
    colons: list[int] = []
    for block in blocks:
        found = ADMONITION.fullmatch(source[block.start : block.end]) if block.kind == "admonition" else None
        if found and found["kind"]:
            groups.append([])
            colons.append(len(found["colons"]))
        groups[-1].append(block)
        if found and not found["kind"] and colons and colons[-1] <= len(found["colons"]):
            colons.pop()
            parts = tuple(groups.pop())
            groups[-1].append(Block("admonition_group", parts[0].start, parts[-1].end, parts))
    return tuple(block for group in groups for block in group)
