"""Reads the points of a build one after another; each engine says how it scrolls."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Protocol

from glossator.domain.book.index import PageEntry, PageTitle, PassageEntry, SuggestedPage
from glossator.domain.book.passages import Passage
from glossator_plugins.passage_points import points
from glossator_plugins.passage_points.generations import seen_in


class StoredPoint(Protocol):
    @property
    def id(self) -> object: ...

    @property
    def payload(self) -> dict[str, Any] | None: ...


class PointReader(ABC):
    """The methods of PassageIndex that read a whole build."""

    @abstractmethod
    async def _generation(self, number: int, *, draft: bool) -> int:
        """The one that readers see, or the one that is being written."""

    @abstractmethod
    def _scroll(
        self,
        number: int,
        generation: int,
        kind: str,
        fields: Sequence[str],
        *,
        without: str | None = None,
        pages: Sequence[str] = (),
    ) -> AsyncIterator[StoredPoint]:
        """`without` leaves out the points that have a vector in this space; with `pages`, only passages of these."""

    async def passages(self, number: int, *, draft: bool = False) -> AsyncIterator[PassageEntry]:
        generation = await self._generation(number, draft=draft)
        async for record in self._scroll(number, generation, points.PASSAGE, points.PASSAGE_ENTRY_FIELDS):
            yield points.passage_entry_of(str(record.id), seen_in(record.payload or {}, generation))

    async def lacking(self, number: int, space: str) -> AsyncIterator[Passage]:
        generation = await self._generation(number, draft=True)
        async for record in self._scroll(number, generation, points.PASSAGE, points.PASSAGE_FIELDS, without=space):
            yield points.passage_of(str(record.id), seen_in(record.payload or {}, generation))

    async def passages_of(self, number: int, pages: Sequence[str]) -> AsyncIterator[Passage]:
        generation = await self._generation(number, draft=False)
        async for record in self._scroll(number, generation, points.PASSAGE, points.PASSAGE_FIELDS, pages=pages):
            yield points.passage_of(str(record.id), seen_in(record.payload or {}, generation))

    async def pages(self, number: int, *, draft: bool = False) -> AsyncIterator[PageEntry]:
        async for page in self._pages(number, points.PAGE_ENTRY_FIELDS, draft=draft):
            yield points.page_entry_of(page)

    async def titles(self, number: int) -> AsyncIterator[PageTitle]:
        async for page in self._pages(number, points.PAGE_TITLE_FIELDS):
            yield points.page_title_of(page)

    async def suggested(self, number: int) -> AsyncIterator[SuggestedPage]:
        async for page in self._pages(number, points.SUGGESTED_FIELDS):
            yield points.suggested_page_of(page)

    async def vocabulary(self, number: int) -> Mapping[str, int]:
        counts: Counter[str] = Counter()
        async for page in self._pages(number, ("words",)):
            points.add_words(counts, page)
        return counts

    async def _pages(self, number: int, fields: Sequence[str], *, draft: bool = False) -> AsyncIterator[dict[str, Any]]:
        generation = await self._generation(number, draft=draft)
        async for record in self._scroll(number, generation, points.PAGE, fields):
            yield record.payload or {}
