"""Checks a rewritten text before it is shown: its length, its script, and that every protected piece is unchanged.

Protected pieces are compared exactly and otherwise ignored: a sentence full of code is measured by its words.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from glossator.domain.rewriting.checks.lengths import is_cut_off, is_too_short, max_length
from glossator.domain.rewriting.languages.scripts import MIXED_SCRIPTS, script_of, scripts
from glossator.domain.rewriting.masking.mask import find_pieces
from glossator.domain.rewriting.masking.pieces import MaskedPiece, PieceKind, cover

EXACT_KINDS = frozenset({PieceKind.CODE, PieceKind.FORMULA, PieceKind.MARKUP, PieceKind.LINK, PieceKind.ADDRESS})
JAPANESE = MIXED_SCRIPTS["Jpan"]
WORD = re.compile(r"\w+")
DIGITS = re.compile(r"\d+")
MAX_NAME_WORDS = 6
COMPOUND = re.compile(r"-[^\W\d_]+")
TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
TEENS = ["ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
NUMBER_WORDS = {word: str(10 + index) for index, word in enumerate(TEENS)} | {
    word: str(20 + 10 * index) for index, word in enumerate(TENS)
}
"""Words that may become a number of two digits."""
ASCII_START = re.compile(r"[\x20-\x7e]*")
JSON_LIST_START, JSON_LIST_END = re.compile(r"\[\s*[\"']"), re.compile(r"[\"']\s*(?:,\s*)?\]")
QUOTE_IN_BRACKETS = re.compile(r"\[\s*[\"'“”„«‘「]")  # noqa: RUF001 - quotation marks of several languages


def rejection_code(source: str, result: str, *, language: str | None, terms: Sequence[str] = ()) -> str | None:
    """Why `result` cannot be shown, as a stable code; None if it can.

    `language` is the language that `result` must be written in; None means the language of `source`. Both texts are
    complete, or both still contain their placeholders. `terms` may stay in their script.
    """
    if len(result) > max_length(source):
        return "too_long"
    source_pieces, result_pieces = find_pieces(source, terms), find_pieces(result, terms)
    if has_changed_piece(source, source_pieces, result, result_pieces):
        return "changed_piece"
    if has_changed_number(source, result):
        return "changed_number"
    return prose_rejection_code(cover(source, source_pieces), cover(result, result_pieces), language)


def prose_rejection_code(source: str, result: str, language: str | None) -> str | None:
    """The same for texts whose pieces are covered."""
    if is_json_list(source, result):
        return "not_a_rewriting"
    if is_too_short(source, result):
        return "too_short"
    if is_wrong_script(source, result, scripts(language) if language else main_scripts(source)):
        return "wrong_script"
    return "truncated" if is_cut_off(source, result) else None


def is_json_list(source: str, result: str) -> bool:
    is_list = JSON_LIST_START.search(result) is not None and JSON_LIST_END.search(result) is not None
    return is_list and not QUOTE_IN_BRACKETS.search(source)


def has_changed_piece(
    source: str, source_pieces: list[MaskedPiece], result: str, result_pieces: list[MaskedPiece]
) -> bool:
    """Whether the result lost a piece or contains one that the source does not have."""
    expected, found = exact_pieces(source, source_pieces), exact_pieces(result, result_pieces)
    if any(result.count(piece) < source.count(piece) for piece in expected - found):
        return True
    if block_pieces(source, source_pieces) - block_pieces(result, result_pieces):
        return True
    return any(not comes_from_source(piece, source, expected) for piece in found - expected)


def has_changed_number(source: str, result: str) -> bool:
    """A single digit may become a word and a word a digit, but no digit another digit; longer numbers must stay."""
    expected, found = numbers(source), numbers(result)
    spelled = {NUMBER_WORDS[word] for word in WORD.findall(source.lower()) if word in NUMBER_WORDS}
    new, lost = set(found - expected) - spelled, expected - found
    return bool(new) and (bool(lost) or any(len(number) > 1 for number in new))


def numbers(text: str) -> Counter[str]:
    """Every run of digits, of any script, in ASCII digits."""
    return Counter("".join(str(unicodedata.digit(digit)) for digit in run) for run in DIGITS.findall(text))


def exact_pieces(text: str, pieces: list[MaskedPiece]) -> Counter[str]:
    return Counter(text[piece.start : piece.end] for piece in pieces if piece.kind in EXACT_KINDS)


def block_pieces(text: str, pieces: list[MaskedPiece]) -> Counter[str]:
    """Code fences and other pieces of several lines, which keep their meaning only at the start of a line."""
    multiline = (piece for piece in pieces if piece.kind in EXACT_KINDS and "\n" in text[piece.start : piece.end])
    return Counter(
        text[piece.start : piece.end]
        for piece in multiline
        if text[max(piece.start - 1, 0) : piece.start] in ("", "\n")
    )


def comes_from_source(piece: str, source: str, pieces: Iterable[str]) -> bool:
    """A word may follow an address without a space: a word of another script, or the second part of a compound."""
    if piece in source or any(piece.startswith(own) and COMPOUND.fullmatch(piece, len(own)) for own in pieces):
        return True
    start = ASCII_START.match(piece)
    return start is not None and "://" in start.group() and start.group() in source


def is_wrong_script(source: str, result: str, expected: tuple[str, ...]) -> bool:
    """Capitalized words of the source may stay as they are within a sentence. A text that consists of names may stay
    whole only if each word is clearly a name, because headings are capitalized too."""
    source_words, words = words_of(source), words_of(result)
    if all(word in source_words and is_name(word) for word in words):
        return False
    names = {word for word in source_words if word != word.lower()}
    own = sum(script in expected for word in words for script in letter_scripts(word))
    foreign = sum(script not in expected for word in words if word not in names for script in letter_scripts(word))
    return own == 0 or foreign > own


def words_of(text: str) -> list[str]:
    return [word for word in WORD.findall(text) if any(map(str.isalpha, word))]


def is_name(word: str) -> bool:
    """`ROS`, `GPUs`, `x86` or a single letter."""
    if len(word) == 1:
        return word.isascii()
    return word[0].isdigit() or any(letter.isdigit() or letter.isupper() for letter in word[1:])


def may_be_names(text: str) -> bool:
    """A few capitalized words: a heading, or names that a model leaves as they are."""
    words = words_of(text)
    return len(words) <= MAX_NAME_WORDS and all(word[0].isdigit() or word[0].isupper() for word in words)


def letter_scripts(word: str) -> Iterator[str]:
    return (script_of(letter) for letter in word if letter.isalpha())


def main_scripts(text: str) -> tuple[str, ...]:
    """The script of most letters; a text with kana is Japanese and has three scripts."""
    counted = Counter(script_of(letter) for letter in text if letter.isalpha())
    main = counted.most_common(1)[0][0] if counted else "LATIN"
    return JAPANESE if main in JAPANESE and counted["HIRAGANA"] + counted["KATAKANA"] else (main,)
