"""The two syntaxes of a response: Markdown that every renderer reads alike, and plain text."""

import re
from collections.abc import Sequence
from typing import Final

from glossator.domain.answering.writing.block_writer import ContainerBlock, LeafBlock, Place
from glossator.domain.answering.writing.inline import Part

# Of indented code, in which lines may look like a shorter fence.
_FENCE: Final = "`````"
# Besides the marks of CommonMark: everything that a renderer for GitHub's dialect makes a link of by itself.
_ESCAPED: Final = re.compile(
    r"(?P<citation>\[\d{1,3}\])(?P<after>[(:]?)"
    r"|(?P<plain>(?<=[^\W_])_+(?=[^\W_])|(?<=[ \t])\*(?=[ \t]))"
    r"|(?P<www>[wW]{3})(?=\.)"
    r"|(?P<slashes>:?//)(?=[^\s/])"
    r"|(?P<mark>(?<=[A-Za-z+.-]):(?=\S)|&(?=#?\w*(?:;|\Z))|[\\`*_\[\]<~@]|!(?=[\[\0])|(?<=[ \t])#(?=#*\Z))"
)
_LINE_START: Final = re.compile(r"(?P<number>\d{1,9}(?=[.)](?:\s|\Z)))|(?=#{1,6}(?:\s|\Z)|[>=|]|[+-](?:[\s|:-]|\Z)|:-)")
_PUNCTUATION: Final = re.compile(r"[!-/:-@\[-`{-~]")
_TICKS: Final = re.compile(r"`+")


class MarkdownStyle:
    """Lines of a list item are indented to its text, whatever their indentation was."""

    def __init__(self) -> None:
        self._is_empty = True
        self._prefix = ""
        self._fence = ""
        self._after_row = False
        self._last = ""

    def start(self, block: LeafBlock) -> str:
        gap = "" if self._is_empty else "\n"
        if gap and (block.after_blank or self._is_ambiguous(block)):
            gap += f"{_continue([one for one in block.containers if not one.is_new]).rstrip()}\n"
        self._is_empty, self._after_row, self._last = False, block.is_row, ""
        self._prefix = _continue(block.containers)
        if block.kind == "code":
            self._fence = block.detail[: len(block.detail) - len(block.detail.lstrip("`~"))] or _FENCE
        return gap + "".join(one.marker if one.is_new else _continue([one]) for one in block.containers) + _mark(block)

    def inline(self, parts: list[Part], place: Place) -> str:
        is_row = place.block.is_row
        text = ""
        for part in parts:
            # Two code spans side by side would be one, or none.
            apart = " " if part.kind == "code" and (text or self._last).endswith("`") else ""
            text += apart + _markdown(part, is_row=is_row, is_last=part is parts[-1])
        self._last = text[-1:] or self._last
        if is_row:
            text = text.lstrip().removeprefix("|").lstrip() if place.is_first else text
        first, *others = text.split("\n")
        if place.is_first and place.block.kind == "paragraph":
            first = _escape_start(first)
        elif place.in_word and parts and parts[0].kind == "text" and _PUNCTUATION.match(first):
            first = first if first.startswith("\\") else f"\\{first}"
        return f"\n{self._prefix}".join([first, *(_escape_start(line) for line in others)])

    def code(self, text: str) -> str:
        first, *others = text.split("\n")
        return first + "".join(self._code_line(line) for line in others)

    def end(self, block: LeafBlock) -> str:
        return f"\n{self._prefix}{self._fence}" if block.kind == "code" else ""

    def underline(self, mark: str) -> str:
        return f"\n{self._prefix}{mark * 3}"

    def delimiters(self, row: str) -> str:
        return f"\n{self._prefix}{row}"

    def _is_ambiguous(self, block: LeafBlock) -> bool:
        """Renderers differ in what may follow a row or a paragraph without a blank line; code must not become text."""
        begins_container = any(one.is_new for one in block.containers)
        return (self._after_row and not block.is_row) or (block.kind == "code" and begins_container)

    def _code_line(self, line: str) -> str:
        """A line of indented code that would close the fence gets a longer fence."""
        again = ""
        if len(line.strip()) >= len(self._fence) and not line.strip().strip(self._fence[0]):
            longer = line.strip() + self._fence[0]
            again = f"\n{self._prefix}{self._fence}\n{self._prefix}{longer}"
            self._fence = longer
        return f"{again}\n{(self._prefix + line) if line else self._prefix.rstrip()}"


