"""The stored questions of the live build: for its start, for a page, and for what follows an answer.

They are read once for each state of the build, and kept in memory.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import chain, zip_longest
from typing import Final
from urllib.parse import unquote, urlsplit

from glossator.domain.book.index import Build, PassageIndex, SuggestedPage, Suggestion
from glossator.domain.book.ingest.book_options import READER_URL
from glossator.domain.book.site_address import links_base
from glossator.domain.book.words import different_words
from glossator.domain.errors import Unavailable

STARTERS: Final = 12
PER_PAGE: Final = 3
SAME_WORDS: Final = 0.8
MAX_WAIT: Final = 0.1  # seconds


@dataclass(frozen=True)
class BookQuestions:
    """`by_page` has the questions of the pages that have any, by path and by address; `base_url` ends with a slash."""

    base_url: str = ""
    starters: tuple[Suggestion, ...] = ()
    by_page: Mapping[str, tuple[Suggestion, ...]] = field(default_factory=dict)

    def of_page(self, page: str) -> tuple[Suggestion, ...]:
        """By its path, or by its URL, of which the origin does not count. Empty for a page without questions."""
        return next((self.by_page[name] for name in self._names(page) if name in self.by_page), ())

    def after(self, asked: Iterable[str], urls: Iterable[str]) -> list[Suggestion]:
        """Of the sections and pages at these URLs, without the questions that were asked."""
        known = [different_words(question) for question in asked]
        follow: list[Suggestion] = []
        for one in self._near(urls):
            words = different_words(one.question)
            if not any(_are_same(words, other) for other in known):
                known.append(words)
                follow.append(one)
        return follow[:PER_PAGE]

    def _near(self, urls: Iterable[str]) -> Iterator[Suggestion]:
        """Those of the sections first, in the order of the citations."""
        cited = list(dict.fromkeys(url.partition(":~:")[0] for url in urls))
        pages = [(url, self.of_page(url)) for url in cited]
        yield from (one for url, listed in pages for one in listed if _anchor(one.url) == _anchor(url))
        yield from chain.from_iterable(listed for _, listed in pages)

    def _names(self, page: str) -> Iterator[str]:
        """What the page may be stored under: its path, and its address with and without what servers leave out."""
        yield page
        try:
            path = unquote(urlsplit(page).path)
        except ValueError:
            return
        for base in (unquote(urlsplit(self.base_url).path), READER_URL, "/"):
            if f"{path}/".startswith(base):
                address = path[len(base) :].removesuffix("index.html").removesuffix(".html").rstrip("/")
                yield from (address, f"{address}/", f"{address}.html", f"{address}/index.html".lstrip("/"))


class SuggestedQuestions:
    def __init__(self, index: PassageIndex, base_url: str) -> None:
        self._index = index
        self._base_url = base_url
        self._reading = asyncio.Lock()
        self._state: object = None
        self._questions = BookQuestions()

    async def of_book(self) -> BookQuestions:
        """Raises Unavailable."""
        live = await self._index.live()
        async with self._reading:
            if self._state != _state(live):
                self._questions, self._state = await self._read(live), _state(live)
            return self._questions

    async def after(self, asked: Sequence[str], urls: Sequence[str]) -> list[Suggestion]:
        """For an answer, which waits only a moment for them."""
        with suppress(Unavailable, TimeoutError):
            async with asyncio.timeout(MAX_WAIT):
                return (await self.of_book()).after(asked, urls)
        return []

    async def _read(self, live: Build | None) -> BookQuestions:
        base_url = links_base(self._base_url, live.base if live else "")
        if live is None or live.number == 0:
            return BookQuestions(base_url)
        pages = [_with_base(page, base_url) async for page in self._index.suggested(live.number) if page.suggestions]
        by_url = {unquote(page.url): page.suggestions or () for page in pages}
        by_path = {page.path: page.suggestions or () for page in pages}
        return BookQuestions(base_url, starters_of(pages), {**by_url, **by_path})


@dataclass(frozen=True, order=True)
class _Ranked:
    """In the order in which starters are chosen; `rank` is that of a question on its page."""

    rank: int
    loss: float
    question: str
    suggestion: Suggestion = field(compare=False)


def starters_of(pages: Sequence[SuggestedPage]) -> tuple[Suggestion, ...]:
    """The best one of each top section, then the second best; the first page of the book counts as one and leads."""
    sections: dict[str, list[_Ranked]] = {}
    for page in pages:
        section = sections.setdefault(page.path.partition("/")[0] if page.url else "", [])
        section += [_Ranked(rank, -one.score, one.question, one) for rank, one in enumerate(page.suggestions or ())]
    home = sorted(sections.pop("", ()))
    ordered = [home, *sorted(sorted(listed) for listed in sections.values() if listed)]
    rounds = (one for one in chain.from_iterable(zip_longest(*ordered)) if one is not None)
    different: dict[frozenset[str], Suggestion] = {}
    for one in rounds:
        different.setdefault(different_words(one.question), one.suggestion)
    return tuple(different.values())[:STARTERS]


def _with_base(page: SuggestedPage, base_url: str) -> SuggestedPage:
    listed = tuple(replace(one, url=base_url + one.url) for one in page.suggestions or ())
    return replace(page, suggestions=listed)


def _anchor(url: str) -> str:
    return url.partition("#")[2]


def _are_same(one: frozenset[str], other: frozenset[str]) -> bool:
    return len(one & other) >= SAME_WORDS * max(len(one), len(other))


def _state(live: Build | None) -> object:
    """What differs as soon as the stored questions may differ."""
    return live and (live.number, live.generation, live.suggestions, live.pages, live.base)
