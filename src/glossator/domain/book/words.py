"""The words of a text, as the keyword side of the index knows them.

Rules:
- An identifier gives its parts and, joined, itself: `StaticFiles`, `static_files` and `staticfiles` share a word.
- Words are stemmed as English; stop words are left out, so a text may have no word at all.
- Scripts written without spaces give pairs of neighbouring characters.
- Documents and queries follow the same rules, in every engine. A build keeps the version of the rules it was made with;
  a version that this code does not know (of a later release) is searched by the current rules.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from hashlib import blake2b
from typing import Final

import snowballstemmer

from glossator.domain.book.index import SparseVector

K1: Final = 1.2
B: Final = 0.75
MAX_CACHED_WORD: Final = 40
AVERAGE_LENGTH: Final = 80
"""Words of an average passage. A constant: a measured one would change every stored weight with every page."""

LONG_STOP_LIST: Final = "1"
WORD_RULES: Final = "2"
"""The version of these rules. A build is searched by the rules that it was made with."""

_SHORT_LIST: Final = """
    a an and are as at be but by do does for from had has have how i if in into is it its of on or s such t that the
    their then there these they this to was were what when where which who why will with you your me my
"""
_LONG_LIST: Final = """
    a about above after again against ain all also am an and any are as at be because been before being below
    between both but by ca can could did do does doing down during each few for from further had has have having he
    her here hers herself him himself his how i if in into is it its itself just let me more most my myself no nor not
    of off on once only or other our ours ourselves out over own please same she should so some such than that the
    their theirs them themselves then there these they this those through to too under until up us very was we were
    what when where which while who whom why will with wo would you your yours yourself yourselves
"""
_STOP_WORDS: Final = {LONG_STOP_LIST: frozenset(_LONG_LIST.split()), WORD_RULES: frozenset(_SHORT_LIST.split())}
STOP_WORDS: Final = _STOP_WORDS[WORD_RULES]

# Han, kana, hangul, Thai, Lao, Burmese, Khmer: no spaces between words, or inflected beyond an English stemmer.
_UNSPACED: Final = (
    r"\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3005-\u3007\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
    r"\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
)
# Vowel signs and other marks that Python's \w leaves out: without them Hindi falls to pieces.
_MARKS: Final = r"\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u0900-\u0963\u0966-\u0dff\u200c\u200d"
_TOKEN: Final = re.compile(rf"[{_UNSPACED}]+|(?:[^\W{_UNSPACED}]+|[{_MARKS}]+)+")
_ASCII_TOKEN: Final = re.compile(r"\w+", re.ASCII)
"""What `_TOKEN` finds in ASCII, faster."""
_PART: Final = re.compile(r"_+|(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z][A-Za-z])")
_APOSTROPHES: Final = ("'", "\u2019")
_CONTRACTION: Final = re.compile(r"(?<=\w)(?:n['\u2019]t|['\u2019](?:s|re|ve|ll|d|m))\b", re.IGNORECASE)
_ENDINGS: Final = ("ing", "ation", "ion", "ed", "es", "ies", "ment", "ness", "able", "ence", "ency", "ity")
_ARABIC_VOWELS: Final = dict.fromkeys([0x0640, *range(0x064B, 0x0660), 0x0670])


def words_of(text: str, rules: str = WORD_RULES) -> list[str]:
    """All words in the order of the text, including repetitions."""
    return [word for token in _tokens(text) for word in _words_of(token, rules)]


def different_words(text: str, rules: str = WORD_RULES) -> frozenset[str]:
    return frozenset([word for token in set(_tokens(text)) for word in _words_of(token, rules)])


def document_words(text: str) -> SparseVector:
    """BM25 term weights (Robertson and Zaragoza 2009) without the IDF, which is the engine's own modifier."""
    counts = Counter([word_index(word) for word in words_of(text)])
    norm = K1 * (1 - B + B * counts.total() / AVERAGE_LENGTH)
    weights = {count: count * (K1 + 1) / (count + norm) for count in set(counts.values())}
    indices = sorted(counts)
    return SparseVector(tuple(indices), tuple([weights[counts[index]] for index in indices]))