class PlainTextStyle:
    """Keeps code, the bullets of lists and the text of links; a bar separates table cells."""

    def __init__(self) -> None:
        self._is_empty = True
        self._begins_code = False

    def start(self, block: LeafBlock) -> str:
        self._begins_code = block.kind == "code"
        if block.kind in ("rule", "empty"):
            return ""
        gap = "" if self._is_empty else "\n\n" if block.after_blank else "\n"
        self._is_empty = False
        items = [one for one in block.containers if one.marker != "> "]
        return gap + "".join(one.marker if one.is_new else "  " for one in items if items[-1].is_new)

    def inline(self, parts: list[Part], place: Place) -> str:
        text = "".join(_plain(part) for part in parts)
        if place.block.is_row:
            text = text.lstrip(" |") if place.is_first else text
            text = text.rstrip(" |") if place.is_last else text
            return " | ".join(cell.strip() for cell in text.split("|")) if place.is_first and place.is_last else text
        first, *others = text.split("\n")
        return "\n".join([first.lstrip() if place.is_first else first, *(line.lstrip() for line in others)])

    def code(self, text: str) -> str:
        text = text.removeprefix("\n") if self._begins_code else text
        self._begins_code = False
        return text

    def end(self, block: LeafBlock) -> str:
        return ""

    def underline(self, mark: str) -> str:
        return ""

    def delimiters(self, row: str) -> str:
        return ""


def _continue(containers: Sequence[ContainerBlock]) -> str:
    """The beginning of a later line in the containers."""
    return "".join("> " if one.marker == "> " else " " * len(one.marker) for one in containers)


def _mark(block: LeafBlock) -> str:
    match block.kind:
        case "heading":
            return f"{block.detail} "
        case "code":
            return block.detail or _FENCE
        case "rule":
            return "***"
        case "table" | "row":
            return "| "
        case _:
            return ""


def _markdown(part: Part, *, is_row: bool, is_last: bool) -> str:
    match part.kind:
        case "text":
            # A NUL at the end says that something follows: a link after a "!" would be an image.
            text = _ESCAPED.sub(_escaped, part.content if is_last else f"{part.content}\0").removesuffix("\0")
        case "code":
            text = _code_span(part.content)
        case _:
            return {"break": "\\\n", "open": "[", "close": f"]({part.content})", "bar": "|"}.get(
                part.kind, part.content
            )
    return text.replace("|", "\\|") if is_row else text


def _escaped(found: re.Match[str]) -> str:
    if found["citation"]:
        return found["citation"] + (f"\\{found['after']}" if found["after"] else "")
    if found["slashes"]:
        return "".join(f"\\{character}" for character in found["slashes"])
    if found["mark"]:
        return f"\\{found['mark']}"
    return found["plain"] or found["www"] + "\\"


def _escape_start(line: str) -> str:
    """So that the line begins no other block."""
    line = line.lstrip()
    found = _LINE_START.match(line)
    return f"{found['number'] or ''}\\{line[found.end('number') if found['number'] else 0 :]}" if found else line


def _code_span(code: str) -> str:
    runs = {len(run) for run in _TICKS.findall(code)}
    ticks = "`" * next(length for length in range(1, len(runs) + 2) if length not in runs)
    padding = " " if code.startswith(("`", " ")) or code.endswith(("`", " ")) else ""
    return f"{ticks}{padding}{code}{padding}{ticks}"


def _plain(part: Part) -> str:
    match part.kind:
        case "text" | "code":
            return part.content
        case "break":
            return "\n"
        case "bar":
            return "|"
        case _:
            return ""
