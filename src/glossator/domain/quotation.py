"""What readers and pages wrote enters a prompt only as fenced quotation."""

import secrets
from collections.abc import Iterable
from typing import Final

FENCE: Final = "==="
NOTE_CHARACTERS: Final = 500


def fence_line() -> str:
    """A line that no quoted text can contain, since it is made anew for each prompt."""
    return f"{FENCE} {secrets.token_hex(6)}"


def fenced(fence: str, name: str, text: str) -> str:
    """Empty for an empty text."""
    return f"{fence} {name}\n{text}\n{fence} end of {name}\n" if text else ""


def notes(told: Iterable[tuple[str, str]]) -> str:
    """Names and what a reader says of himself under them, one a line, each cut; empty when he says nothing."""
    return "\n".join(f"{name}: {text.strip()[:NOTE_CHARACTERS]}" for name, text in told if text.strip())
