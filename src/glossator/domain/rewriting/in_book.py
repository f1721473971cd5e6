"""How a text stands to the served book, by the words that it shares with an ingested page."""

import asyncio
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

from glossator.domain.book.words import query_words, words_of
from glossator.domain.errors import Unavailable
from glossator.domain.ports import PassageIndex, Query
from glossator.domain.rewriting.ports import Standing
from glossator.domain.rewriting.typeset import paragraphs, without_scraps

INTERFACE_CHARACTERS: Final = 40
"""Shorter texts pass: buttons and labels of the page around the book."""
QUERY_CHARACTERS: Final = 600
PASSAGES: Final = 8
PAGES: Final = 2
LOOKS: Final = 16
"""At a time, for all readers together."""
MOST: Final = 0.5
LONGEST_GRAM: Final = 3
ADDRESS: Final = re.compile(r"\]\((?:[^()\s]|\([^()\s]{0,100}\)){0,400}\)")
WORD: Final = re.compile(r"\w+")

Grams = frozenset[tuple[str, ...]]


class InBook:
    """The port BookTexts over the served build.

    `always` None: a collection that another program filled lets everything through, since its pages may differ from
    what it holds.
    """

    def __init__(self, index: PassageIndex, *, always: bool | None = None) -> None:
        self._index = index
        self._always = always
        self._looks = asyncio.Semaphore(LOOKS)

    async def standing(self, text: str) -> Standing:
        is_open = self._always is False or is_short(text)
        try:
            live = await self._index.live()
            found = Standing.OUTSIDE if live is None else await self._found(text)
        except Unavailable:
            if is_open:
                return Standing.LET_THROUGH
            raise
        foreign = self._always is None and live is not None and live.number == 0
        return Standing.LET_THROUGH if found is Standing.OUTSIDE and (is_open or foreign) else found

    async def _found(self, text: str) -> Standing:
        """Passages are looked at first, since they came with the search; a text across several needs the page."""
        words = query_words(text[:QUERY_CHARACTERS])
        if not words.indices:
            return Standing.OUTSIDE
        async with self._looks:
            hits = await self._index.search(Query(None, words, PASSAGES))
            by_page: defaultdict[str, list[str]] = defaultdict(list)
            for hit in hits:
                by_page[hit.passage.url.partition("#")[0]].append(hit.passage.indexed_text)
            best = Standing.OUTSIDE
            for texts in by_page.values():
                best = nearer(best, standing_in(text, texts))
            for url in list(by_page)[:PAGES] if best is not Standing.OF_BOOK else ():
                page = await self._index.page(url)
                if page is not None:  # a long one takes its time
                    best = nearer(best, await asyncio.to_thread(standing_in, text, [page.source]))
        return best


class NoBook:
    """The port BookTexts where no index was started: nothing is a text of the book."""

    async def standing(self, text: str) -> Standing:
        return Standing.OUTSIDE


def is_short(text: str) -> bool:
    return len(text.strip()) < INTERFACE_CHARACTERS


def nearer(one: Standing, other: Standing) -> Standing:
    return min(one, other, key=lambda standing: standing.value)


def standing_in(text: str, page: list[str]) -> Standing:
    """A text of the book shares most word trigrams with one page and has no word that the page has not; a short one
    stands there as it is. With foreign words in it, it is let through."""
    if is_short(text):
        return Standing.OF_BOOK if any(stands_in(text, part) for part in page) else Standing.OUTSIDE
    if not shares_most(trigrams([text]), trigrams(page)):
        return Standing.OF_BOOK if any(is_typeset_in(text, part) for part in page) else Standing.OUTSIDE
    known = {word for part in page for word in words_of(part)}
    return Standing.OF_BOOK if known.issuperset(words_of(text)) else Standing.LET_THROUGH


def is_typeset_in(text: str, page: str) -> bool:
    """Most of a paragraph's words in their order, none but its words, and what its formulas may have left."""
    words = words_of(text)
    for prose, formulas in paragraphs(page):
        rest = without_scraps(words, prose, formulas)
        if rest is None:
            continue
        known, size = words_of(prose), min(LONGEST_GRAM, len(rest))
        if set(rest) <= set(known) and shares_most(grams(rest, size), grams(known, size)):
            return True
    return False


def stands_in(text: str, page: str) -> bool:
    """Word for word, stop words and all."""
    return f" {plain_words(text)} " in f" {plain_words(page)} "


def plain_words(text: str) -> str:
    return " ".join(WORD.findall(ADDRESS.sub("]", text).casefold()))


def trigrams(texts: Iterable[str]) -> Grams:
    """Of neighbouring words; a text of one or two words is one by itself."""
    found: set[tuple[str, ...]] = set()
    for text in texts:
        words = words_of(ADDRESS.sub("]", text))
        found |= grams(words, min(LONGEST_GRAM, len(words)))
    return frozenset(found)


def grams(words: Sequence[str], size: int) -> Grams:
    return frozenset(tuple(words[at : at + size]) for at in range(len(words) - size + 1) if size)


def shares_most(wanted: Grams, offered: Grams) -> bool:
    return len(wanted & offered) > MOST * len(wanted)
