"""Finds the brackets and targets of Markdown links and images; the text between the brackets stays translatable."""

import re
from collections.abc import Iterator
from itertools import pairwise

from glossator.domain.rewriting.masking.layout import Layout, parentheses
from glossator.domain.rewriting.masking.pieces import MaskedPiece, MatchIndex, PieceKind

MARK = re.compile(r"\\[\s\S]|!?\[|\]|\n[ \t\r]*(?=\n)")
SPACE = re.compile(r"\s+")
TITLE_END = {'"': re.compile(r'"[ \t]*\)'), "'": re.compile(r"'[ \t]*\)"), "(": re.compile(r"\)[ \t]*\)")}

DEFINITION_TARGET = re.compile(r"[ \t]*(?:\n[ \t]*)?(?P<target><[^<>\n]*>|[^\s<]\S*)[ \t\r]*(?:\n[ \t]*)?")
DEFINITION_TITLE_END = {
    mark: re.compile(rf"\{end}[ \t\r]*$", re.MULTILINE) for mark, end in zip("\"'(", "\"')", strict=True)
}


def links(text: str) -> Iterator[MaskedPiece]:
    marks = [match for match in MARK.finditer(text) if match.group()[0] != "\\"]
    targets = LinkTargets(text)
    definitions = dict(find_definitions(text, marks))
    yield from definitions.values()
    labels = {label for label in definitions if not label.startswith("^")}
    waiting: list[int] = []
    for index, mark in enumerate(marks):
        if mark.group() == "]":
            if waiting:
                opening = waiting.pop()
                yield from link(text, marks, (opening, index), targets, labels=labels)
        elif mark.group()[0] == "\n":
            waiting.clear()
        else:
            waiting.append(index)


def link(
    text: str, marks: list[re.Match[str]], pair: tuple[int, int], targets: "LinkTargets", *, labels: set[str]
) -> Iterator[MaskedPiece]:
    opening, closing = marks[pair[0]], marks[pair[1]]
    following = text[closing.end() : closing.end() + 1]
    end = None
    if following == "(":
        end = targets.end(closing.end())
    elif following == "[":
        end = label_end(marks, pair[1] + 1)
    if end is not None:
        yield MaskedPiece(*opening.span(), PieceKind.LINK)
        yield MaskedPiece(closing.start(), end, PieceKind.LINK)
    elif pair[1] == pair[0] + 1:
        label = text[opening.end() : closing.start()]
        if label.startswith("^") or normalize_label(label) in labels:
            yield MaskedPiece(opening.start(), closing.end(), PieceKind.LINK)


def label_end(marks: list[re.Match[str]], index: int) -> int | None:
    return marks[index + 1].end() if index + 1 < len(marks) and marks[index + 1].group() == "]" else None


def find_definitions(text: str, marks: list[re.Match[str]]) -> Iterator[tuple[str, MaskedPiece]]:
    """Finds `[label]: target` as whole lines, and the marks of footnotes."""
    layout = Layout(text)
    titles = {quote: MatchIndex(text, pattern) for quote, pattern in DEFINITION_TITLE_END.items()}
    for opening, closing in pairwise(marks):
        if opening.group() != "[" or closing.group() != "]" or text[closing.end() : closing.end() + 1] != ":":
            continue
        line = layout.line_start(opening.start())
        if opening.start() - line <= 3 and not text[line : opening.start()].strip():
            label = text[opening.end() : closing.start()]
            end = (
                closing.end() + 1 if label.startswith("^") else definition_end(text, closing.end() + 1, layout, titles)
            )
            yield normalize_label(label), MaskedPiece(opening.start(), end, PieceKind.LINK)


def definition_end(text: str, start: int, layout: Layout, titles: dict[str, MatchIndex]) -> int:
    """Target and title may each be on their own line, and a title on several."""
    line_end = layout.line_end(start)
    target = DEFINITION_TARGET.match(text, start)
    if target is None:
        return line_end
    title = titles.get(text[target.end() : target.end() + 1])
    end = title.next_end(target.end() + 1) if title and text[target.end() - 1].isspace() else None
    if end is not None and end <= layout.paragraph_end(start):
        return end
    rest = layout.line_end(target.end("target"))
    return line_end if text[target.end("target") : rest].strip() else max(line_end, rest)


def normalize_label(label: str) -> str:
    return " ".join(label.casefold().split())


class LinkTargets:
    """Finds the end of `(target "title")`, from tables built in one pass."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._layout = Layout(text)
        self._partners = parentheses(text)
        self._spaces = MatchIndex(text, SPACE)
        self._pointed = MatchIndex(text, re.compile(r">[ \t]*\)"))
        self._titles = {quote: MatchIndex(text, pattern) for quote, pattern in TITLE_END.items()}

    def end(self, opening: int) -> int | None:
        start = self._after_space(opening + 1)
        if self._text[start : start + 1] == "<":
            return self._within(opening, self._pointed.next_end(start))
        space = self._spaces.next_start(start)
        close = self._partners.get(opening)
        after = self._after_space(space)
        if close is not None and close <= after:
            return close + 1
        title = self._titles.get(self._text[after : after + 1])
        return None if title is None else self._within(opening, title.next_end(after + 1))

    def _after_space(self, position: int) -> int:
        if self._spaces.next_start(position) != position:
            return position
        return self._spaces.next_end(position) or position

    def _within(self, opening: int, end: int | None) -> int | None:
        return end if end is not None and end <= self._layout.paragraph_end(opening) else None
