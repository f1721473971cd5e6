"""Prepares the source of a Markdown page: what readers never see is removed before the page is parsed and shown.

- Comments inside paragraphs, and the data of embedded pictures, are removed.
- Links and images by reference become inline links; marks of footnotes are removed, their texts stay.
- `<details>` with a `<summary>` becomes a group that the summary names.

Code and formulas are not changed.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from markdown_it.common.utils import normalizeReference
from markdown_it.token import Token

from glossator.domain.book.pages.blocks import VERBATIM, LineOffsets, find_comments
from glossator.domain.book.pages.inline_spans import inline_spans
from glossator.domain.book.pages.markdown import ParsedBody, parse_blocks

WORTH_CLEANING = re.compile(r"<!--|\{/\*|\]\s*\[|\[\^|data:|<summary|<svg|\\\n")
DEFINES_LINK = re.compile(r"^ {0,3}\[[^\]\n]{1,999}\]:", re.MULTILINE)
REFERENCE = re.compile(
    r"(?<!(?<!\\)\\)(?P<image>!?)\[(?P<text>(?>[^\[\]\\]|\\.|\[(?>[^\[\]\\]|\\.)*+\])*+)\]"
    r"(?:(?P<gap> ?\n?[ \t]*)\[(?P<label>(?!\^)[^\[\]]*)\])?(?!\(|\[(?!\^))",
    re.DOTALL,
)
"""It begins with a bracket that is not escaped: an escaped one could be searched to the end of the page."""
CROSS_REFERENCE = re.compile(r"`?[A-Za-z_][\w.:/-]*(?:\(\))?`?")
TASK = re.compile(r"[ xX]?")
BREAK = re.compile(r"(?<!\\)((?:\\\\){0,20})\\\n")
"""A line break that is written as a backslash; passages have no escapes, so that they have it as two spaces."""
FOOTNOTE = re.compile(r"^(?P<indent>[ \t>]*)\[\^(?P<label>[^\[\]\s]+)\]:[ \t]*", re.MULTILINE)
DATA_IMAGE = re.compile(r"!\[(?P<text>[^\[\]]*)\]\(\s*<?data:[^()\s>]*>?[^()\n]*\)")
DATA_TAG = re.compile(r"<img\b[^<>]*?\bsrc=[\"']?data:[^<>]*>")
ALT = re.compile(r"\balt=(?:\"([^\"]*)\"|'([^']*)')")
SVG = re.compile(r"<svg\b(?:(?!<svg\b).)*?</svg\s*>", re.DOTALL)
DETAILS = re.compile(
    r"<details\b[^<>]*>(?:\s*<summary\b[^<>]*>(?P<name>(?:(?!</?summary\b|<details\b).)*)</summary\s*>)?|</details\s*>",
    re.DOTALL,
)
BEFORE = re.compile(r"[ \t]*(?:[-*+]|\d{1,9}[.)])?[ \t]*")
TAG = re.compile(r"</?[A-Za-z][^<>]*>")
MAX_INDENT = 100


@dataclass(frozen=True)
class Edit:
    start: int
    end: int
    text: str


def clean_markdown(path: str, source: str, *, cross_references: bool = False) -> str:
    """`cross_references`: labels that the page does not define are names that the generator knows."""
    if not (WORTH_CLEANING.search(source) or ("[" in source and DEFINES_LINK.search(source))):
        return source
    body = parse_blocks(path, source)
    source = apply_edits(source, paragraph_edits(source, body, cross_references))
    if "<summary" in source or "<svg" in source:
        code = CodeRanges(source, parse_blocks(path, source))
        source = apply_edits(source, [*svg_edits(source, code), *details_edits(source, code)])
    return source


def apply_edits(source: str, edits: Iterable[Edit]) -> str:
    """Edits that overlap an earlier one are skipped."""
    parts, position = [], 0
    for edit in sorted(edits, key=lambda edit: edit.start):
        if edit.start >= position:
            parts += [source[position : edit.start], edit.text]
            position = edit.end
    return "".join(parts) + source[position:]


def paragraph_edits(source: str, body: ParsedBody, cross_references: bool) -> Iterator[Edit]:
    lines = LineOffsets(source, body.start)
    references = body.env.get("references", {})
    footnotes = {found["label"] for found in FOOTNOTE.finditer(source, body.start)}
    cleaner = ParagraphCleaner(references, footnotes, cross_references)
    for first, after in text_lines(body.tokens):
        start, end = lines.starts[first], lines.starts[after] - 1
        text = source[start:end]
        clean = cleaner(text)
        if clean != text:
            yield Edit(start, end, clean)


def text_lines(tokens: Iterable[Token]) -> Iterator[tuple[int, int]]:
    """The ranges of lines with inline markup, headings excepted; a table has one range for each row."""
    seen: set[int] = set()
    previous = ""
    for token in tokens:
        heading, previous = previous == "heading_open", token.type
        if token.type == "table" and token.map:
            first, after = token.map
            yield from ((row, row + 1) for row in range(first, after) if row != first + 1)
        if token.type == "inline" and token.map and not heading and token.map[0] not in seen:
            seen.add(token.map[0])
            yield token.map[0], token.map[1]


@dataclass(frozen=True)
class ParagraphCleaner:
    references: Mapping[str, Mapping[str, Any]]
    footnotes: set[str]
    cross_references: bool

    def __call__(self, text: str) -> str:
        text = without_comments(text)
        if "data:" in text:
            text = DATA_TAG.sub(alternative_text, DATA_IMAGE.sub(r"\g<text>", text))
        if self.footnotes:
            text = FOOTNOTE.sub(r"\g<indent>", text)
        if BREAK.search(text) or ("[" in text and self._has_references):
            text = self._outside_code(text)
        return text

    @property
    def _has_references(self) -> bool:
        return bool(self.footnotes or self.references or self.cross_references)

    def _outside_code(self, text: str) -> str:
        """Code and formulas in the text of a link belong to it."""
        marks = mask_code(text)
        breaks = (Edit(*found.span(), f"{found[1]}  \n") for found in BREAK.finditer(marks))
        references = (Edit(*found.span(), self._resolve(text, found)) for found in REFERENCE.finditer(marks))
        return apply_edits(text, [*references, *breaks])

    def _resolve(self, source: str, found: re.Match[str]) -> str:
        text, label = (source[slice(*found.span(group))] for group in ("text", "label"))
        after = source[found.end("text") + 1 : found.end()]
        if text.startswith("^") and text[1:] in self.footnotes:
            return self._outside_code(after)
        if found["gap"] and (TASK.fullmatch(text) or normalizeReference(text) in self.references):
            return self._link(found["image"], text, text, "") + self._outside_code(after)
        return self._link(found["image"], text, label or text, after)

    def _link(self, image: str, text: str, label: str, after: str) -> str:
        """`after` is the text after the first bracket, where the label is not defined."""
        reference = self.references.get(normalizeReference(label))
        inner = self._outside_code(text) if "[" in text or "\n" in text else text
        if reference is None and after and self.cross_references and CROSS_REFERENCE.fullmatch(label):
            return inner
        if reference is None:
            return f"{image}[{inner}]{after if inner == text else ''}"
        href = str(reference["href"]).replace("(", "%28").replace(")", "%29")
        return inner if href.startswith("data:") else f"{image}[{inner}]({href})"


def mask_code(text: str) -> str:
    """The text with other characters in place of its code and formulas."""
    parts, position = [], 0
    for span in inline_spans(text):
        if span.kind in {"code", "math"} and span.start >= position:
            parts += [text[position : span.start], "`" * (span.end - span.start)]
            position = span.end
    return "".join(parts) + text[position:]


def without_comments(text: str) -> str:
    parts, position = [], 0
    for start, end in find_comments(text):
        before, after = text[position:start], text[end : end + 1]
        parts.append(
            before.rstrip(" \t") if after in ("", "\n") or (after.isspace() and before[-1:].isspace()) else before
        )
        position = end
    return "".join(parts) + text[position:] if parts else text


def alternative_text(found: re.Match[str]) -> str:
    alt = ALT.search(found[0])
    return (alt[1] or alt[2] or "") if alt else ""


def svg_edits(source: str, code: "CodeRanges") -> Iterator[Edit]:
    for found in SVG.finditer(source):
        if found.start() not in code:
            yield Edit(found.start(), found.end(), "")


def details_edits(source: str, code: "CodeRanges") -> Iterator[Edit]:
    """Only complete pairs of tags are replaced; without a summary the tags stay."""
    openings: list[Edit | None] = []
    for found in DETAILS.finditer(source):
        if found.start() in code:
            continue
        if not found[0].startswith("</"):
            openings.append(opening_edit(source, found))
        elif openings and (opening := openings.pop()):
            indent = opening.text.rpartition("\n")[2]
            yield opening
            yield Edit(found.start(), found.end(), f"\n\n{indent}:::end\n\n")


def opening_edit(source: str, found: re.Match[str]) -> Edit | None:
    name = " ".join(TAG.sub("", found["name"] or "").split())
    nearby = source[max(0, found.start() - MAX_INDENT) : found.start()]
    before = nearby[nearby.rfind("\n") + 1 :]
    if not name or len(before) >= MAX_INDENT or not BEFORE.fullmatch(before):
        return None
    indent = " " * len(before)
    return Edit(found.start(), found.end(), f":::term{{#}}\n\n{indent}{name}\n\n{indent}")


class CodeRanges:
    """The front matter, and the code and formulas that are blocks."""

    def __init__(self, source: str, body: ParsedBody) -> None:
        lines = LineOffsets(source, body.start)
        maps = [token.map for token in body.tokens if token.type in VERBATIM and token.map]
        ranges = [(0, body.start), *((lines.starts[first], lines.starts[after]) for first, after in maps)]
        self._starts = [start for start, _ in ranges]
        self._ends = [end for _, end in ranges]

    def __contains__(self, position: int) -> bool:
        return position < self._ends[bisect_right(self._starts, position) - 1]
