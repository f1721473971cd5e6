"""Decides whether a text belongs to the served book, by the words that it shares with an ingested page."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from functools import partial
from typing import Final

from glossator.domain.book.index import PassageIndex, Query
from glossator.domain.book.words import different_words, query_words, words_of
from glossator.domain.errors import Unavailable
from glossator.domain.ports.workers import AnyThread, Workers
from glossator.domain.rewriting.book_texts.page_words import (
    MAX_NGRAM,
    Ngrams,
    PageWords,
    PageWordsCache,
    formula_paragraphs,
    ngrams,
    normalized_words,
    remove_formula_fragments,
    trigrams,
)
from glossator.domain.rewriting.ports import BookMembership

MAX_LABEL_LENGTH: Final = 40
"""Shorter texts are always allowed: buttons and labels of the page."""
MAX_QUERY_CHARACTERS: Final = 600
MAX_PASSAGES: Final = 8
MAX_PAGES: Final = 2
MAX_LOOKUPS: Final = 16
"""Concurrent lookups, for all readers together."""
MIN_OVERLAP: Final = 0.5


class IndexedBook:
    """Implements BookTexts with the served build.

    `only_book` decides whether texts outside the book are refused. None refuses them unless another program filled the
    collection, because its pages may differ from its content.
    """

    def __init__(self, index: PassageIndex, *, only_book: bool | None = None, workers: Workers | None = None) -> None:
        self._index = index
        self._only_book = only_book
        self._workers = workers or AnyThread()
        self._pages = PageWordsCache(self._workers)
        self._lookups = asyncio.Semaphore(MAX_LOOKUPS)

    async def membership(self, text: str) -> BookMembership:
        is_allowed = self._only_book is False or is_short(text)
        try:
            live = await self._index.live()
            found = BookMembership.OUTSIDE if live is None else await self._search(text)
        except Unavailable:
            if is_allowed:
                return BookMembership.ALLOWED
            raise
        foreign = self._only_book is None and live is not None and live.number == 0
        return BookMembership.ALLOWED if found is BookMembership.OUTSIDE and (is_allowed or foreign) else found

    async def _search(self, text: str) -> BookMembership:
        """Compares with the found passages first; a text that spans several passages needs the whole page."""
        words = query_words(text[:MAX_QUERY_CHARACTERS])
        if not words.indices:
            return BookMembership.OUTSIDE
        async with self._lookups:
            hits = await self._index.search(Query({}, words, MAX_PASSAGES))
        by_page: defaultdict[str, list[str]] = defaultdict(list)
        for hit in hits:
            by_page[hit.passage.url.partition("#")[0]].append(hit.passage.indexed_text)
        best = await self._workers.run(partial(membership_in_any, text, list(by_page.values())))
        for url in list(by_page)[:MAX_PAGES] if best is not BookMembership.IN_BOOK else ():
            async with self._lookups:
                page = await self._index.page(url)
            if page is not None:
                words_of_page = await self._pages.words(page)
                best = closer(best, await self._workers.run(partial(membership_in, text, words_of_page)))
        return best


class EmptyBook:
    """Implements BookTexts for a service without an index: every text is outside the book."""

    async def membership(self, text: str) -> BookMembership:
        return BookMembership.OUTSIDE


def is_short(text: str) -> bool:
    return len(text.strip()) < MAX_LABEL_LENGTH


def closer(one: BookMembership, other: BookMembership) -> BookMembership:
    return min(one, other, key=lambda membership: membership.value)


def membership_in_any(text: str, pages: Sequence[Sequence[str]]) -> BookMembership:
    """The best for the found passages of each page."""
    best = BookMembership.OUTSIDE
    for texts in pages:
        best = closer(best, membership_in(text, PageWords(texts)))
    return best


def membership_in(text: str, page: PageWords) -> BookMembership:
    """A text of the book shares most word trigrams with one page and has no other words; a short one appears there
    verbatim. A text with other words is allowed."""
    if is_short(text):
        return BookMembership.IN_BOOK if f" {normalized_words(text)} " in page.normalized else BookMembership.OUTSIDE
    if not overlaps(trigrams([text]), page.trigrams):
        typeset = any(is_typeset_in(text, source) for source in page.sources)
        return BookMembership.IN_BOOK if typeset else BookMembership.OUTSIDE
    return BookMembership.IN_BOOK if page.vocabulary.issuperset(different_words(text)) else BookMembership.ALLOWED


def is_typeset_in(text: str, page: str) -> bool:
    """The text has most of a paragraph's words in order, no other words, and fragments that its formulas can leave."""
    words = words_of(text)
    for prose, formulas in formula_paragraphs(page):
        rest = remove_formula_fragments(words, prose, formulas)
        if rest is None:
            continue
        known, size = words_of(prose), min(MAX_NGRAM, len(rest))
        if set(rest) <= set(known) and overlaps(ngrams(rest, size), ngrams(known, size)):
            return True
    return False


def overlaps(text: Ngrams, page: Ngrams) -> bool:
    return len(text & page) > MIN_OVERLAP * len(text)
