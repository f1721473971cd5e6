"""Removes invalid citations, and links and images to other hosts, from a streamed answer.

The scanner reads each character once and holds back text that may still become a link. It does not change code (fences
and inline spans), since `list[0]` is not a citation.
"""

import re
from collections.abc import Set
from typing import Final

_NUMBERS: Final = re.compile(r"\s*\d{1,3}(?:\s*[,;]\s*\d{1,3})*\s*")
# A longer label or address is treated as plain text.
_MAX_LENGTH: Final = 1000


class LinkFilter:
    """`feed` returns the text that is already safe, `flush` the rest; `cited` collects the valid numbers."""

    def __init__(self, numbers: Set[int], allowed_prefix: str) -> None:
        """Links are kept if their address starts with `allowed_prefix`."""
        self._numbers = numbers
        self._prefix = allowed_prefix
        self._held = ""
        self._ticks = 0
        self._run = 0
        self.cited: set[int] = set()

    def feed(self, text: str) -> str:
        self._held += text
        return self._scan(final=False)

    def flush(self) -> str:
        return self._scan(final=True)

    def _scan(self, *, final: bool) -> str:
        safe: list[str] = []
        at = 0
        while at < len(self._held):
            step = self._step(at, final=final)
            if step is None:
                break
            piece, at = step
            safe.append(piece)
        self._held = self._held[at:]
        return "".join(safe)

    def _step(self, at: int, *, final: bool) -> tuple[str, int] | None:
        """The next piece and the position after it; None if more text is needed."""
        character = self._held[at]
        if character == "`":
            self._run += 1
            return character, at + 1
        if self._run:
            self._end_backtick_run()
        if self._ticks or character not in "[!<":
            end = _next_mark(self._held, at + 1)
            return self._held[at:end], end
        if character == "<":
            return self._angle(at, final=final)
        return self._bracket(at, final=final)

    def _end_backtick_run(self) -> None:
        """A run of backticks opens code, or closes code that a run of the same length opened."""
        if not self._ticks:
            self._ticks = self._run
        elif self._ticks == self._run:
            self._ticks = 0
        self._run = 0

    def _angle(self, at: int, *, final: bool) -> tuple[str, int] | None:
        """Replaces `<https://...>` by its address; the page shows tags as text."""
        head = self._held[at : at + 9].lower()
        if not final and len(head) < 9 and ("<https://".startswith(head) or "<http://".startswith(head)):
            return None
        if not head.startswith(("<https://", "<http://")):
            return "<", at + 1
        end = self._held.find(">", at, at + _MAX_LENGTH)
        if end < 0:
            return None if not final and len(self._held) - at < _MAX_LENGTH else ("", at + 1)
        return self._held[at + 1 : end], end + 1

    def _bracket(self, at: int, *, final: bool) -> tuple[str, int] | None:
        """`[1]`, `[1, 2]`, `[label](address)`, `![alt](address)`."""
        opening = at + 1 if self._held[at] == "!" else at
        if opening == len(self._held):
            return ("!", opening) if final else None
        if self._held[opening] != "[":
            return "!", opening
        close = self._held.find("]", opening, opening + _MAX_LENGTH)
        if not final and len(self._held) - opening < _MAX_LENGTH and close in (-1, len(self._held) - 1):
            return None
        if close < 0:
            return self._held[at : opening + 1], opening + 1
        return self._closed(self._held[opening + 1 : close], at, close, final=final)

    def _closed(self, label: str, at: int, close: int, *, final: bool) -> tuple[str, int] | None:
        follower = self._held[close + 1 : close + 2]
        if follower == "(":
            return self._link(label, close, image=self._held[at] == "!", final=final)
        if _NUMBERS.fullmatch(label):
            return self._citation(label), close + 1
        return (label if follower == ":" else f"[{label}]"), close + 1

    def _link(self, label: str, close: int, *, image: bool, final: bool) -> tuple[str, int] | None:
        end = self._held.find(")", close, close + _MAX_LENGTH)
        if end < 0:
            return None if not final and len(self._held) - close < _MAX_LENGTH else (label, close + 1)
        address = self._held[close + 2 : end].strip()
        if address.startswith(self._prefix) and not image:
            return f"[{label}]({address})", end + 1
        return label, end + 1

    def _citation(self, label: str) -> str:
        numbers = [int(digits) for digits in re.findall(r"\d+", label)]
        valid = [number for number in numbers if number in self._numbers]
        self.cited.update(valid)
        return "".join(f"[{number}]" for number in valid)


def _next_mark(text: str, start: int) -> int:
    """The position of the next character that may begin a link, an image, a citation or code."""
    for at in range(start, len(text)):
        if text[at] in "`[!<":
            return at
    return len(text)
