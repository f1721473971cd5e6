"""Finds the directives of reStructuredText that include a file: `.. include::` and `.. literalinclude::`.

Directives in code are text. The options that select a part of the file are those of docutils and Sphinx, without
`pyobject`, for which the whole file is included.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from glossator.domain.book.sources.includes.directives import Directive, Include, language_of

DIRECTIVE: Final = re.compile(
    r"(?P<indent>[ \t]*)\.\.[ \t]+(?P<kind>include|literalinclude)::[ \t]+(?P<file>[^\s<].*?)[ \t]*"
)
OPTION: Final = re.compile(r"[ \t]+:(?P<name>[\w-]+):[ \t]*(?P<value>.*?)[ \t]*")
CODE: Final = re.compile(r"[ \t]*\.\.[ \t]+(?:code|code-block|sourcecode|parsed-literal|highlight|\S*doctest)::.*")
ANY_DIRECTIVE: Final = re.compile(r"[ \t]*\.\.[ \t]")
LINES: Final = re.compile(r"[\d,\s-]+")


def replace_rst_includes(text: str, include: Include) -> str:
    """Directives without a file to include are removed with their options."""
    return "\n".join(RstLines(text, include).replace()) if "include::" in text else text


class RstLines:
    """The lines of a page. `_code` is the indentation of the line before the code block that is open."""

    def __init__(self, text: str, include: Include) -> None:
        self._lines = text.split("\n")
        self._include = include
        self._code: int | None = None

    def replace(self) -> Iterator[str]:
        at = 0
        while at < len(self._lines):
            line = self._lines[at]
            found = None if self._in_code(line) else DIRECTIVE.fullmatch(line)
            if found is None:
                yield line
                at += 1
                continue
            options, at = self._options(at + 1)
            yield from self._included(found, options)

    def _in_code(self, line: str) -> bool:
        width = len(line) - len(line.lstrip())
        if self._code is not None and line.strip() and width <= self._code:
            self._code = None
        if self._code is not None:
            return True
        if CODE.fullmatch(line) or (line.rstrip().endswith("::") and not ANY_DIRECTIVE.match(line)):
            self._code = width
        return False

    def _options(self, start: int) -> tuple[dict[str, str], int]:
        """The options, and the line after them."""
        options: dict[str, str] = {}
        for number in range(start, len(self._lines)):
            found = OPTION.fullmatch(self._lines[number])
            if found is None:
                return options, number
            options[found["name"]] = found["value"]
        return options, len(self._lines)

    def _included(self, found: re.Match[str], options: Mapping[str, str]) -> Iterator[str]:
        literal = found["kind"] == "literalinclude" or not options.keys().isdisjoint({"literal", "code"})
        text = self._include(Directive(found["file"], line_numbers(options), literal=literal))
        if text is None:
            return
        lines: Sequence[str] = between(text.split("\n"), options)
        if literal:
            language = options.get("language") or options.get("code") or language_of(found["file"])
            caption = [f"   :caption: {options['caption']}"] if options.get("caption") else []
            lines = [f".. code-block:: {language}", *caption, "", *(f"   {line}" for line in lines)]
        yield from ("", *(f"{found['indent']}{line}".rstrip() for line in lines), "")


def line_numbers(options: Mapping[str, str]) -> str:
    """As for `select_lines`: `1,5-10,20-` becomes `1,5:10,20:`; `start-line` counts from 0."""
    if LINES.fullmatch(options.get("lines", "")):
        return "".join(options["lines"].split()).replace("-", ":")
    first, last = options.get("start-line", ""), options.get("end-line", "")
    if not (first.isdecimal() or last.isdecimal()):
        return ""
    return f"{int(first) + 1 if first.isdecimal() else 1}:{last if last.isdecimal() else ''}"


def between(lines: list[str], options: Mapping[str, str]) -> list[str]:
    """The lines between those that contain the texts of the options."""
    for name, offset in (("start-at", 0), ("start-after", 1)):
        if sought := options.get(name):
            lines = lines[next((at + offset for at, line in enumerate(lines) if sought in line), 0) :]
    for name, offset in (("end-at", 1), ("end-before", 0)):
        if sought := options.get(name):
            lines = lines[: next((at + offset for at, line in enumerate(lines) if sought in line), len(lines))]
    return lines
