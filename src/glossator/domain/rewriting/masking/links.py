"""Markdown links and images: their brackets and targets are kept, the words between the brackets stay translatable."""

import re
from collections.abc import Iterator
from itertools import pairwise

from glossator.domain.rewriting.masking.layout import Layout, parentheses
from glossator.domain.rewriting.masking.pieces import Kind, Piece, Places

MARK = re.compile(r"\\[\s\S]|!?\[|\]|\n[ \t\r]*(?=\n)")
SPACE = re.compile(r"\s+")
TITLE_END = {'"': re.compile(r'"[ \t]*\)'), "'": re.compile(r"'[ \t]*\)"), "(": re.compile(r"\)[ \t]*\)")}

DEFINED_TARGET = re.compile(r"[ \t]*(?:\n[ \t]*)?(?P<target><[^<>\n]*>|[^\s<]\S*)[ \t\r]*(?:\n[ \t]*)?")
DEFINED_TITLE_END = {
    mark: re.compile(rf"\{end}[ \t\r]*$", re.MULTILINE) for mark, end in zip("\"'(", "\"')", strict=True)
}


def links(text: str) -> Iterator[Piece]:
    marks = [match for match in MARK.finditer(text) if match.group()[0] != "\\"]
    targets = Targets(text)
    definitions = dict(defined(text, marks))
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
    text: str, marks: list[re.Match[str]], pair: tuple[int, int], targets: "Targets", *, labels: set[str]
) -> Iterator[Piece]:
    opening, closing = marks[pair[0]], marks[pair[1]]
    following = text[closing.end() : closing.end() + 1]
    end = None
    if following == "(":
        end = targets.end(closing.end())
    elif following == "[":
        end = label_end(marks, pair[1] + 1)
    if end is not None:
        yield Piece(*opening.span(), Kind.LINK)
        yield Piece(closing.start(), end, Kind.LINK)
    elif pair[1] == pair[0] + 1:
        label = text[opening.end() : closing.start()]
        if label.startswith("^") or normal(label) in labels:
            yield Piece(opening.start(), closing.end(), Kind.LINK)


def label_end(marks: list[re.Match[str]], index: int) -> int | None:
    return marks[index + 1].end() if index + 1 < len(marks) and marks[index + 1].group() == "]" else None


def defined(text: str, marks: list[re.Match[str]]) -> Iterator[tuple[str, Piece]]:
    """`[label]: target` as whole lines, of a footnote only the mark."""
    layout = Layout(text)
    titles = {quote: Places(text, pattern) for quote, pattern in DEFINED_TITLE_END.items()}
    for opening, closing in pairwise(marks):
        if opening.group() != "[" or closing.group() != "]" or text[closing.end() : closing.end() + 1] != ":":
            continue
        line = layout.line_start(opening.start())
        if opening.start() - line <= 3 and not text[line : opening.start()].strip():
            label = text[opening.end() : closing.start()]
            end = closing.end() + 1 if label.startswith("^") else defined_end(text, closing.end() + 1, layout, titles)
            yield normal(label), Piece(opening.start(), end, Kind.LINK)


def defined_end(text: str, start: int, layout: Layout, titles: dict[str, Places]) -> int:
    """Target and title may each stand on a line of their own, and a title on several."""
    line_end = layout.line_end(start)
    target = DEFINED_TARGET.match(text, start)
    if target is None:
        return line_end
    title = titles.get(text[target.end() : target.end() + 1])
    end = title.next_end(target.end() + 1) if title and text[target.end() - 1].isspace() else None
    if end is not None and end <= layout.paragraph_end(start):
        return end
    rest = layout.line_end(target.end("target"))
    return line_end if text[target.end("target") : rest].strip() else max(line_end, rest)


def normal(label: str) -> str:
    return " ".join(label.casefold().split())


class Targets:
    """Where `(target "title")` ends, answered from tables made in one pass."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._layout = Layout(text)
        self._partners = parentheses(text)
        self._spaces = Places(text, SPACE)
        self._pointed = Places(text, re.compile(r">[ \t]*\)"))
        self._titles = {quote: Places(text, pattern) for quote, pattern in TITLE_END.items()}

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
