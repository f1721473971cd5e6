"""What readers and pages wrote enters a prompt only as fenced quotation."""

import secrets
from typing import Final

FENCE: Final = "==="


def fence_line() -> str:
    """A line that no quoted text can contain, since it is made anew for each prompt."""
    return f"{FENCE} {secrets.token_hex(6)}"


def fenced(fence: str, name: str, text: str) -> str:
    """Empty for an empty text."""
    return f"{fence} {name}\n{text}\n{fence} end of {name}\n" if text else ""
