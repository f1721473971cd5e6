"""Fenced code and code spans, as CommonMark has them."""

import re
from collections import defaultdict
from collections.abc import Iterator

from glossator.domain.rewriting.masking.layout import Layout
from glossator.domain.rewriting.masking.pieces import Kind, Piece, Places

FENCE = re.compile(r"`{3,}|~{3,}")
BACKTICKS = re.compile(r"`+")
LIST_MARKS = re.compile(r"(?:(?:[-*+]|[0-9]{1,9}[.)])[ \t>]*)+")
CONTAINER = " \t>"
INDENT = re.compile(r"[ \t]*")
ITEM = re.compile(r"(?:[-*+]|[0-9]{1,9}[.)])[ \t]{1,4}(?=\S)")
INDENTING = re.compile(r"\[\^|!!!|\?\?\?|===|:(?!:)|>")
ELEMENT = re.compile(r"<|:::")
CODE_INDENT = 4
NEVER = 1_000_000


def fenced_code(text: str) -> Iterator[Piece]:
    """A fence that is never closed reaches to the end of the text."""
    layout = Layout(text)
    line = -1
    opened: re.Match[str] | None = None
    for match in FENCE.finditer(text):
        previous, line = line, layout.line_start(match.start())
        if line == previous:
            continue
        before, after = text[line : match.start()], text[match.end() : layout.line_end(match.end())]
        if opened is None:
            opened = match if opens(match.group(), before, after) else None
        elif closes(match.group(), opened.group(), before, after):
            yield Piece(opened.start(), match.end(), Kind.CODE)
            opened = None
    if opened is not None:
        yield Piece(opened.start(), len(text), Kind.CODE)


def opens(fence: str, before: str, after: str) -> bool:
    mark = before.strip(CONTAINER)
    return (not mark or LIST_MARKS.fullmatch(mark) is not None) and (fence[0] == "~" or "`" not in after)


def closes(fence: str, opening: str, before: str, after: str) -> bool:
    return fence.startswith(opening) and not before.strip(CONTAINER) and not after.strip()


def indented_code(text: str) -> Iterator[Piece]:
    """Lines after a blank one that stand four columns further in than the text around them. Within elements there is
    no such code, since MDX has none."""
    content, position = 0, 0
    after_blank = False
    start, end = -1, 0
    for line in text.split("\n"):
        columns = len(line[: indent_of(line)].expandtabs(CODE_INDENT))
        if not line.strip():
            after_blank = True
        elif columns >= content + CODE_INDENT and (start >= 0 or after_blank):
            start, end = (position if start < 0 else start), position + len(line)
        else:
            if start >= 0:
                yield Piece(start, end, Kind.CODE)
            start, content = -1, content_column(line, columns, content, after_blank=after_blank)
            after_blank = False
        position += len(line) + 1
    if start >= 0:
        yield Piece(start, end, Kind.CODE)


def indent_of(line: str) -> int:
    found = INDENT.match(line)
    return found.end() if found else 0


def content_column(line: str, columns: int, before: int, *, after_blank: bool) -> int:
    """Where the text stands of what this line, not code, leaves open: an item of a list, a note, an element."""
    if before == NEVER and columns:
        return NEVER
    start = indent_of(line)
    if ELEMENT.match(line, start):
        return NEVER
    if item := ITEM.match(line, start):
        return columns + item.end() - start
    if INDENTING.match(line, start):
        return columns + CODE_INDENT
    return min(before, columns) if after_blank else before


def code_spans(text: str) -> Iterator[Piece]:
    layout = Layout(text)
    runs = [match.span() for match in BACKTICKS.finditer(text)]
    by_length: dict[int, list[int]] = defaultdict(list)
    for start, end in reversed(runs):
        by_length[end - start].append(start)
    position = 0
    for start, end in runs:
        if start < position or escaped(text, start):
            continue
        same = by_length[end - start]
        while same and same[-1] <= start:
            same.pop()
        if same and same[-1] < layout.paragraph_end(start):
            position = same[-1] + end - start
            yield Piece(start, position, Kind.CODE)


def escaped(text: str, position: int) -> bool:
    return text[max(position - 2, 0) : position] != "\\\\" and text[max(position - 1, 0) : position] == "\\"


def code_elements(text: str) -> dict[str, Places]:
    """Where elements that hold code are closed, by name."""
    return {name: Places(text, re.compile(rf"</{name}\s{{0,9}}>", re.IGNORECASE)) for name in CODE_ELEMENTS}


CODE_ELEMENTS = ("code", "pre", "kbd", "samp", "script", "style", "math", "svg", "textarea")
