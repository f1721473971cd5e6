"""How a text stands to the served book, by the words that it shares with an ingested page."""

import asyncio
from collections import defaultdict
from typing import Final

from glossator.domain.book.index import PassageIndex, Query
from glossator.domain.book.pages.anchors import Generator
from glossator.domain.book.words import query_words, words_of
from glossator.domain.errors import Unavailable
from glossator.domain.rewriting.book_texts.page_words import (
    LONGEST_GRAM,
    Grams,
    PagesAtHand,
    PageWords,
    grams,
    paragraphs,
    plain_words,
    trigrams,
    without_scraps,
)
from glossator.domain.rewriting.ports import BookMembership

INTERFACE_CHARACTERS: Final = 40
"""Shorter texts pass: buttons and labels of the page around the book."""
QUERY_CHARACTERS: Final = 600
PASSAGES: Final = 8
PAGES: Final = 2
LOOKS: Final = 16
"""At a time, for all readers together."""
MOST: Final = 0.5


class InBook:
    """The port BookTexts over the served build.

    `always` None: a collection that another program filled lets everything through, since its pages may differ from
    what it holds. `generator` is of the site that shows the pages.
    """

    def __init__(self, index: PassageIndex, *, always: bool | None = None, generator: Generator = "docusaurus") -> None:
        self._index = index
        self._always = always
        self._pages = PagesAtHand(generator)
        self._looks = asyncio.Semaphore(LOOKS)

    async def standing(self, text: str) -> BookMembership:
        is_open = self._always is False or is_short(text)
        try:
            live = await self._index.live()
            found = BookMembership.OUTSIDE if live is None else await self._found(text)
        except Unavailable:
            if is_open:
                return BookMembership.ALLOWED
            raise
        foreign = self._always is None and live is not None and live.number == 0
        return BookMembership.ALLOWED if found is BookMembership.OUTSIDE and (is_open or foreign) else found

    async def _found(self, text: str) -> BookMembership:
        """Passages are looked at first, since they came with the search; a text across several needs the page."""
        words = query_words(text[:QUERY_CHARACTERS])
        if not words.indices:
            return BookMembership.OUTSIDE
        async with self._looks:
            hits = await self._index.search(Query(None, words, PASSAGES))
            by_page: defaultdict[str, list[str]] = defaultdict(list)
            for hit in hits:
                by_page[hit.passage.url.partition("#")[0]].append(hit.passage.indexed_text)
            best = BookMembership.OUTSIDE
            for texts in by_page.values():
                best = nearer(best, standing_in(text, PageWords(texts)))
            for url in list(by_page)[:PAGES] if best is not BookMembership.IN_BOOK else ():
                page = await self._index.page(url)
                if page is not None:  # a long one takes its time
                    best = nearer(best, await asyncio.to_thread(standing_in, text, await self._pages.words(page)))
        return best


class NoBook:
    """The port BookTexts where no index was started: nothing is a text of the book."""

    async def standing(self, text: str) -> BookMembership:
        return BookMembership.OUTSIDE


def is_short(text: str) -> bool:
    return len(text.strip()) < INTERFACE_CHARACTERS


def nearer(one: BookMembership, other: BookMembership) -> BookMembership:
    return min(one, other, key=lambda standing: standing.value)


def standing_in(text: str, page: PageWords) -> BookMembership:
    """A text of the book shares most word trigrams with one page and has no word that the page has not; a short one
    stands there as it is. With foreign words in it, it is let through."""
    if is_short(text):
        return BookMembership.IN_BOOK if f" {plain_words(text)} " in page.plain else BookMembership.OUTSIDE
    if not shares_most(trigrams([text]), page.trigrams):
        typeset = any(is_typeset_in(text, source) for source in page.sources)
        return BookMembership.IN_BOOK if typeset else BookMembership.OUTSIDE
    return BookMembership.IN_BOOK if page.known.issuperset(words_of(text)) else BookMembership.ALLOWED


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


def shares_most(wanted: Grams, offered: Grams) -> bool:
    return len(wanted & offered) > MOST * len(wanted)
