"""Finds the directives that include a file.

    mdBook     `{{#include file:anchor}}`, `{{#rustdoc_include file:2:10}}`, `{{#playground file.rs}}`
    VitePress  `<!--@include: ./file.md{2,10}-->` and `<<< ./file.js#region`
    snippets   `--8<-- "file.md:section"` of PyMdown Extensions, and the form with one file per line
    MkDocs     `{* file.py ln[2:10] *}` and `{!file.py!}`, which several plugins know

Directives of mdBook and snippets also count in code. After a backslash or `;` they are text.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final

from glossator.domain.book.pages.dialect.tab_blocks import FENCE

DIRECTIVE: Final = re.compile(
    r"(?P<escape>\\)?\{\{\s*#(?P<kind>include|rustdoc_include|playground|playpen|template|title)\b"
    r"[ \t]*(?P<mdbook>[^{}\s]*)[^{}\n]*\}\}"
    r"|<!--\s*@include:\s*(?P<vitepress>[^\n>]*?)\s*-->"
    r"|\{![ \t]*(?P<mkdocs>[^\s!{}]+)(?:[ \t]+[^\n!{}]*)?!\}"
)
SNIPPET: Final = re.compile(r"(?P<escape>;*)-+8<-+[ \t]+(?P<quote>[\"'])(?P<file>[^\"'\n]+)(?P=quote)[ \t]*")
SNIPPET_BLOCK: Final = re.compile(r"(?P<escape>;*)-+8<-+[ \t]*")
CODE: Final = re.compile(r"\{\*[ \t]+(?P<file>[^\s*]+)(?P<options>[^\n]*?)\*\}[ \t]*")
LINES_OPTION: Final = re.compile(r"\bln\[([\d:, ]*)\]")
LISTING: Final = re.compile(r"<<<[ \t]*(?P<file>[@./\w-][^\s{\[#<]*\.\w+)(?P<region>#[\w*-]+)?(?P<options>.*)")
FILE_AND_LINES: Final = re.compile(r"(?P<file>[^#{}]+?)(?:#(?P<name>[\w*-]+))?(?:\{(?P<lines>\d*(?:,\d*)?)\})?")
MAY_INCLUDE: Final = re.compile(r"\{\{\s*#|@include:|\{!|8<-|\{\*|<<<")
FILE_NAME: Final = re.compile(r";?[ \t]*[^\s\"'<>]*\.\w[^\s\"'<>]*")
LANGUAGES: Final = {"py": "python", "rs": "rust", "yml": "yaml"}
MAX_BLOCK_LINES: Final = 200
WHOLE_FILE: Final = "\n"
"""The fence of a file that is code: no line closes it."""


class Bases(Enum):
    """What a path is relative to: the file that contains the directive, or the project or a folder in it."""

    PAGE = 1
    PROJECT = 2


@dataclass(frozen=True)
class Directive:
    """`lines` are as for `select_lines`. A `partial` is a page's part, whose front matter is not part of it.

    A `literal` file is code, in which no other file is included.
    """

    file: str
    lines: str = ""
    bases: Bases = Bases.PAGE
    single_line: bool = True
    partial: bool = False
    literal: bool = False


Include = Callable[[Directive], str | None]
"""Returns the included text; None for a file that cannot be included."""


def replace_directives(text: str, include: Include, *, markdown: bool = True) -> str:
    """Directives without a file to include are removed, with their line if nothing else is on it.

    Files that are not Markdown are code.
    """
    if not MAY_INCLUDE.search(text):
        return text
    return "\n".join(Lines(text, include, "" if markdown else WHOLE_FILE).replace())


class Lines:
    """The lines of a file. `_fence` is the mark of the code block that is open, or ""."""

    def __init__(self, text: str, include: Include, fence: str) -> None:
        self._lines = text.split("\n")
        self._include = include
        self._fence = fence

    def replace(self) -> Iterator[str]:
        at = 0
        while at < len(self._lines):
            line = self._lines[at]
            self._update_fence(line)
            after = self._snippet_block_end(at) if SNIPPET_BLOCK.fullmatch(line.strip()) else 0
            if after:
                yield from self._snippet_block(at, after)
                at = after
                continue
            yield from self._line(line)
            at += 1

    def _update_fence(self, line: str) -> None:
        found = FENCE.match(line)
        if found and not self._fence:
            self._fence = found["mark"]
        elif found and found["mark"].startswith(self._fence) and not found["rest"].strip():
            self._fence = ""

    def _snippet_block_end(self, start: int) -> int:
        """The line after the end of the block of file names that starts here; 0 if there is no such block."""
        for number in range(start + 1, min(len(self._lines), start + MAX_BLOCK_LINES)):
            line = self._lines[number].strip()
            if SNIPPET_BLOCK.fullmatch(line):
                return number + 1 if number > start + 1 else 0
            if line and not FILE_NAME.fullmatch(line):
                break
        return 0

    def _snippet_block(self, start: int, after: int) -> Iterator[str]:
        first = self._lines[start]
        if first.strip().startswith(";"):
            yield from (line.replace(";", "", 1) for line in self._lines[start:after])
            return
        for line in self._lines[start + 1 : after - 1]:
            if name := line.strip():
                yield from self._insert(indent_of(first), None if name.startswith(";") else snippet(name))

    def _line(self, line: str) -> Iterator[str]:
        rest = line.strip()
        indent = indent_of(line)
        if found := SNIPPET.fullmatch(rest):
            if found["escape"]:
                yield line.replace(";", "", 1)
            else:
                yield from self._insert(indent, snippet(found["file"]))
        elif not self._fence and (found := CODE.fullmatch(rest)):
            lines = LINES_OPTION.search(found["options"])
            directive = Directive(found["file"], lines[1] if lines else "", Bases.PROJECT)
            yield from self._insert(indent, directive, code=True)
        elif not self._fence and (found := LISTING.fullmatch(rest)):
            file = found["file"].removeprefix("@/")
            bases = Bases.PROJECT if file != found["file"] else Bases.PAGE
            yield from self._insert(indent, Directive(file, (found["region"] or "")[1:], bases), code=True)
        else:
            yield from self._inline(line, indent, rest)

    def _inline(self, line: str, indent: str, rest: str) -> Iterator[str]:
        found = DIRECTIVE.fullmatch(rest)
        if found and not found["escape"]:
            listing = found["kind"] in {"playground", "playpen"}
            yield from self._insert(indent, directive_of(found), code=listing and not self._fence)
        else:
            yield DIRECTIVE.sub(self._text_of, line)

    def _text_of(self, found: re.Match[str]) -> str:
        if found["escape"]:
            return str(found[0][1:])
        directive = directive_of(found)
        return (self._include(directive) or "") if directive else ""

    def _insert(self, indent: str, directive: Directive | None, *, code: bool = False) -> Iterator[str]:
        text = self._include(directive) if directive else None
        if text is None:
            return
        lines = text.split("\n")
        if code and directive:
            lines = [fence_of(text) + language_of(directive.file), *lines, fence_of(text)]
        yield from (f"{indent}{line}" if line else line for line in lines)


def snippet(name: str) -> Directive:
    file, _, lines = name.partition(":") if "://" not in name else (name, "", "")
    return Directive(file, lines, Bases.PROJECT, single_line=False)


def directive_of(found: re.Match[str]) -> Directive | None:
    """None for a directive that includes nothing."""
    if found["kind"]:
        file, _, lines = found["mdbook"].partition(":")
        return None if found["kind"] == "title" or not file else Directive(file, lines)
    if found["mkdocs"]:
        return Directive(found["mkdocs"], bases=Bases.PROJECT)
    file = found["vitepress"]
    bases = Bases.PROJECT if file.startswith("@/") else Bases.PAGE
    parts = FILE_AND_LINES.fullmatch(file.removeprefix("@/"))
    if parts is None:
        return Directive(file, bases=bases)
    return Directive(parts["file"], parts["name"] or (parts["lines"] or "").replace(",", ":"), bases, partial=True)


def indent_of(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


def fence_of(text: str) -> str:
    longest: str = max(["``", *re.findall(r"`{3,}", text)], key=len)
    return longest + "`"


def language_of(file: str) -> str:
    suffix = file.rpartition(".")[2].lower()
    return LANGUAGES.get(suffix, suffix if suffix.isalnum() else "")
