"""Paragraphs whose formulas a page has typeset: `innerText` has them doubled and torn apart, as in "E=mc2E=mc2".

What is left of a formula are short scraps of its letters. They are taken away, no more of them than the formulas of one
paragraph can have left, and the words between them must be that paragraph's.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from glossator.domain.book.words import words_of

FORMULA: Final = re.compile(r"\$\$(?P<block>[^$]+)\$\$|\$(?P<inline>[^$\n]+)\$")
COMMAND: Final = re.compile(r"\\[A-Za-z]+")
BLANK: Final = re.compile(r"\n[ \t]*\n")
GREEK: Final = range(0x370, 0x400)
SCRAP_CHARACTERS: Final = 12
TIMES: Final = 3
"""MathML, its annotation and HTML: as often a page may hold a formula."""


def paragraphs(page: str) -> Iterator[tuple[str, str]]:
    """Those with formulas: the text without them, and the formulas."""
    for paragraph in BLANK.split(page):
        formulas = " ".join(found["block"] or found["inline"] for found in FORMULA.finditer(paragraph))
        if formulas:
            yield FORMULA.sub(" ", paragraph), formulas


def without_scraps(words: Sequence[str], prose: str, formulas: str) -> list[str] | None:
    """The words of a text that formulas did not leave; None when that were more than they can have left."""
    known = set(words_of(prose))
    letters = set(COMMAND.sub(" ", formulas).casefold())
    commands = set(words_of(" ".join(COMMAND.findall(formulas))))
    scraps = [word for word in words if word not in known and (word in commands or is_scrap(word, letters))]
    if sum(map(len, scraps)) > TIMES * len(formulas):
        return None
    left = set(scraps)
    return [word for word in words if word not in left]


def is_scrap(word: str, letters: set[str]) -> bool:
    """Greek letters and the like stand for commands."""
    if len(word) > SCRAP_CHARACTERS:
        return False
    return all(char in letters or char.isdigit() or ord(char) in GREEK for char in word)
