"""Finds fenced code, indented code and code spans as defined by CommonMark."""

import re
from collections import defaultdict
from collections.abc import Iterator

from glossator.domain.rewriting.masking.layout import Layout
from glossator.domain.rewriting.masking.pieces import MaskedPiece, MatchIndex, PieceKind

FENCE = re.compile(r"`{3,}|~{3,}")
BACKTICKS = re.compile(r"`+")
LIST_MARKS = re.compile(r"(?:(?:[-*+]|[0-9]{1,9}[.)])[ \t>]*)+")
CONTAINER_MARKS = " \t>"
INDENT = re.compile(r"[ \t]*")
LIST_ITEM = re.compile(r"(?:[-*+]|[0-9]{1,9}[.)])[ \t]{1,4}(?=\S)")
INDENTED_BLOCK = re.compile(r"\[\^|!!!|\?\?\?|===|:(?!:)|>")
ELEMENT_START = re.compile(r"<|:::")
CODE_INDENT = 4
NO_INDENTED_CODE = 1_000_000


def fenced_code(text: str) -> Iterator[MaskedPiece]:
    """An unclosed fence reaches to the end of the text."""
    layout = Layout(text)
    line = -1
    opened: re.Match[str] | None = None
    for match in FENCE.finditer(text):
        previous, line = line, layout.line_start(match.start())
        if line == previous:
            continue
        before, after = text[line : match.start()], text[match.end() : layout.line_end(match.end())]
        if opened is None:
            opened = match if opens_fence(match.group(), before, after) else None
        elif closes_fence(match.group(), opened.group(), before, after):
            yield MaskedPiece(opened.start(), match.end(), PieceKind.CODE)
            opened = None
    if opened is not None:
        yield MaskedPiece(opened.start(), len(text), PieceKind.CODE)


def opens_fence(fence: str, before: str, after: str) -> bool:
    mark = before.strip(CONTAINER_MARKS)
    return (not mark or LIST_MARKS.fullmatch(mark) is not None) and (fence[0] == "~" or "`" not in after)


def closes_fence(fence: str, opening: str, before: str, after: str) -> bool:
    return fence.startswith(opening) and not before.strip(CONTAINER_MARKS) and not after.strip()


def indented_code(text: str) -> Iterator[MaskedPiece]:
    """Lines after a blank line that are indented by four columns more than the surrounding text. MDX has no indented
    code, so there is none within elements."""
    content, position = 0, 0
    after_blank = False
    start, end = -1, 0
    for line in text.split("\n"):
        columns = len(line[: indent_length(line)].expandtabs(CODE_INDENT))
        if not line.strip():
            after_blank = True
        elif columns >= content + CODE_INDENT and (start >= 0 or after_blank):
            start, end = (position if start < 0 else start), position + len(line)
        else:
            if start >= 0:
                yield MaskedPiece(start, end, PieceKind.CODE)
            start, content = -1, content_column(line, columns, content, after_blank=after_blank)
            after_blank = False
        position += len(line) + 1
    if start >= 0:
        yield MaskedPiece(start, end, PieceKind.CODE)


def indent_length(line: str) -> int:
    found = INDENT.match(line)
    return found.end() if found else 0


def content_column(line: str, columns: int, before: int, *, after_blank: bool) -> int:
    """The column where the text starts in the block (list item, note, element) that this line opens or continues."""
    if before == NO_INDENTED_CODE and columns:
        return NO_INDENTED_CODE
    start = indent_length(line)
    if ELEMENT_START.match(line, start):
        return NO_INDENTED_CODE
    if item := LIST_ITEM.match(line, start):
        return columns + item.end() - start
    if INDENTED_BLOCK.match(line, start):
        return columns + CODE_INDENT
    return min(before, columns) if after_blank else before


def code_spans(text: str) -> Iterator[MaskedPiece]:
    layout = Layout(text)
    runs = [match.span() for match in BACKTICKS.finditer(text)]
    by_length: dict[int, list[int]] = defaultdict(list)
    for start, end in reversed(runs):
        by_length[end - start].append(start)
    position = 0
    for start, end in runs:
        if start < position or is_escaped(text, start):
            continue
        same = by_length[end - start]
        while same and same[-1] <= start:
            same.pop()
        if same and same[-1] < layout.paragraph_end(start):
            position = same[-1] + end - start
            yield MaskedPiece(start, position, PieceKind.CODE)


def is_escaped(text: str, position: int) -> bool:
    return text[max(position - 2, 0) : position] != "\\\\" and text[max(position - 1, 0) : position] == "\\"


def code_elements(text: str) -> dict[str, MatchIndex]:
    """The closing tags of elements that contain code, by name."""
    return {name: MatchIndex(text, re.compile(rf"</{name}\s{{0,9}}>", re.IGNORECASE)) for name in CODE_ELEMENTS}


CODE_ELEMENTS = ("code", "pre", "kbd", "samp", "script", "style", "math", "svg", "textarea")