def query_words(text: str, rules: str = WORD_RULES, also: Iterable[str] = ()) -> SparseVector:
    """Weight 1 for each different word of the text, and for those that are searched `also`."""
    return _vector({word_index(word): 1.0 for word in (*words_of(text, rules), *also)})


def weighted_words(weights: Mapping[str, float]) -> SparseVector:
    return _vector({word_index(word): weight for word, weight in weights.items()})


def split_unfinished(text: str) -> tuple[str, tuple[str, ...]]:
    """The text before its last word, and that word without a stem: the whole of an identifier, then its last part.

    There is none when the text does not end in a word, or ends in a single letter.
    """
    token = next(reversed(_TOKEN.findall(text)), "")
    if not token or not text.endswith(token):
        return text, ()
    if re.match(f"[{_UNSPACED}]", token):
        return text.removesuffix(token), (token[-2:],)
    plain = unicodedata.normalize("NFKC", token).translate(_ARABIC_VOWELS)
    parts = [part.casefold() for part in _PART.split(plain) if part]
    unfinished = tuple(word for word in dict.fromkeys(("".join(parts), *parts[-1:])) if len(word) > 1)
    return (text.removesuffix(token), unfinished) if unfinished else (text, ())


def stems_of_unfinished(typed: str) -> list[str]:
    """The stems of the words that it becomes with a usual ending: `configur` of `configurati`, `run` of `runnin`."""
    if not typed.isascii() or len(typed) > MAX_CACHED_WORD:
        return []
    rests = (ending[at:] for ending in _ENDINGS for at in range(len(ending)) if typed.endswith(ending[:at]))
    return list(dict.fromkeys(_stem(typed + rest) for rest in rests))


@lru_cache(maxsize=65536)
def word_index(word: str) -> int:
    """The index of a word in sparse vectors: an unsigned 32-bit number, the same in every process and engine."""
    return int.from_bytes(blake2b(word.encode()).digest()[:4], "big")


def uses_latin_script(text: str) -> bool:
    """Whether most letters are Latin; true without letters."""
    if text.isascii():
        return True
    letters = [character for character in text if character.isalpha()]
    latin = sum(character.isascii() or "LATIN" in unicodedata.name(character, "") for character in letters)
    return 2 * latin >= len(letters)


def script_name(text: str) -> str:
    """The script of the first letter that is not Latin, such as "Arabic"; empty without one."""
    names = (unicodedata.name(character, "").split(" ")[0] for character in text if character.isalpha())
    return next((name.capitalize() for name in names if name and name != "LATIN"), "")


def _tokens(text: str) -> list[str]:
    is_ascii = text.isascii()
    plain = text if is_ascii else unicodedata.normalize("NFKC", text).translate(_ARABIC_VOWELS)
    if any(mark in plain for mark in _APOSTROPHES):
        plain = _CONTRACTION.sub("", plain)
    return (_ASCII_TOKEN if is_ascii else _TOKEN).findall(plain)


def _words_of(token: str, rules: str) -> tuple[str, ...]:
    """Only words of an ordinary length are cached, so that a request cannot fill the memory."""
    if rules == WORD_RULES and len(token) <= MAX_CACHED_WORD:
        return _cached_words(token)
    return tuple(_split(token, rules))


@lru_cache(maxsize=65536)
def _cached_words(token: str) -> tuple[str, ...]:
    return tuple(_split(token, WORD_RULES))


def _split(token: str, rules: str) -> Iterator[str]:
    if re.match(f"[{_UNSPACED}]", token):
        yield from (token[at : at + 2] for at in range(max(1, len(token) - 1)))
        return
    parts = [part for part in _PART.split(token) if part]
    if len(parts) > 1:
        yield _stem("".join(parts).casefold())
    for part in parts:
        lower = part.casefold()
        if lower not in _STOP_WORDS.get(rules, STOP_WORDS):
            yield _stem(lower)


@lru_cache(maxsize=65536)
def _stem(word: str) -> str:
    # A stemmer keeps state, and several threads call this. With PyStemmer, this library is a wrapper of C.
    return str(snowballstemmer.stemmer("english").stemWord(word))


def _vector(weights: dict[int, float]) -> SparseVector:
    indices = sorted(weights)
    return SparseVector(tuple(indices), tuple([weights[index] for index in indices]))
