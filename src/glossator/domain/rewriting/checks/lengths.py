"""Whether a rewritten text is as long as it may be, told by what its letters say: two Chinese ones are a word."""

# ruff: noqa: RUF001 - the full stops of every script are what is looked for

import unicodedata

from glossator.domain.rewriting.languages.scripts import script_of
from glossator.domain.rewriting.masking.layout import BLOCK_START

LONGEST_RATIO, LONGEST_EXTRA = 3, 200
SHORTEST_RATIO = 0.4
SHORT = 25
WHOLE_RATIO, LONG_ENOUGH = 0.68, 40
WEIGHTS = {
    "CJK": 3.0,
    "HIRAGANA": 1.7,
    "KATAKANA": 1.7,
    "HANGUL": 2.2,
    "YI": 2.2,
    "ETHIOPIC": 1.7,
    "HEBREW": 1.35,
    "SYRIAC": 1.3,
    "ARABIC": 1.25,
}
"""Latin letters that say as much as one of these; measured with sentences of technical books and their translations."""
FINAL = frozenset(".?!:;…‥。．｡！？：；؟؛۔।॥՜՞։።፧፨།။᠃᠉‼⁇⁈⁉‽⸮꓿")
UNPUNCTUATED = frozenset(["THAI", "LAO", "KHMER", "MYANMAR", "TIBETAN", "BALINESE", "JAVANESE"])
"""Scripts whose sentences may end with a space alone."""


def longest(source: str) -> int:
    """Characters of a text that may still be its rewriting."""
    return LONGEST_RATIO * len(source) + LONGEST_EXTRA


def too_short(before: str, after: str) -> bool:
    expected, found = weight(before), weight(after)
    return (expected > 0 and found == 0) or (expected >= SHORT and found < expected * SHORTEST_RATIO)


def cut_off(before: str, after: str) -> bool:
    """Clearly shorter, and its last sentence has no end although the source's has one; an item of a list needs none."""
    if not ends_sentence(before) or ends_sentence(after) or last_script(after) in UNPUNCTUATED:
        return False
    if ends_in_item(after) and not ends_in_item(before):
        return False
    expected = weight(before)
    return expected >= LONG_ENOUGH and weight(after) < expected * WHOLE_RATIO


def weight(text: str) -> float:
    """Vowel signs count like the vowels of other scripts."""
    return sum(WEIGHTS.get(script_of(letter), 1.0) for letter in text if is_letter(letter))


def is_letter(character: str) -> bool:
    return character.isalpha() or unicodedata.category(character)[0] == "M"


def ends_sentence(text: str) -> bool:
    """Whatever stands behind the end: quotation marks, brackets, stars, pictures."""
    last = next((character for character in reversed(text) if character in FINAL or character.isalnum()), "")
    return last != "" and last in FINAL


def ends_in_item(text: str) -> bool:
    return BLOCK_START.match(text.strip().rpartition("\n")[2].lstrip()) is not None


def last_script(text: str) -> str:
    return next((script_of(character) for character in reversed(text) if character.isalpha()), "")
