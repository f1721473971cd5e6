"""The words of the served book: which are rare, and what a misspelled one may mean."""

import asyncio
import math
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from heapq import nlargest
from importlib import import_module
from itertools import islice, takewhile
from typing import Final

from glossator.domain.book.index import Build, PassageIndex
from glossator.domain.book.words import stems_of_unfinished
from glossator.domain.errors import Unavailable

MIN_LETTERS: Final = 4
TWO_ERRORS_FROM: Final = 8  # letters
MAX_REPAIRED: Final = 8
MAX_COMPLETED: Final = 16
MAX_WAIT: Final = 0.1  # seconds
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

    def completed(self, typed: str) -> list[str]:
        """The words of the book that a reader may be typing, of those that begin so the most common ones."""
        start = bisect_left(self._ordered, typed)
        longer = takewhile(lambda word: word.startswith(typed), islice(self._ordered, start, None))
        common = nlargest(MAX_COMPLETED, longer, key=lambda word: self.pages[word])
        return list(dict.fromkeys((*common, *(stem for stem in stems_of_unfinished(typed) if stem in self.pages))))

    @cached_property
    def _ordered(self) -> list[str]:
        return sorted(self.pages)

    def is_rare(self, word: str) -> bool:
        return 0 < self.pages.get(word, 0) <= max(1, RARE_SHARE * self.total)

    def weight(self, word: str) -> float:
        """Its inverse document frequency, in the form of BM25 that is never negative; an unknown word weighs most."""
        return math.log(1 + (self.total + 0.5) / (self.pages.get(word, 0) + 0.5))

    def known_share(self, words: Sequence[str]) -> float:
        """The share of the words that the book has; 1 without words."""
        different = set(words)
        return sum(word in self.pages for word in different) / len(different) if different else 1.0

    def _nearest(self, word: str) -> str | None:
        """By optimal string alignment, so that two swapped letters count as one error; then the most common word."""
        if not self.pages:
            return None
        from rapidfuzz import process  # noqa: PLC0415 - loaded with the vocabulary
        from rapidfuzz.distance import OSA  # noqa: PLC0415 - the same

        errors = 2 if len(word) >= TWO_ERRORS_FROM else 1
        found = process.extract(word, self.pages.keys(), scorer=OSA.distance, score_cutoff=errors, limit=8)
        return min(found, key=lambda match: (match[1], -self.pages[match[0]], match[0]))[0] if found else None


def _may_be_misspelled(word: str) -> bool:
    return len(word) >= MIN_LETTERS and word.isascii() and word.isalpha()


class Vocabularies:
    """The vocabulary of the live build, read once for each of its states.

    For a book of 1,000 pages that takes a quarter of a second of CPU, so a question waits only a moment for it.
    """

    def __init__(self, index: PassageIndex, *, wait: float = MAX_WAIT) -> None:
        self._index = index
        self._wait = wait
        self._reading: asyncio.Task[None] | None = None
        self._state: tuple[object, ...] = ()
        self._vocabulary = Vocabulary()

    async def of(self, build: Build) -> Vocabulary:
        """That of the state before while it is being read, and when it cannot be read."""
        if self._state != _state(build):
            if self._reading is None or self._reading.done():
                self._reading = asyncio.create_task(self._read(build), name="vocabulary")
            await asyncio.wait([self._reading], timeout=self._wait)
        return self._vocabulary

    async def _read(self, build: Build) -> None:
        with suppress(Unavailable):
            pages = await self._index.vocabulary(build.number) if build.number else {}
            await asyncio.to_thread(import_module, "rapidfuzz")  # for the first comparison: it takes 20 ms
            self._vocabulary, self._state = Vocabulary(pages, build.pages), _state(build)


def _state(build: Build) -> tuple[object, ...]:
    return build.number, build.generation, build.pages, build.passages, build.title
