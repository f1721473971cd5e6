"""The words of a text, as the keyword side of the index knows them.

Rules:
- An identifier gives its parts and, joined, itself: `StaticFiles`, `static_files` and `staticfiles` share a word.
- Words are stemmed as English; stop words are left out, so a text may have no word at all.
- Scripts written without spaces give pairs of neighbouring characters.
- The same rules make documents and queries, for every engine; changing one of them calls for a rebuild.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from hashlib import blake2b
from typing import Final

import snowballstemmer

from glossator.domain.book.index import SparseVector

K1: Final = 1.2
B: Final = 0.75
LONGEST_REMEMBERED: Final = 40
AVERAGE_LENGTH: Final = 80
"""Words of a usual passage. A constant, because a measured one would change every stored weight with every page."""

_STOP_WORDS: Final = """
    a about above after again against ain all also am an and any are as at be because been before being below
    between both but by ca can could did do does doing down during each few for from further had has have having he
    her here hers herself him himself his how i if in into is it its itself just let me more most my myself no nor not
    of off on once only or other our ours ourselves out over own please same she should so some such than that the
    their theirs them themselves then there these they this those through to too under until up us very was we were
    what when where which while who whom why will with wo would you your yours yourself yourselves
"""
STOP_WORDS: Final = frozenset(_STOP_WORDS.split())

# Han, kana, hangul, Thai, Lao, Burmese, Khmer: no spaces between words, or inflected beyond an English stemmer.
_UNSPACED: Final = (
    r"\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3005-\u3007\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
    r"\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
)
# Vowel signs and other marks that Python's \w leaves out: without them Hindi falls to pieces.
_MARKS: Final = r"\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u0900-\u0963\u0966-\u0dff\u200c\u200d"
_TOKEN: Final = re.compile(rf"[{_UNSPACED}]+|(?:[^\W{_UNSPACED}]+|[{_MARKS}]+)+")
_PART: Final = re.compile(r"_+|(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z][A-Za-z])")
_CONTRACTION: Final = re.compile(r"(?<=\w)(?:n['\u2019]t|['\u2019](?:s|re|ve|ll|d|m))\b", re.IGNORECASE)
_ARABIC_VOWELS: Final = dict.fromkeys([0x0640, *range(0x064B, 0x0660), 0x0670])


def words_of(text: str) -> list[str]:
    """All words in the order of the text, including repetitions."""
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text).translate(_ARABIC_VOWELS)
    tokens = _TOKEN.findall(_CONTRACTION.sub("", plain))
    return [word for token in tokens for word in _known_words(token)]


def document_words(text: str) -> SparseVector:
    """BM25 term weights (Robertson and Zaragoza 2009) without the IDF, which is the engine's own modifier."""
    words = words_of(text)
    norm = K1 * (1 - B + B * len(words) / AVERAGE_LENGTH)
    counts = Counter(word_index(word) for word in words)
    return _vector({index: count * (K1 + 1) / (count + norm) for index, count in counts.items()})


def query_words(text: str) -> SparseVector:
    """Weight 1 for each different word."""
    return _vector({word_index(word): 1.0 for word in words_of(text)})


@lru_cache(maxsize=65536)
def word_index(word: str) -> int:
    """A word's place in sparse vectors: an unsigned 32-bit number, the same in every process and engine."""
    return int.from_bytes(blake2b(word.encode()).digest()[:4], "big")


def _known_words(token: str) -> tuple[str, ...]:
    """Only words of an ordinary length are remembered: what a stranger sends must not fill the memory."""
    return _short_words(token) if len(token) <= LONGEST_REMEMBERED else tuple(_words_of_token(token))


@lru_cache(maxsize=65536)
def _short_words(token: str) -> tuple[str, ...]:
    return tuple(_words_of_token(token))


def _words_of_token(token: str) -> Iterator[str]:
    if re.match(f"[{_UNSPACED}]", token):
        yield from (token[at : at + 2] for at in range(max(1, len(token) - 1)))
        return
    parts = [part for part in _PART.split(token) if part]
    if len(parts) > 1:
        yield _stem("".join(parts).casefold())
    for part in parts:
        lower = part.casefold()
        if lower not in STOP_WORDS:
            yield _stem(lower)


@lru_cache(maxsize=65536)
def _stem(word: str) -> str:
    # A stemmer keeps its word on itself, so each call has its own: passages are cut and searched in several threads.
    return str(snowballstemmer.stemmer("english").stemWord(word))


def _vector(weights: dict[int, float]) -> SparseVector:
    ordered = sorted(weights.items())
    return SparseVector(tuple(index for index, _ in ordered), tuple(weight for _, weight in ordered))
