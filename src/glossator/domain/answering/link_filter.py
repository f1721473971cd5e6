"""Drops from a streamed answer what does not hold: numbers of no passage, links and images to other hosts.

A linear scanner: each character is looked at once, and what may still become a link waits until it is decided.
Code (fences and inline spans) passes untouched, since `list[0]` is no citation.
"""

import re
from collections.abc import Set
from typing import Final

_NUMBERS: Final = re.compile(r"\s*\d{1,3}(?:\s*[,;]\s*\d{1,3})*\s*")
# A label or address longer than this is no link: it is let go as plain text.
_LONGEST: Final = 1000


class LinkFilter:
    """`feed` gives what may be shown so far, `flush` the rest; `cited` collects the numbers that were let through."""

    def __init__(self, numbers: Set[int], allowed_prefix: str) -> None:
        """Links stay when their address starts with `allowed_prefix`."""
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
        shown: list[str] = []
        at = 0
        while at < len(self._held):
            step = self._step(at, final=final)
            if step is None:
                break
            piece, at = step
            shown.append(piece)
        self._held = self._held[at:]
        return "".join(shown)

    def _step(self, at: int, *, final: bool) -> tuple[str, int] | None:
        """The next piece to show and where to go on; None when more text must come first."""
        character = self._held[at]
        if character == "`":
            self._run += 1
            return character, at + 1
        if self._run:
            self._end_of_ticks()
        if self._ticks or character not in "[!<":
            end = _next_mark(self._held, at + 1)
            return self._held[at:end], end
        if character == "<":
            return self._angle(at, final=final)
        return self._bracket(at, final=final)

    def _end_of_ticks(self) -> None:
        """A run of backticks is over: it opens code, or closes what a run of the same length opened."""
        if not self._ticks:
            self._ticks = self._run
        elif self._ticks == self._run:
            self._ticks = 0
        self._run = 0

    def _angle(self, at: int, *, final: bool) -> tuple[str, int] | None:
        """`<https://...>` keeps its address as text; tags are left for the page to show as text."""
        head = self._held[at : at + 9].lower()
        if not final and len(head) < 9 and ("<https://".startswith(head) or "<http://".startswith(head)):
            return None
        if not head.startswith(("<https://", "<http://")):
            return "<", at + 1
        end = self._held.find(">", at, at + _LONGEST)
        if end < 0:
            return None if not final and len(self._held) - at < _LONGEST else ("", at + 1)
        return self._held[at + 1 : end], end + 1

    def _bracket(self, at: int, *, final: bool) -> tuple[str, int] | None:
        """`[1]`, `[1, 2]`, `[label](address)`, `![alt](address)`."""
        opening = at + 1 if self._held[at] == "!" else at
        if opening == len(self._held):
            return ("!", opening) if final else None
        if self._held[opening] != "[":
            return "!", opening
        close = self._held.find("]", opening, opening + _LONGEST)
        if not final and len(self._held) - opening < _LONGEST and close in (-1, len(self._held) - 1):
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
        end = self._held.find(")", close, close + _LONGEST)
        if end < 0:
            return None if not final and len(self._held) - close < _LONGEST else (label, close + 1)
        address = self._held[close + 2 : end].strip()
        if address.startswith(self._prefix) and not image:
            return f"[{label}]({address})", end + 1
        return label, end + 1

    def _citation(self, label: str) -> str:
        numbers = [int(digits) for digits in re.findall(r"\d+", label)]
        kept = [number for number in numbers if number in self._numbers]
        self.cited.update(kept)
        return "".join(f"[{number}]" for number in kept)


def _next_mark(text: str, start: int) -> int:
    """Where the next character stands that may begin something."""
    for at in range(start, len(text)):
        if text[at] in "`[!<":
            return at
    return len(text)
