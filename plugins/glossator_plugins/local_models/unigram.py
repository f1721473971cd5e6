"""The tokenizer of XLM-R: a unigram model (Kudo 2018) over the pieces and scores of the model's file.

Rules:
- Characters are normalised by the file's own table (NFKC-like); a space becomes "\u2581" in front of its word.
- A word is the sequence of pieces with the highest sum of scores (Viterbi); an unknown character costs `unknown_score`.
"""

import re
from array import array
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import chain
from typing import Final

SPACE: Final = "\u2581"
MAX_CACHED_WORD: Final = 100
MAX_WORD: Final = 400
CACHED_WORDS: Final = 65536
_SPACES: Final = re.compile(" {2,}")
_WORD: Final = re.compile(f"{SPACE}[^{SPACE}]*")


class Unigram:
    """Gives the pieces of a text by their numbers. Safe to use from several threads."""

    def __init__(
        self, pieces: Sequence[str], scores: Sequence[float], characters: Mapping[int, str], *, start: int, end: int,
        unknown: int,
    ) -> None:  # fmt: skip
        """`characters` maps a code point to its normal form."""
        self._numbers = dict(zip(pieces, range(len(pieces)), strict=True))
        del self._numbers[pieces[unknown]]
        self._scores = array("f", scores)  # a quarter of a million floats as objects would take 20 MB more
        self._longest = max(map(len, pieces))
        self._characters = characters
        self._unknown = unknown
        self._unknown_score = min(scores) - 10
        self.start = start
        self.end = end
        self._cached_pieces = lru_cache(maxsize=CACHED_WORDS)(self._best_pieces)

    def pieces(self, text: str) -> list[int]:
        """Without the special pieces `start` and `end`."""
        spaced = SPACE + _SPACES.sub(" ", text.translate(self._characters)).removeprefix(" ").replace(" ", SPACE)
        return list(chain.from_iterable(self._pieces_of(word) for word in _WORD.findall(spaced)))

    def _pieces_of(self, word: str) -> Sequence[int]:
        """Long runs without a space (Chinese, Thai) are cut: the search costs their length times the longest piece."""
        if len(word) <= MAX_CACHED_WORD:
            return self._cached_pieces(word)
        parts = (word[at : at + MAX_WORD] for at in range(0, len(word), MAX_WORD))
        return [piece for part in parts for piece in self._best_pieces(part)]

    def _best_pieces(self, word: str) -> tuple[int, ...]:
        best = [(0.0, 0, 0)] + [(float("-inf"), 0, 0)] * len(word)  # score, piece, where the piece begins
        for begin in range(len(word)):
            score = best[begin][0]
            for end in range(begin + 1, min(len(word), begin + self._longest) + 1):
                piece = self._numbers.get(word[begin:end])
                if piece is not None and (total := score + self._scores[piece]) > best[end][0]:
                    best[end] = (total, piece, begin)
            if score + self._unknown_score > best[begin + 1][0]:
                best[begin + 1] = (score + self._unknown_score, self._unknown, begin)
        pieces = []
        at = len(word)
        while at:
            _, piece, at = best[at]
            pieces.append(piece)
        return tuple(reversed(pieces))
