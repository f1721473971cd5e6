"""Writing changes into a build.

Rules:
- New passages are embedded in full batches across pages, so that a hosted model sees few requests.
- Only one batch of vectors is held at a time.
- Order for each page: its new passages, the moved ones, the page, and last what is gone from it. So a stored page is
  a whole one, and a crash between two steps leaves passages whose page hash betrays them to the next run.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from glossator.domain.book.index import PassageIndex, PassagePoint, SparseVector
from glossator.domain.book.ingest.changes import Change
from glossator.domain.book.passages import Passage
from glossator.domain.book.words import document_words
from glossator.domain.ports.embedder import Embedder, Vectors


@dataclass(frozen=True)
class Waiting:
    """A passage to embed. With the `last` one of its change acknowledged, the change can be settled."""

    passage: Passage
    change: Change
    last: bool


class Writer:
    """Takes changes one by one; `flush` ends the work. Raises Unavailable, and then must not be used again."""

    def __init__(self, index: PassageIndex, embedder: Embedder, number: int, batch: int) -> None:
        self._index = index
        self._embedder = embedder
        self._number = number
        self._batch = batch
        self._waiting: deque[Waiting] = deque()
        self.embedded = 0
        self.tokens = 0

    async def add(self, change: Change) -> None:
        """Writes as soon as a batch is full; a change without new passages is settled at once."""
        if not change.new:
            await self._settle([change])
        for passage in change.new:
            self._waiting.append(Waiting(passage, change, last=passage is change.new[-1]))
        while len(self._waiting) >= self._batch:
            await self._write(self._batch)

    async def flush(self) -> None:
        if self._waiting:
            await self._write(len(self._waiting))

    async def _write(self, count: int) -> None:
        taken = [self._waiting.popleft() for _ in range(count)]
        await self._index.put_passages(self._number, await self._points(taken))
        self.embedded += count
        await self._settle([item.change for item in taken if item.last])

    async def _points(self, taken: Sequence[Waiting]) -> list[PassagePoint]:
        texts = [item.passage.indexed_text for item in taken]
        words = await asyncio.to_thread(_words, texts)
        vectors = await self._vectors(texts)
        return [
            PassagePoint(item.passage, item.change.page.hash, vectors[at] if vectors is not None else None, words[at])
            for at, item in enumerate(taken)
        ]

    async def _vectors(self, texts: Sequence[str]) -> Vectors | None:
        if not self._embedder.dimension:
            return None
        embedded = await self._embedder.embed(texts)
        self.tokens += embedded.tokens
        return embedded.vectors

    async def _settle(self, changes: Sequence[Change]) -> None:
        """Their new passages are acknowledged."""
        moved = [(passage, change.page.hash) for change in changes for passage in change.moved]
        gone = [id_ for change in changes for id_ in change.gone]
        if moved:
            await self._index.move_passages(self._number, moved)
        if changes:
            await self._index.put_pages(self._number, [change.page for change in changes])
        if gone:
            await self._index.delete(self._number, passages=gone)


def _words(texts: Sequence[str]) -> list[SparseVector]:
    return [document_words(text) for text in texts]
