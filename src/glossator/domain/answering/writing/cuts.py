"""Finds how much of an unfinished paragraph can be written already.

Only the place of the cut is decided here: each piece is parsed by itself and escaped, so a bad cut can turn a link or
an emphasis into text, but never text into a link.
"""

import re
from typing import Final

# A forced cut releases at least this many characters, so the work per character stays bounded.
MIN_FORCED: Final = 100
_MARK: Final = re.compile(r"[\\`<\[*_~]")
_SPACE: Final = re.compile(r"(?<=\S)\s")
# What is never written in two pieces: a citation, "www." and an escape. The reader's page would join them.
_WHOLE: Final = (re.compile(r"\[[\[\]\d\s,;\u2013*_`~\\-]{0,120}\Z"), re.compile(r"[wW]{1,3}\Z"), re.compile(r"\\+\Z"))
_BRACKETS: Final = {"[": re.compile(r"\\.|`+|[\[\]]", re.DOTALL), "(": re.compile(r"\\.|[()]", re.DOTALL)}
_ANGLE: Final = re.compile(r"<[A-Za-z][^\s<>]*(>?)")
_CLOSERS: Final = {"[": "]", "(": ")"}


def decided_end(text: str) -> tuple[int, int]:
    """The last white space before the first open mark, and the position of that mark (or the end of the text)."""
    cut = at = 0
    while True:
        mark = _MARK.search(text, at)
        until = mark.start() if mark else len(text)
        cut = max([cut, *(space.start() for space in _SPACE.finditer(text, at, until))])
        if mark is None:
            return cut, len(text)
        end = _construct_end(text, until)
        if end is None:
            return cut, until
        at = end


def forced_end(text: str) -> int:
    """A cut that takes the first open mark as text; in the middle of a word only if there is no other place."""
    _, mark = decided_end(text)
    rest, _ = decided_end(text[mark + 1 :])
    if rest and mark + 1 + rest >= MIN_FORCED:
        return mark + 1 + rest
    spaces = [space.start() for space in _SPACE.finditer(text)]
    end = spaces[-1] if spaces and spaces[-1] >= MIN_FORCED else len(text)
    for whole in _WHOLE:
        begun = whole.search(text, 0, end)
        if begun and begun.start() >= MIN_FORCED:
            end = begun.start()
    return end


def _construct_end(text: str, at: int) -> int | None:
    """The position after the construct that begins at `at`; None if more text can still change it."""
    match text[at]:
        case "\\":
            return at + 2 if at + 1 < len(text) else None
        case "`":
            return _code_end(text, at)
        case "<":
            return _angle_end(text, at)
        case "[":
            return _link_end(text, at)
        case _:
            return _emphasis_end(text, at)


def _run(text: str, at: int) -> int:
    """The position after the run of equal characters."""
    return len(text) - len(text[at:].lstrip(text[at]))


def _code_end(text: str, at: int) -> int | None:
    run = _run(text, at)
    closer = re.compile(rf"(?<!`)`{{{run - at}}}(?!`)").search(text, run)
    return closer.end() if closer and closer.end() < len(text) else None


def _angle_end(text: str, at: int) -> int | None:
    if at + 1 == len(text):
        return None
    angle = _ANGLE.match(text, at)
    if angle is None:
        return at + 1
    if angle[1]:
        return angle.end()
    return None if angle.end() == len(text) else at + 1


def _link_end(text: str, at: int) -> int | None:
    close = _bracket_end(text, at)
    if close is None or close == len(text):
        return None
    return _bracket_end(text, close) if text[close] == "(" else close


def _bracket_end(text: str, at: int) -> int | None:
    depth = 0
    opener = text[at]
    code = 0
    for found in _BRACKETS[opener].finditer(text, at):
        if found.start() < code:
            continue
        if found[0][0] == "`":
            code = _code_end(text, found.start()) or 0
        elif found[0] in (opener, _CLOSERS[opener]):
            depth += 1 if found[0] == opener else -1
        if not depth:
            return found.end()
    return None


def _emphasis_end(text: str, at: int) -> int | None:
    mark, run = re.escape(text[at]), _run(text, at)
    if run == len(text):
        return None
    before = text[at - 1] if at else " "
    if text[run].isspace() or (text[at] == "_" and before.isalnum()) or (text[at] == "~" and run - at == 1):
        return run
    length = min(run - at, 3)
    longer = rf"|{mark}{{3}}" if length < 3 else ""
    closer = re.compile(rf"(?<![\s\\{mark}])(?:{mark}{{{length}}}{longer})(?!{mark})").search(text, run)
    return closer.end() if closer and closer.end() < len(text) else None
