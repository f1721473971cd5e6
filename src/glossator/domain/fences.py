"""Fences texts of readers and pages in a prompt, so that they cannot pass for instructions."""

import secrets
from collections.abc import Iterable
from typing import Final

FENCE: Final = "==="
NOTE_CHARACTERS: Final = 500


def fence_line() -> str:
    """A random line for one prompt, which no quoted text can contain."""
    return f"{FENCE} {secrets.token_hex(6)}"


def fenced(fence: str, name: str, text: str) -> str:
    """Returns an empty text for an empty text."""
    return f"{fence} {name}\n{text}\n{fence} end of {name}\n" if text else ""


def notes(pairs: Iterable[tuple[str, str]]) -> str:
    """One `name: text` line for each pair whose text is not empty, each text truncated."""
    return "\n".join(f"{name}: {text.strip()[:NOTE_CHARACTERS]}" for name, text in pairs if text.strip())
