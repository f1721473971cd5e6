"""Selects the lines of an included file: ranges of line numbers, or the lines between the marks of a named part.

Marks are `ANCHOR: name` (mdBook), `--8<-- [start:name]` (snippets) and `#region name` (VitePress), with their ends. The
lines of mdBook's and the snippets' marks are never part of the text.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

MARK: Final = re.compile(
    r"\bANCHOR(?P<anchor_end>_END)?:\s*(?P<anchor>[\w-]+)"
    r"|-+8<-+[ \t]*\[[ \t]*(?P<section_kind>start|end)[ \t]*:[ \t]*(?P<section>[\w-]+)[ \t]*\]"
)
REGION: Final = re.compile(r"#\s?(?P<end>end)?[rR]egion\b[ \t]*(?P<name>[\w*-]*)")
RANGE: Final = re.compile(r"(?P<first>\d*)(?P<to>:(?P<last>\d*))?")


def select_lines(text: str, lines: str, *, single_line: bool = True) -> str | None:
    """`lines` is "" for all, a name, or ranges such as `2:10`, `:10`, `2:` and `1:3,5:8`, counted from 1.

    If `single_line` is off, `2` means `2:`. None if the file has no part with this name.
    """
    numbered = text.split("\n")
    if not lines:
        return "\n".join(without_marks(numbered))
    ranges = [RANGE.fullmatch(part.strip()) for part in lines.split(",")]
    if all(ranges):
        selected = [line for found in ranges if found for line in in_range(numbered, found, single_line=single_line)]
        return "\n".join(without_marks(selected))
    name = lines.partition(":")[0]
    part = [*named_part(numbered, name)] or [*region(numbered, name)]
    return "\n".join(without_marks(part)) if part else None


def in_range(lines: Sequence[str], found: re.Match[str], *, single_line: bool) -> Sequence[str]:
    first = int(found["first"] or 1)
    if not found["to"]:
        return lines[max(0, first - 1) : first if single_line else None]
    return lines[max(0, first - 1) : int(found["last"]) if found["last"] else None]


def without_marks(lines: Sequence[str]) -> Iterator[str]:
    return (line for line in lines if not MARK.search(line))


def named_part(lines: Sequence[str], name: str) -> Iterator[str]:
    """The lines between the marks; the marks of other parts are among them."""
    inside = False
    for line in lines:
        found = MARK.search(line)
        if found and name in (found["anchor"], found["section"]):
            inside = not found["anchor_end"] and found["section_kind"] != "end"
            if inside:
                yield ""
        elif inside:
            yield line


def region(lines: Sequence[str], name: str) -> Iterator[str]:
    depth = 0
    for line in lines:
        found = REGION.search(line)
        if found is None:
            if depth:
                yield line
        elif found["end"]:
            depth = max(0, depth - 1)
        elif depth or found["name"] == name:
            depth += 1
