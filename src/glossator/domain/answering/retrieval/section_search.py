"""The best sections while a reader types: by keywords alone, without a model.

- The last word may be unfinished. The words of the book that it may become are searched too, with less weight.
- Sections whose heading or page title has the words rise, and no section is found twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from glossator.domain.answering.retrieval.retriever import Turns, Unbounded, served
from glossator.domain.answering.retrieval.vocabulary import Vocabularies, Vocabulary
from glossator.domain.book.index import Hit, PassageIndex, Query
from glossator.domain.book.words import WORD_RULES, different_words, split_unfinished, weighted_words, words_of

ALSO_WEIGHT: Final = 0.5
HEADING_WEIGHT: Final = 0.5
TITLE_WEIGHT: Final = 0.2
CANDIDATES: Final = 60
"""Passages to choose the sections from."""


@dataclass(frozen=True)
class Sections:
    """The best passage of each section, best section first; scores run from 0 to 1. `base` is the live build's."""

    hits: tuple[Hit, ...]
    base: str


class SectionSearch:
    """Searches the live build."""

    def __init__(self, index: PassageIndex, vocabularies: Vocabularies, turns: Turns | None = None) -> None:
        self._index = index
        self._vocabularies = vocabularies
        self._turns = turns or Unbounded()

    async def find(self, text: str, *, limit: int) -> Sections:
        """Raises BookEmpty, Unavailable and Overloaded."""
        with self._turns.place():
            live = await served(self._index)
            typed = read_typed(text, await self._vocabularies.of(live), live.words or WORD_RULES)
            query = Query({}, weighted_words(typed.weights), limit=CANDIDATES, candidates=CANDIDATES)
            async with self._turns.turn():
                hits = await self._index.search(query) if typed.weights else []
        return Sections(tuple(best_sections(hits, typed)[:limit]), live.base)


@dataclass(frozen=True)
class Typed:
    """`finished` and `last` are the words before the last token, and its own; it begins with `prefixes`.

    `also` are words of the book that an unfinished or misspelled word may mean.
    """

    finished: tuple[str, ...]
    last: tuple[str, ...]
    prefixes: tuple[str, ...]
    also: tuple[str, ...]

    @property
    def weights(self) -> dict[str, float]:
        return dict.fromkeys(self.also, ALSO_WEIGHT) | dict.fromkeys((*self.finished, *self.last), 1.0)

    def match(self, heading: str) -> float:
        """From 0 to 1: mostly how many of the words are in the heading, a little how much of the heading they are."""
        own, wanted = different_words(heading), {*self.finished}
        ended = {word for word in own if word in {*self.last, *self.also} or word.startswith(self.prefixes)}
        found = own & wanted
        share = (len(found) + bool(ended)) / max(1, len(wanted) + bool(self.last or self.prefixes))
        return 0.8 * share + 0.2 * len(found | ended) / max(1, len(own))


def read_typed(text: str, vocabulary: Vocabulary, rules: str = WORD_RULES) -> Typed:
    before, prefixes = split_unfinished(text)
    finished = words_of(before, rules)
    last = words_of(text.removeprefix(before), rules) if prefixes else []
    completed = (vocabulary.completed(prefix) for prefix in prefixes)
    also = next((words for words in completed if words), None) or vocabulary.repaired(last)
    return Typed(tuple(finished), tuple(last), prefixes, (*also, *vocabulary.repaired(finished)))


def best_sections(hits: Sequence[Hit], typed: Typed) -> list[Hit]:
    best: dict[str, Hit] = {}
    for hit in sorted((_scored(hit, typed) for hit in hits), key=lambda hit: -hit.score):
        best.setdefault(hit.passage.url, hit)
    return list(best.values())


def _scored(hit: Hit, typed: Typed) -> Hit:
    headings = hit.passage.headings or ("",)
    named = HEADING_WEIGHT * typed.match(headings[-1]) + TITLE_WEIGHT * typed.match(headings[0])
    return replace(hit, score=(hit.score + named) / (1 + HEADING_WEIGHT + TITLE_WEIGHT))
