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
from glossator.domain.book.pages.markdown import ParsedBody, parse_body

WORTH_CLEANING = re.compile(
    r"<!--|\{/\*|\]\s*\[|\[\^|^ {0,3}\[[^\]\n]{1,999}\]:|data:|<summary|<svg|\\\n", re.MULTILINE
)
REFERENCE = re.compile(
    r"(?<!(?<!\\)\\)(?P<image>!?)\[(?P<text>(?>[^\[\]\\]|\\.|\[(?>[^\[\]\\]|\\.)*+\])*+)\]"
    r"(?:\[(?P<label>[^\[\]]*)\])?(?![(\[])",
    re.DOTALL,
)
"""It begins with a bracket that is not escaped: an escaped one could be searched to the end of the page."""
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


def clean_markdown(path: str, source: str) -> str:
    if not WORTH_CLEANING.search(source):
        return source
    body = parse_body(path, source, cells=False)
    source = apply_edits(source, paragraph_edits(source, body))
    if "<summary" in source or "<svg" in source:
        code = CodeRanges(source, parse_body(path, source, cells=False))
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


def paragraph_edits(source: str, body: ParsedBody) -> Iterator[Edit]:
    lines = LineOffsets(source, body.start)
    references = body.env.get("references", {})
    footnotes = {found["label"] for found in FOOTNOTE.finditer(source, body.start)}
    cleaner = ParagraphCleaner(references, footnotes)
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

    def __call__(self, text: str) -> str:
        text = without_comments(text)
        if "data:" in text:
            text = DATA_TAG.sub(alternative_text, DATA_IMAGE.sub(r"\g<text>", text))
        if self.footnotes:
            text = FOOTNOTE.sub(r"\g<indent>", text)
        if BREAK.search(text) or ("[" in text and (self.footnotes or self.references)):
            text = self._outside_code(text)
        return text

    def _outside_code(self, text: str) -> str:
        kept = [span for span in inline_spans(text) if span.kind in {"code", "math"}]
        parts, position = [], 0
        for span in kept:
            if span.start >= position:
                parts += [self._prose(text[position : span.start]), text[span.start : span.end]]
                position = span.end
        return "".join(parts) + self._prose(text[position:])

    def _prose(self, text: str) -> str:
        return REFERENCE.sub(self._resolve, BREAK.sub(r"\g<1>  \n", text))

    def _resolve(self, found: re.Match[str]) -> str:
        text, label = found["text"], found["label"] or found["text"]
        if text.startswith("^") and not found["label"] and text[1:] in self.footnotes:
            return ""
        reference = self.references.get(normalizeReference(label))
        if reference is None:
            return found[0] if "[" not in text else f"{found['image']}[{REFERENCE.sub(self._resolve, text)}]"
        href = str(reference["href"]).replace("(", "%28").replace(")", "%29")
        text = REFERENCE.sub(self._resolve, text) if "[" in text else text
        return text if href.startswith("data:") else f"{found['image']}[{text}]({href})"


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
