"""Cutting blocks and packing pieces, both within the limits of a passage.

A block that fits is never cut. One that does not is cut into its parts (list items, paragraphs of a quotation), and
where it has none: prose at sentence ends, then words, then characters; code, tables and math at blank lines, then
lines, words, characters. The pieces of one block are about equally long.
"""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from glossator.domain.book.pages.blocks import GAP, VERBATIM, Block, contains_text, trim

SENTENCE = re.compile(r"(?<!e\.g)(?<!i\.e)[.!?…][\"')\]*_]*\s+|[\u3002\uff01\uff1f]")
WORD = re.compile(r"\s+")
BLANK_LINE = re.compile(r"\n[ \t]*\n")
LINE = re.compile(r"\n")


@dataclass(frozen=True)
class Limits:
    """Characters of a passage; the heading path is not counted. Passages under `small` are avoided."""

    characters: int
    small: int = 200

    def __post_init__(self) -> None:
        if self.characters < 1:
            raise ValueError("a passage needs room for a character")


@dataclass(frozen=True)
class Room:
    """What a passage may hold."""

    source: str
    limits: Limits

    def fits(self, start: int, end: int) -> bool:
        return end - start <= self.limits.characters

    def longest(self, start: int, end: int) -> int:
        """Where the longest text from `start` ends that fits."""
        return min(end, start + self.limits.characters)


def runs(blocks: Sequence[Block], room: Room) -> Iterator[list[Block]]:
    """Pieces that may share a passage: there is no gap between them, each fits, and none is mere markup."""
    run: list[Block] = []
    for block in blocks:
        for piece in pieces(block, room):
            if piece.kind == GAP:
                yield run
                run = []
            elif contains_text(room.source, piece):
                run.append(piece)
    yield run


def pieces(block: Block, room: Room) -> Iterator[Block]:
    if block.kind == GAP or (block.whole and room.fits(block.start, block.end)):
        yield block
    elif block.parts:
        for part in block.parts:
            yield from pieces(part, room)
    else:
        yield from cut(block, room)


def cut(block: Block, room: Room) -> Iterator[Block]:
    rest: Block | None = block
    while rest is not None:
        longest = room.longest(rest.start, rest.end)
        end = longest if longest >= rest.end else best_end(rest, longest, room.source)
        piece = trim(room.source, Block(block.kind, rest.start, end))
        if piece is not None:
            yield piece
        rest = trim(room.source, Block(block.kind, end, rest.end))


def best_end(block: Block, longest: int, source: str) -> int:
    """The boundary next to an even share, of the best kind that has one in the second half of what fits."""
    share = (block.end - block.start) / math.ceil((block.end - block.start) / (longest - block.start))
    for boundary in (BLANK_LINE, LINE, WORD) if block.kind in VERBATIM else (SENTENCE, WORD):
        ends = (found.end() for found in boundary.finditer(source, block.start, longest))
        late = [end for end in ends if end - block.start >= share / 2]
        if late:
            return min(late, key=lambda end: abs(end - block.start - share))
    return longest


def pack(run: Sequence[Block], room: Room) -> Iterator[tuple[int, int]]:
    """Ranges of as many neighbouring pieces as fit; a small last one takes pieces from the one before it."""
    bounds = [0]
    while bounds[-1] < len(run):
        bounds.append(furthest(run, bounds[-1], room))
    if len(bounds) > 2 and run[-1].end - run[bounds[-2]].start < room.limits.small:
        bounds[-2] = balanced(run, bounds[-3], bounds[-2], room)
    for first, after in pairwise(bounds):
        yield run[first].start, run[after - 1].end


def furthest(run: Sequence[Block], first: int, room: Room) -> int:
    """After the last piece that fits together with `first`, but not between `For example:` and its example."""
    start = run[first].start
    after = first + 1
    while after < len(run) and run[after].end - start <= room.limits.characters:
        after += 1
    introduces = after < len(run) and after - first > 1 and room.source[run[after - 1].end - 1] == ":"
    if introduces and room.fits(run[after - 1].start, run[after].end):
        return after - 1
    return after


def balanced(run: Sequence[Block], first: int, border: int, room: Room) -> int:
    """Where the last two passages part so that both fit and are most alike in length."""

    def unlikeness(border: int) -> int:
        return abs((run[border - 1].end - run[first].start) - (run[-1].end - run[border].start))

    for candidate in sorted(range(first + 1, border + 1), key=unlikeness):
        if room.fits(run[candidate].start, run[-1].end) and room.fits(run[first].start, run[candidate - 1].end):
            return candidate
    return border
