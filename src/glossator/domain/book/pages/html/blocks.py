"""Builds blocks of Markdown from pieces of text, which are escaped only where they would be parsed as markup."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

INLINE_MARK = re.compile(r"\\(?=[!-/:-@\[-`{-~])|`|~~|\*(?=\S)|(?<=\S)\*|(?<!\w)_(?=\S)|(?<=\S)_(?!\w)|(?<=\])\(")
BLOCK_MARK = re.compile(r"(\d{1,9})(?=[.)](?:\s|$))|(?=#{1,6}(?:\s|$)|>|[-+](?:\s|$)|--|\||:::)")
SPACES = re.compile(" {2,}")
BACKTICKS = re.compile(r"`+")


@dataclass(frozen=True)
class MarkdownBlock:
    """A block without lines only ends the paragraph before it."""

    kind: str
    lines: tuple[str, ...] = ()


Content = str | MarkdownBlock
"""Text of a paragraph, in which `\\n` is an intended line break; or a block."""
BREAK = MarkdownBlock("break")


def join_lines(parts: Iterable[MarkdownBlock]) -> Iterator[str]:
    for number, part in enumerate(parts):
        if number:
            yield ""
        yield from part.lines


def build_blocks(content: Iterable[Content]) -> Iterator[MarkdownBlock]:
    """The blocks, and the text between them as paragraphs."""
    run: list[str] = []
    for piece in (*content, BREAK):
        if isinstance(piece, str):
            run.append(piece)
            continue
        text = SPACES.sub(" ", "".join(run))
        lines = tuple(escape_block_mark(line.strip()) for line in text.split("\n") if line.strip())
        if lines:
            yield MarkdownBlock("paragraph", lines)
        run.clear()
        if piece.lines:
            yield piece


def escape_block_mark(line: str) -> str:
    """Escape a line of a paragraph that would begin another block."""
    found = BLOCK_MARK.match(line)
    return f"{found[0]}\\{line[found.end() :]}" if found else line


def one_line(content: Iterable[Content]) -> str:
    """All text in one line, for elements that cannot contain blocks."""
    return " ".join(" ".join(join_lines(build_blocks(content))).split())


def text_line(text: str) -> str:
    """The same for text alone."""
    return escape_block_mark(escape_inline(" ".join(text.split())))


def escape_inline(text: str) -> str:
    return INLINE_MARK.sub(r"\\\g<0>", text)


def code_span(text: str) -> str:
    if not text:
        return ""
    runs = {len(run) for run in BACKTICKS.findall(text)}
    mark = "`" * next(length for length in range(1, len(runs) + 2) if length not in runs)
    return f"{mark} {text} {mark}" if "`" in (text[0], text[-1]) else f"{mark}{text}{mark}"


def code_block(text: str, language: str) -> MarkdownBlock:
    fence = max(["``", *BACKTICKS.findall(text)], key=len) + "`"
    return MarkdownBlock("code", (fence + language, *text.split("\n"), fence))
