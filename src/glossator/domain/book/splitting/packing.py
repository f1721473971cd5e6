"""Cuts blocks and packs the pieces into passages of limited length.

- A block that fits is never cut. A longer one is cut into its parts (list items, paragraphs of a quotation).
- A paragraph is cut at the ends of sentences, else at the commas of Chinese and Japanese, else between words, else
  between characters; never inside a formula, a code span or a link that fits.
- Code, tables and math are cut at blank lines, else lines, else words, else characters. Every piece of a table has the
  table's header.
- A name, such as the term of a definition, stays with the beginning of what it names.
- The pieces of one block are about equally long.
"""

# ruff: noqa: RUF001 - the punctuation of other scripts

import math
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from glossator.domain.book.pages.blocks import GAP, NAME, VERBATIM, WITHOUT_TEXT, Block, contains_text, trim
from glossator.domain.book.pages.inline_spans import inline_spans

SENTENCE = re.compile(
    r"(?<!e\.g)(?<!i\.e)[.!?…؟۔।॥][\"')\]*_”’»]*\s+|[\u3002\uff01\uff1f\uff0e\uff61]+[」』”’）》】\"')\]]*"
)
CLAUSE = re.compile(r"[，、；：､]+[」』”’）》】]*")
WORD = re.compile(r"\s+")
BLANK_LINE = re.compile(r"\n[ \t]*\n")
LINE = re.compile(r"\n")
TABLE_HEADER = re.compile(r"[^\n]*\n[ \t>]*[|:\-][|:\- \t]*(?=\n)")

CELLS = re.compile(
    r"(?:</?(?:table|thead|tbody|tfoot|tr|t[dh]|caption|p|ul|ol|li|dl|d[td])(?:\s[^<>]*)?>\s*)+", re.IGNORECASE
)

Boundaries = tuple[re.Pattern[str], ...]


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

    def fits(self, first: Block, last: Block) -> bool:
        """Whether the text from `first` to the end of `last` fits, with the header that `first` needs."""
        return last.end - first.start + header_length(first) <= self.limits.characters


def header_length(piece: Block) -> int:
    return piece.header[1] - piece.header[0] + 1 if piece.header else 0


def runs(blocks: Sequence[Block], room: Room) -> Iterator[list[Block]]:
    """Pieces that may share a passage: there is no gap between them, each fits, and none is mere markup.

    Tags of tables, lists and paragraphs are no gap: a cell belongs to its row.
    """
    run: list[Block] = []
    for piece in pieces(blocks, room):
        if piece.kind == GAP and not CELLS.fullmatch(room.source, piece.start, piece.end):
            yield run
            run = []
        elif piece.kind != GAP and contains_text(room.source, piece):
            run.append(piece)
    yield run


def pieces(blocks: Sequence[Block], room: Room) -> Iterator[Block]:
    """Names are held back until the block after them is known."""
    name: Block | None = None
    for block in blocks:
        if block.kind == NAME and name is None:
            name = block
            continue
        yield from divide(block if name is None else named(name, block), room)
        name = None
    if name is not None:
        yield from divide(name, room)


def named(name: Block, block: Block) -> Block:
    """The name and the block as one block, which is cut like the block: of a list, the first item gets the name."""
    if block.kind in WITHOUT_TEXT:
        return Block("definition", name.start, block.end, (replace(name, kind="paragraph"), block))
    if block.parts:
        parts = (named(name, block.parts[0]), *block.parts[1:])
        return Block(block.kind, name.start, block.end, parts)
    return Block(block.kind, name.start, block.end, uncut=(name, block))


def divide(block: Block, room: Room) -> Iterator[Block]:
    if block.kind == GAP or (block.whole and room.fits(block, block)):
        yield block
    elif block.parts:
        yield from pieces(block.parts, room)
    else:
        yield from cut(block, room)


