"""BERT's uncased WordPiece tokenizer (Devlin et al. 2019; the rules of google-research/bert `tokenization.py`).

Rules:
- Control characters are dropped, CJK ideographs stand alone, case and accents are removed, punctuation is split off.
- A word is the longest pieces of the vocabulary from left to right; it is [UNK] when none fits or it is too long.
- `[CLS]` and its like in a text are ordinary characters: a text cannot bring in special pieces.
"""

import string
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Final

LONGEST_WORD: Final = 100
CACHED_WORDS: Final = 65536
_CONTROL: Final = ("Cc", "Cf", "Co", "Cs")
_IDEOGRAPHS: Final = (
    range(0x4E00, 0xA000), range(0x3400, 0x4DC0), range(0x20000, 0x2A6E0), range(0x2A700, 0x2B740),
    range(0x2B740, 0x2B820), range(0x2B820, 0x2CEB0), range(0xF900, 0xFB00), range(0x2F800, 0x2FA20),
)  # fmt: skip


class WordPiece:
    """Gives the pieces of a text by their line numbers in the vocabulary. Safe to use from several threads."""

    def __init__(self, vocabulary: Sequence[str]) -> None:
        self._ids = {piece: number for number, piece in enumerate(vocabulary)}
        self._longest = max(map(len, vocabulary))
        self._unknown = self._ids["[UNK]"]
        self.start = self._ids["[CLS]"]
        self.end = self._ids["[SEP]"]
        self._cleaning = _Cleaning()
        self._splitting = _Splitting()
        self._pieces_of_word = lru_cache(maxsize=CACHED_WORDS)(self._find_pieces)

    @classmethod
    def load(cls, path: Path) -> "WordPiece":
        return cls(path.read_text(encoding="utf-8").rstrip("\n").split("\n"))

    def words(self, text: str) -> list[str]:
        clean = text.translate(self._cleaning).lower()
        return unicodedata.normalize("NFD", clean).translate(self._splitting).split()

    def pieces(self, text: str) -> list[int]:
        """Without the special pieces `start` and `end`."""
        return list(chain.from_iterable(map(self._pieces_of_word, self.words(text))))

    def _find_pieces(self, word: str) -> tuple[int, ...]:
        if len(word) > LONGEST_WORD:
            return (self._unknown,)
        found: list[int] = []
        at = 0
        while at < len(word):
            prefix = "##" if at else ""
            ends = range(min(len(word), at + self._longest), at, -1)
            end = next((end for end in ends if prefix + word[at:end] in self._ids), None)
            if end is None:
                return (self._unknown,)
            found.append(self._ids[prefix + word[at:end]])
            at = end
        return tuple(found)


class _Cleaning(dict[int, str | None]):
    """Fills itself, for `str.translate`, with what becomes of a character before case and accents are removed."""

    def __missing__(self, code: int) -> str | None:
        self[code] = became = self._clean(chr(code))
        return became

    @staticmethod
    def _clean(char: str) -> str | None:
        if char in "\t\n\r":
            return " "
        if char == "\ufffd" or unicodedata.category(char) in _CONTROL:
            return None
        if any(ord(char) in block for block in _IDEOGRAPHS):
            return f" {char} "
        return char


class _Splitting(dict[int, str | None]):
    """Fills itself, for `str.translate`, with what becomes of a character of decomposed text."""

    def __missing__(self, code: int) -> str | None:
        self[code] = became = self._split(chr(code))
        return became

    @staticmethod
    def _split(char: str) -> str | None:
        category = unicodedata.category(char)
        if category == "Mn":
            return None
        if category.startswith("P") or char in string.punctuation:
            return f" {char} "
        return char
