"""The words of the served book: which are rare, and what a misspelled one may mean."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from rapidfuzz import process
from rapidfuzz.distance import OSA

from glossator.domain.book.index import Build, PassageIndex
from glossator.domain.errors import Unavailable

MIN_LETTERS: Final = 4
TWO_ERRORS_FROM: Final = 8  # letters
MAX_REPAIRED: Final = 8
RARE_SHARE: Final = 0.1  # of the pages


@dataclass(frozen=True)
class Vocabulary:
    """`pages` counts the pages that have a word. Empty for a build that does not store its words."""

    pages: Mapping[str, int] = field(default_factory=dict)
    total: int = 0

    def repaired(self, words: Sequence[str]) -> list[str]:
        """The nearest word of the book for each word that the book lacks; the words themselves are not in it."""
        unknown = [word for word in dict.fromkeys(words) if word not in self.pages and _may_be_misspelled(word)]
        nearest = (self._nearest(word) for word in unknown[:MAX_REPAIRED])
        return [word for word in nearest if word is not None]

    def is_rare(self, word: str) -> bool:
        return 0 < self.pages.get(word, 0) <= max(1, RARE_SHARE * self.total)

    def known_share(self, words: Sequence[str]) -> float:
        """The share of the words that the book has; 1 without words."""
        different = set(words)
        return sum(word in self.pages for word in different) / len(different) if different else 1.0

    def _nearest(self, word: str) -> str | None:
        """By optimal string alignment, so that two swapped letters count as one error; then the most common word."""
        errors = 2 if len(word) >= TWO_ERRORS_FROM else 1
        found = process.extract(word, self.pages.keys(), scorer=OSA.distance, score_cutoff=errors, limit=8)
        return min(found, key=lambda match: (match[1], -self.pages[match[0]], match[0]))[0] if found else None


def _may_be_misspelled(word: str) -> bool:
    return len(word) >= MIN_LETTERS and word.isascii() and word.isalpha()


class Vocabularies:
    """The vocabulary of the live build, read once for each of its states."""

    def __init__(self, index: PassageIndex) -> None:
        self._index = index
        self._reading = asyncio.Lock()
        self._state: tuple[object, ...] = ()
        self._vocabulary = Vocabulary()

    async def of(self, build: Build) -> Vocabulary:
        """Empty when it cannot be read: questions are answered without it."""
        state = (build.number, build.pages, build.passages, build.title)
        async with self._reading:
            if state != self._state:
                try:
                    pages = await self._index.vocabulary(build.number) if build.number else {}
                except Unavailable:
                    return Vocabulary()
                self._vocabulary, self._state = Vocabulary(pages, build.pages), state
            return self._vocabulary
