"""Checks the length of a rewritten text by what its letters say: two Chinese characters are about one word."""

# ruff: noqa: RUF001 - sentence ends of every script

import unicodedata

from glossator.domain.rewriting.languages.scripts import script_of
from glossator.domain.rewriting.masking.layout import BLOCK_START

MAX_RATIO, EXTRA_CHARACTERS = 3, 200
MIN_RATIO, MIN_RATIO_LENGTH = 0.4, 25
"""Texts that expect less than `MIN_RATIO_LENGTH` letters may become shorter than `MIN_RATIO`."""
CUT_OFF_RATIO, CUT_OFF_LENGTH = 0.68, 40
LETTER_WEIGHTS = {
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
"""Latin letters that say as much as one letter; measured with sentences of technical books and their translations."""
SENTENCE_ENDS = frozenset(".?!:;…‥。．｡！？：；؟؛۔।॥՜՞։።፧፨།။᠃᠉‼⁇⁈⁉‽⸮꓿")
UNPUNCTUATED = frozenset(["THAI", "LAO", "KHMER", "MYANMAR", "TIBETAN", "BALINESE", "JAVANESE"])
"""Scripts in which a sentence may end with a space alone."""


def max_length(source: str) -> int:
    """The maximum length of a rewriting, in characters."""
    return MAX_RATIO * len(source) + EXTRA_CHARACTERS


def is_too_short(source: str, result: str) -> bool:
    expected, found = weight(source), weight(result)
    return (expected > 0 and found == 0) or (expected >= MIN_RATIO_LENGTH and found < expected * MIN_RATIO)


def is_cut_off(source: str, result: str) -> bool:
    """Whether the result is clearly shorter and its last sentence does not end, while that of the source does. A list
    item needs no end."""
    if not ends_sentence(source) or ends_sentence(result) or last_script(result) in UNPUNCTUATED:
        return False
    if ends_in_list_item(result) and not ends_in_list_item(source):
        return False
    expected = weight(source)
    return expected >= CUT_OFF_LENGTH and weight(result) < expected * CUT_OFF_RATIO


def weight(text: str) -> float:
    """Vowel signs count like the vowels of other scripts."""
    return sum(LETTER_WEIGHTS.get(script_of(letter), 1.0) for letter in text if is_letter(letter))


def is_letter(character: str) -> bool:
    return character.isalpha() or unicodedata.category(character)[0] == "M"


def ends_sentence(text: str) -> bool:
    """Quotation marks, brackets, stars and pictures after the end do not count."""
    last = next((character for character in reversed(text) if character in SENTENCE_ENDS or character.isalnum()), "")
    return last != "" and last in SENTENCE_ENDS


def ends_in_list_item(text: str) -> bool:
    return BLOCK_START.match(text.strip().rpartition("\n")[2].lstrip()) is not None


def last_script(text: str) -> str:
    return next((script_of(character) for character in reversed(text) if character.isalpha()), "")
