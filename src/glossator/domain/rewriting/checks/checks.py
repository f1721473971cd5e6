"""Whether a rewritten text may be shown: its length, its script, and that what is protected stands in it unchanged.

What a model must not touch counts for nothing but itself: a sentence full of code is measured by its words.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from glossator.domain.rewriting.checks.lengths import cut_off, longest, too_short
from glossator.domain.rewriting.checks.meta_text import has_preface, is_json_list, is_refusal
from glossator.domain.rewriting.languages.scripts import script_of, scripts
from glossator.domain.rewriting.masking.pieces import Kind, Piece, cover
from glossator.domain.rewriting.masking.scanner import find_pieces

EXACT = frozenset({Kind.CODE, Kind.FORMULA, Kind.MARKUP, Kind.LINK, Kind.ADDRESS})
JAPANESE = scripts("ja")
WORD = re.compile(r"\w+")
DIGITS = re.compile(r"\d+")
MOST_WORDS = 6
COMPOUND = re.compile(r"-[^\W\d_]+")
TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
TEENS = ["ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
SPELLED = {word: str(10 + place) for place, word in enumerate(TEENS)} | {
    word: str(20 + 10 * place) for place, word in enumerate(TENS)
}
"""Words that may turn into a number of two digits."""
ASCII_START = re.compile(r"[\x20-\x7e]*")


def fault_of(source: str, result: str, *, language: str | None, terms: Sequence[str] = ()) -> str | None:
    """A stable code, or None. `language` is what `result` must be written in; None: the language of `source`.

    Both texts are complete, or both still hold their placeholders. `terms` may stay in their script.
    """
    if len(result) > longest(source):
        return "too_long"
    given, received = find_pieces(source, terms), find_pieces(result, terms)
    if changed(source, given, result, received):
        return "changed_piece"
    if changed_number(source, result):
        return "changed_number"
    return fault_of_words(cover(source, given), cover(result, received), language)


def fault_of_words(before: str, after: str, language: str | None) -> str | None:
    """Of texts whose pieces are covered."""
    if has_preface(before, after) or is_json_list(before, after) or is_refusal(before, after):
        return "not_a_rewriting"
    if too_short(before, after):
        return "too_short"
    if wrong_script(before, after, scripts(language) if language else scripts_of(before)):
        return "wrong_script"
    return "truncated" if cut_off(before, after) else None


def changed(source: str, given: list[Piece], result: str, received: list[Piece]) -> bool:
    """Whether a piece was lost, or one came in that the source does not have."""
    before, after = exact(source, given), exact(result, received)
    if any(result.count(piece) < source.count(piece) for piece in before - after):
        return True
    if blocks(source, given) - blocks(result, received):
        return True
    return any(not known(piece, source, before) for piece in after - before)


def changed_number(source: str, result: str) -> bool:
    """A single digit may turn into a word, or a word into one, but none into another; longer numbers stay."""
    given, received = digits(source), digits(result)
    spelled = {SPELLED[word] for word in WORD.findall(source.lower()) if word in SPELLED}
    new, lost = set(received - given) - spelled, given - received
    return bool(new) and (bool(lost) or any(len(number) > 1 for number in new))


def digits(text: str) -> Counter[str]:
    """Every run of digits, of whatever script, in our own."""
    return Counter("".join(str(unicodedata.digit(digit)) for digit in run) for run in DIGITS.findall(text))


def exact(text: str, pieces: list[Piece]) -> Counter[str]:
    return Counter(text[piece.start : piece.end] for piece in pieces if piece.kind in EXACT)


def blocks(text: str, pieces: list[Piece]) -> Counter[str]:
    """Fences and the like, which mean what they mean only at the start of a line."""
    exact_ones = (piece for piece in pieces if piece.kind in EXACT and "\n" in text[piece.start : piece.end])
    return Counter(
        text[piece.start : piece.end]
        for piece in exact_ones
        if text[max(piece.start - 1, 0) : piece.start] in ("", "\n")
    )


def known(piece: str, source: str, pieces: Iterable[str]) -> bool:
    """A word may follow an address without a space: of another script, or after the hyphen of a compound."""
    if piece in source or any(piece.startswith(own) and COMPOUND.fullmatch(piece, len(own)) for own in pieces):
        return True
    start = ASCII_START.match(piece)
    return start is not None and "://" in start.group() and start.group() in source


def wrong_script(before: str, after: str, expected: tuple[str, ...]) -> bool:
    """Within a sentence, names that stand in the source with a capital letter may stay as they are; a text of nothing
    but names may where each shows that it is one, since a heading has capital letters too."""
    given, words = words_of(before), words_of(after)
    if all(word in given and is_name(word) for word in words):
        return False
    kept = {word for word in given if word != word.lower()}
    own = sum(script in expected for word in words for script in letter_scripts(word))
    foreign = sum(script not in expected for word in words if word not in kept for script in letter_scripts(word))
    return own == 0 or foreign > own


def words_of(text: str) -> list[str]:
    return [word for word in WORD.findall(text) if any(map(str.isalpha, word))]


def is_name(word: str) -> bool:
    """`ROS`, `GPUs`, `x86` or a single letter."""
    if len(word) == 1:
        return word.isascii()
    return word[0].isdigit() or any(letter.isdigit() or letter.isupper() for letter in word[1:])


def may_be_names(text: str) -> bool:
    """A few words with capital letters: a heading, or names that a model rightly leaves."""
    words = words_of(text)
    return len(words) <= MOST_WORDS and all(word[0].isdigit() or word[0].isupper() for word in words)


def letter_scripts(word: str) -> Iterator[str]:
    return (script_of(letter) for letter in word if letter.isalpha())


def scripts_of(text: str) -> tuple[str, ...]:
    """The one that most of its letters are of; Japanese, told by its kana, has three."""
    counted = Counter(script_of(letter) for letter in text if letter.isalpha())
    main = counted.most_common(1)[0][0] if counted else "LATIN"
    return JAPANESE if main in JAPANESE and counted["HIRAGANA"] + counted["KATAKANA"] else (main,)
