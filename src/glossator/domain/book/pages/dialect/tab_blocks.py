"""Turns tabs and other blocks that lines of their own begin into groups: those of MkDocs, and `:::tabs`."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

FENCE: Final = re.compile(
    r"[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)?(?P<mark>`{3,}(?=[^`]*$)|~{3,})(?P<rest>.*)", re.MULTILINE
)
MKDOCS_TAB: Final = re.compile(r"(?P<indent>[ \t]*)===[!+]?[ \t]+(?P<quote>[\"'])(?P<label>.+)(?P=quote)[ \t]*")
BLOCK: Final = re.compile(r"(?P<indent>[ \t]*)/{3,}[ \t]*(?:(?P<kind>[\w-]+)[ \t]*(?:\|[ \t]*(?P<title>.*?))?)?[ \t]*")
TABS_BLOCK: Final = re.compile(r"[ \t]*:{3,}[ \t]*tabs\b.*")
TABS_ITEM: Final = re.compile(r"[ \t]*==[ \t]+(?P<label>\S.*?)[ \t]*")
LIST_ITEM: Final = re.compile(r"[ >]*(?:[-*+]|\d{1,9}[.)])[ ]")
BLOCK_OPTION: Final = re.compile(r"[ \t]{4,}[\w-]+:.*")
MAX_DEPTH: Final = 10
MAX_LIST_LINES: Final = 100
COLONS: Final = re.compile(r"[ \t]*:{3,}[ \t]*")


def split_code(text: str) -> Iterator[tuple[bool, str]]:
    """The parts of the text, each with whether it is a fenced code block."""
    part: list[str] = []
    fence = ""
    for line in text.splitlines(keepends=True):
        found = FENCE.match(line)
        if found and not fence:
            yield False, "".join(part)
            part, fence = [line], found["mark"]
            continue
        part.append(line)
        if found and found["mark"].startswith(fence) and not found["rest"].strip():
            yield True, "".join(part)
            part, fence = [], ""
    yield bool(fence), "".join(part)


class TabBlockReader:
    """Reads the blocks that lines of their own begin: tabs and other blocks of MkDocs, and `:::tabs`."""

    def __init__(self, lines: Sequence[str], depth: int = 0) -> None:
        self._lines = lines
        self._depth = depth
        self._fence = ""
        self._closings: list[tuple[str, ...]] = []
        self._in_tabs = ""

    def read(self) -> Iterator[str]:
        at = 0
        while at < len(self._lines):
            line = self._lines[at]
            self._update_fence(line)
            tab = None if self._fence or self._depth > MAX_DEPTH else MKDOCS_TAB.fullmatch(line)
            if tab:
                after = self._end_of(at + 1, len(tab["indent"].expandtabs(4)) + 4)
                yield from self._tab(tab["indent"], tab["label"], at, after)
                at = after
                continue
            yield from [line] if self._fence else self._line(line)
            at += 1
            if not self._fence and BLOCK.fullmatch(line) and "|" in line:
                while at < len(self._lines) and BLOCK_OPTION.fullmatch(self._lines[at]):
                    at += 1
        yield from (line for closing in reversed(self._closings) for line in closing)

    def _tab(self, indent: str, name: str, start: int, after: int) -> Iterator[str]:
        content = [remove_indent(text, indent) for text in self._lines[start + 1 : after]]
        inner = [f"{indent}{text}" if text else "" for text in TabBlockReader(content, self._depth + 1).read()]
        if indent and in_list(self._lines[max(0, start - MAX_LIST_LINES) : start], indent):
            yield from ("", f"{indent}{name}", "", *inner)
        else:
            yield from (*label(indent, name), *inner, "", f"{indent}:::end", "")

    def _update_fence(self, line: str) -> None:
        found = FENCE.match(line)
        if found and not self._fence:
            self._fence = found["mark"]
        elif found and found["mark"].startswith(self._fence) and not found["rest"].strip():
            self._fence = ""

    def _end_of(self, start: int, width: int) -> int:
        """The line after the last one that is indented so far; blank lines between are included."""
        end = start
        for number in range(start, len(self._lines)):
            line = self._lines[number].expandtabs(4)
            if line.strip():
                if len(line) - len(line.lstrip()) < width:
                    break
                end = number + 1
        return end

    def _line(self, line: str) -> Iterator[str]:
        block = BLOCK.fullmatch(line)
        if block and block["kind"] and "|" in line:
            is_tab = block["kind"] == "tab"
            title = block["title"] or block["kind"]
            opening = label(block["indent"], title) if is_tab else (f"{block['indent']}:::note[{title}]", "")
            self._closings.append(("", f"{block['indent']}:::{'end' if is_tab else ''}", ""))
            yield from opening
        elif block and not block["kind"] and self._closings:
            yield from self._closings.pop()
        elif TABS_BLOCK.fullmatch(line):
            self._in_tabs = "first"
        elif self._in_tabs and (item := TABS_ITEM.fullmatch(line)):
            yield from [] if self._in_tabs == "first" else ["", ":::end", ""]
            self._in_tabs = "next"
            yield from label("", item["label"])
        elif self._in_tabs and COLONS.fullmatch(line):
            yield from ["", ":::end", ""] if self._in_tabs == "next" else []
            self._in_tabs = ""
        else:
            yield line


def in_list(before: Sequence[str], indent: str) -> bool:
    """Whether a line with this indentation, after the lines before it, belongs to an item of a list."""
    width = len(indent.expandtabs(4))
    for line in reversed(before):
        wide = line.expandtabs(4)
        if wide.strip() and len(wide) - len(wide.lstrip()) < width:
            width = len(wide) - len(wide.lstrip())
            if LIST_ITEM.match(wide):
                return True
            if not width:
                break
    return False


def label(indent: str, text: str) -> tuple[str, ...]:
    return ("", f"{indent}:::label{{#}}", "", f"{indent}{text}", "")


def remove_indent(line: str, indent: str) -> str:
    """Remove the indentation of a tab and four spaces."""
    wide = line.expandtabs(4)
    return wide[min(len(wide) - len(wide.lstrip()), len(indent.expandtabs(4)) + 4) :]