def cut(block: Block, room: Room) -> Iterator[Block]:
    header = table_header(block, room)
    limit = room.limits.characters - (header[1] - header[0] + 1 if header else 0)
    spans = spans_to_keep(block, limit, room.source)
    rest: Block | None = block
    while rest is not None:
        longest = min(rest.end, rest.start + limit)
        end = longest if longest >= rest.end else best_end(rest, longest, room.source, spans)
        piece = trim(room.source, Block(block.kind, rest.start, end))
        if piece is not None:
            yield piece if piece.start == block.start else replace(piece, header=header)
        rest = trim(room.source, Block(block.kind, end, rest.end))


def table_header(block: Block, room: Room) -> tuple[int, int] | None:
    """The header row and the line below it, unless they fill more than half of a passage."""
    if block.kind != "table":
        return None
    start = block.uncut[-1].start if block.uncut else block.start
    found = TABLE_HEADER.match(room.source, start, block.end)
    return found.span() if found and len(found[0]) < room.limits.characters // 2 else None


@dataclass(frozen=True)
class KeptSpans:
    """Ranges that are not cut, in order and without overlaps."""

    starts: tuple[int, ...] = ()
    ends: tuple[int, ...] = ()

    def around(self, position: int) -> tuple[int, int] | None:
        """The span that a cut at this position would divide."""
        at = bisect_right(self.starts, position - 1) - 1
        inside = at >= 0 and self.starts[at] < position < self.ends[at]
        return (self.starts[at], self.ends[at]) if inside else None


def spans_to_keep(block: Block, limit: int, source: str) -> KeptSpans:
    if block.kind in VERBATIM - {"table"}:
        return KeptSpans()
    starts: list[int] = []
    ends: list[int] = []
    last = 0
    for _, start, end in inline_spans(source[block.start : block.end]):
        if start >= last and end - start <= limit:
            starts.append(block.start + start)
            ends.append(block.start + end)
            last = end
    return KeptSpans(tuple(starts), tuple(ends))


def best_end(block: Block, longest: int, source: str, spans: KeptSpans) -> int:
    """The boundary next to an even share, of the best kind that has one in the second half of what fits."""
    share = (block.end - block.start) / math.ceil((block.end - block.start) / (longest - block.start))
    for boundary in boundaries(block):
        ends = (found.end() for found in boundary.finditer(source, block.start, longest))
        late = sorted((abs(end - block.start - share), end) for end in ends if end - block.start >= share / 2)
        best = next((end for _, end in late if spans.around(end) is None), None)
        if best is not None:
            return best
    span = spans.around(longest)
    return span[0] if span and span[0] > block.start else longest


def boundaries(block: Block) -> Boundaries:
    return (BLANK_LINE, LINE, WORD) if block.kind in VERBATIM else (SENTENCE, CLAUSE, WORD)


def pack(run: Sequence[Block], room: Room) -> Iterator[Sequence[Block]]:
    """As many neighbouring pieces as fit; a small last passage takes pieces from the one before it."""
    bounds = [0]
    while bounds[-1] < len(run):
        bounds.append(furthest(run, bounds[-1], room))
    if len(bounds) > 2 and run[-1].end - run[bounds[-2]].start < room.limits.small:
        bounds[-2] = balanced(run, bounds[-3], bounds[-2], room)
    for first, after in pairwise(bounds):
        yield run[first:after]


def furthest(run: Sequence[Block], first: int, room: Room) -> int:
    """After the last piece that fits together with `first`, but not between `For example:` and its example."""
    after = first + 1
    while after < len(run) and room.fits(run[first], run[after]):
        after += 1
    introduces = after < len(run) and after - first > 1 and room.source[run[after - 1].end - 1] == ":"
    if introduces and room.fits(run[after - 1], run[after]):
        return after - 1
    return after


def balanced(run: Sequence[Block], first: int, border: int, room: Room) -> int:
    """Where the last two passages part so that both fit and are most alike in length."""

    def difference(border: int) -> int:
        return abs((run[border - 1].end - run[first].start) - (run[-1].end - run[border].start))

    for candidate in sorted(range(first + 1, border + 1), key=difference):
        if room.fits(run[candidate], run[-1]) and room.fits(run[first], run[candidate - 1]):
            return candidate
    return border
