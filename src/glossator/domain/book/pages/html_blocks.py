"""Markdown as blocks: paragraphs are gathered from pieces of text, and escaped only where they would be markup."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

INLINE_MARK = re.compile(r"\\(?=[!-/:-@\[-`{-~])|`|~~|\*(?=\S)|(?<=\S)\*|(?<!\w)_(?=\S)|(?<=\S)_(?!\w)|(?<=\])\(")
BLOCK_MARK = re.compile(r"(\d{1,9})(?=[.)](?:\s|$))|(?=#{1,6}(?:\s|$)|>|[-+](?:\s|$)|--|\|)")
BACKTICKS = re.compile(r"`+")


@dataclass(frozen=True)
class Block:
    """A block of Markdown; one without lines only ends the paragraph before it."""

    kind: str
    lines: tuple[str, ...] = ()


Piece = str | Block
"""Text of a paragraph, in which `\\n` is a line that was ended on purpose; or a block."""
BREAK = Block("break")


def joined(parts: Iterable[Block]) -> Iterator[str]:
    for number, part in enumerate(parts):
        if number:
            yield ""
        yield from part.lines


def blocks(content: Iterable[Piece]) -> Iterator[Block]:
    """The blocks, and what stands between them as paragraphs."""
    run: list[str] = []
    for piece in (*content, BREAK):
        if isinstance(piece, str):
            run.append(piece)
            continue
        lines = tuple(opened(line.strip()) for line in "".join(run).split("\n") if line.strip())
        if lines:
            yield Block("paragraph", lines)
        run.clear()
        if piece.lines:
            yield piece


def opened(line: str) -> str:
    """The line of a paragraph, escaped where it would open another block."""
    found = BLOCK_MARK.match(line)
    return f"{found[0]}\\{line[found.end() :]}" if found else line


def line_of(content: Iterable[Piece]) -> str:
    """Everything in one line, for what takes no blocks."""
    return " ".join(" ".join(joined(blocks(content))).split())


def escaped(text: str) -> str:
    return INLINE_MARK.sub(r"\\\g<0>", text)


def code_span(text: str) -> str:
    if not text:
        return ""
    runs = {len(run) for run in BACKTICKS.findall(text)}
    mark = "`" * next(length for length in range(1, len(runs) + 2) if length not in runs)
    return f"{mark} {text} {mark}" if "`" in (text[0], text[-1]) else f"{mark}{text}{mark}"


def code_block(text: str, language: str) -> Block:
    fence = max(["``", *BACKTICKS.findall(text)], key=len) + "`"
    return Block("code", (fence + language, *text.split("\n"), fence))
