"""Whether a text is the book's: most of its word trigrams stand in one ingested page."""

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from glossator.domain.book.words import query_words, words_of
from glossator.domain.ports import PassageIndex, Query

INTERFACE_CHARACTERS: Final = 40
"""Shorter texts pass: buttons and labels of the page around the book."""
QUERY_CHARACTERS: Final = 600
PASSAGES: Final = 8
MOST: Final = 0.5
ADDRESS: Final = re.compile(r"\]\([^()\s]{0,400}\)")

Trigrams = frozenset[tuple[str, ...]]


class InBook:
    """The port BookTexts over the served build.

    `always` None: a collection that another program filled is not asked, since its pages may differ from what it holds.
    """

    def __init__(self, index: PassageIndex, *, always: bool | None = None) -> None:
        self._index = index
        self._always = always

    async def contains(self, text: str) -> bool:
        if self._always is False or len(text.strip()) < INTERFACE_CHARACTERS:
            return True
        live = await self._index.live()
        if self._always is None and live is not None and live.number == 0:
            return True
        return live is not None and await self._found(text)

    async def _found(self, text: str) -> bool:
        """Passages are looked at first, since they came with the search; a text across several needs the page."""
        wanted = trigrams([text])
        words = query_words(text[:QUERY_CHARACTERS])
        if not wanted or not words.indices:
            return False
        hits = await self._index.search(Query(None, words, PASSAGES))
        by_page: defaultdict[str, list[str]] = defaultdict(list)
        for hit in hits:
            by_page[hit.passage.url.partition("#")[0]].append(hit.passage.indexed_text)
        if any(shares_most(wanted, trigrams(texts)) for texts in by_page.values()):
            return True
        for url in list(by_page)[:2]:
            page = await self._index.page(url)
            if page is not None and shares_most(wanted, trigrams([page.source])):
                return True
        return False


class NoBook:
    """The port BookTexts where no index was started: nothing is a text of the book."""

    async def contains(self, text: str) -> bool:
        return False


def trigrams(texts: Iterable[str]) -> Trigrams:
    """Of neighbouring words; a text of one or two words is one by itself."""
    found: set[tuple[str, ...]] = set()
    for text in texts:
        words = words_of(ADDRESS.sub("]", text))
        size = min(3, len(words))
        found.update(tuple(words[at : at + size]) for at in range(len(words) - size + 1) if size)
    return frozenset(found)


def shares_most(wanted: Trigrams, offered: Trigrams) -> bool:
    return len(wanted & offered) > MOST * len(wanted)
