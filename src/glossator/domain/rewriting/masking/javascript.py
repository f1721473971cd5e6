"""Finds the braces and module statements of MDX. Brackets in JavaScript strings and comments do not count."""

import re
from collections.abc import Iterator
from itertools import pairwise

from glossator.domain.rewriting.masking.layout import Layout, plain_braces
from glossator.domain.rewriting.masking.pieces import MaskedPiece, MatchIndex, PieceKind

MARK = re.compile(r"\\[\s\S]|[{}()\[\]\"'`]|/\*|//|\n")
STRING_ENDS = {
    '"': re.compile(r'(?<!\\)(?:\\\\)*"|\n'),
    "'": re.compile(r"(?<!\\)(?:\\\\)*'|\n"),
    "`": re.compile(r"(?<!\\)(?:\\\\)*`"),
    "/*": re.compile(r"\*/"),
    "//": re.compile(r"\n"),
}
NAME = r"[A-Za-z_$][\w$]{0,99}"
NAMES = r"\{[^{}]{0,2000}\}"
HEADS = (
    r"import [\"'][^\"'\n]{1,300}[\"'];?~$",
    rf"import (?:type )?(?:{NAME}~,~)?(?:{NAME} |{NAMES}~|\*~as {NAME} )from~[\"']",
    rf"export (?:type )?{NAMES}~(?:;|from\b|$)",
    rf"export \*~(?:as {NAME} )?from~[\"']",
    rf"export (?:const|let|var) (?:{NAME}~[=:]|[{{\[])",
    rf"export type {NAME}~[=<]",
    rf"export (?:interface|enum) {NAME}~(?:[{{<]|extends\b)",
    rf"export (?:default )?(?:async )?function~\*?~(?:{NAME})?~[(<]",
    rf"export (?:default )?class (?:{NAME}~)?(?:[{{<]|extends\b)",
    rf"export default (?:[(\[{{<\"'`]|{NAME}(?:\.{NAME}){{0,9}}~(?:\(|;|=>|$))",
)
"""Beginnings of statements; a space means required white space, `~` optional white space."""
HEAD = re.compile(
    "^(?:" + "|".join(head.replace(" ", r"[ \t]{1,9}").replace("~", r"\s{0,9}") for head in HEADS) + ")",
    re.MULTILINE,
)
LINE_CONTINUES = re.compile(r"(?:[=,?:|&+.]|=>|\bfrom|\bexport|\bdefault)[ \t\r]{0,99}$")
NEXT_LINE_CONTINUES = re.compile(r"[ \t]{0,99}(?:[.?&)\]}]|:(?!:)|\|\||=(?!=)|from[ \t]{0,9}[\"'])")


class StringEnds:
    """Finds the end of a string or comment; None if the mark opens none."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._ends = {mark: MatchIndex(text, pattern) for mark, pattern in STRING_ENDS.items()}

    def end(self, mark: re.Match[str]) -> int | None:
        opening, start = mark.group(), mark.start()
        before = self._text[start - 1 : start]
        if (opening in "\"'" and before.isalnum()) or (opening == "//" and before == ":"):
            return None
        end = self._ends[opening].next_end(mark.end())
        if end is None or self._text[end - 1] != "\n":
            return end
        return end - 1 if opening == "//" else None


def braces(text: str) -> dict[int, int]:
    """The position of each opening brace's partner; a brace that code never closes is matched as plain text."""
    strings = StringEnds(text)
    partners: dict[int, int] = {}
    waiting: list[int] = []
    position = 0
    for mark in MARK.finditer(text):
        if mark.start() < position:
            continue
        if mark.group() == "{":
            waiting.append(mark.start())
        elif mark.group() == "}" and waiting:
            partners[waiting.pop()] = mark.start()
        elif mark.group() in STRING_ENDS and waiting:
            position = strings.end(mark) or position
    return plain_braces(text) | partners


def modules(text: str) -> Iterator[MaskedPiece]:
    """Finds whole `import` and `export` statements, including blank lines within their brackets."""
    heads = [match.start() for match in HEAD.finditer(text)]
    layout, strings = Layout(text), StringEnds(text)
    position = 0
    for start, following in pairwise([*heads, len(text)]):
        if start >= position:
            position = statement_end(text, start, following, strings) or layout.line_end(start)
            yield MaskedPiece(start, start + len(text[start:position].rstrip()), PieceKind.MARKUP)


def statement_end(text: str, start: int, limit: int, strings: StringEnds) -> int | None:
    """None if brackets are still open where the next statement begins."""
    depth, position = 0, start
    for mark in MARK.finditer(text, start, limit):
        sign = mark.group()
        if mark.start() < position:
            continue
        if sign in STRING_ENDS:
            position = strings.end(mark) or position
        elif sign == "\n":
            if depth <= 0 and not is_unfinished(text, mark.start()):
                return mark.start()
        elif sign[0] != "\\":
            depth += 1 if sign in "({[" else -1
    return limit if depth <= 0 else None


def is_unfinished(text: str, line_end: int) -> bool:
    before = text[max(line_end - 100, 0) : line_end].rpartition("\n")[2]
    return LINE_CONTINUES.search(before) is not None or NEXT_LINE_CONTINUES.match(text, line_end + 1) is not None
