"""The anchor a heading gets on the published site.

The rule is github-slugger's, which both GitHub and Docusaurus use: lower case, only letters, marks, digits, `_`, `-`
and spaces kept, each space a `-`, repeats numbered. Docusaurus adds explicit ids (`## Title {#id}`), which take no part
in the numbering.
"""

import re
import unicodedata
from typing import Literal

Generator = Literal["docusaurus", "github"]

EXPLICIT_ID = re.compile(r"\s*(?:\{#(?P<id>[^{}#\s]+)\}|\{/\*\s*#(?P<comment>[^{}#\s*]+)\s*\*/\})\s*$")
KEPT = frozenset({"Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "Pc"})
CIRCLED_LETTERS = range(0x24B6, 0x24EA)
"""Symbols that Unicode counts as alphabetic."""


def slug(text: str) -> str:
    return "".join("-" if char == " " else char for char in text.lower() if keeps(char))


def keeps(char: str) -> bool:
    return char in " -" or unicodedata.category(char) in KEPT or ord(char) in CIRCLED_LETTERS


class Slugger:
    """Anchors of one page, to be asked once for every heading in the order of the page."""

    def __init__(self) -> None:
        self.taken: dict[str, int] = {}

    def anchor(self, text: str) -> str:
        plain = unique = slug(text)
        while unique in self.taken:
            self.taken[plain] += 1
            unique = f"{plain}-{self.taken[plain]}"
        self.taken[unique] = 0
        return unique


def explicit_id(text: str) -> tuple[str, str | None]:
    """The heading's text without its id, and the id."""
    # The pattern may begin with any amount of white space: it is only tried where it can end.
    found = EXPLICIT_ID.search(text, max(0, len(text) - 200)) if text.rstrip().endswith("}") else None
    if found is None:
        return text, None
    return text[: found.start()], found["id"] or found["comment"]
