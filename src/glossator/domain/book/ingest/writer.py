"""Writes changes to a build.

Rules:
- New passages are embedded in full batches across pages, so that a hosted model receives few requests.
- Only one batch of vectors is in memory at a time.
- The order of writes for each page is: new passages, moved passages, the page, deletions. So a stored page is always
  complete, and after a crash the next run recognizes unfinished passages by their page hash.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from glossator.domain.book.index import PassageIndex, PassagePoint, SparseVector
from glossator.domain.book.ingest.changes import PageChange
from glossator.domain.book.passages import Passage
from glossator.domain.book.words import document_words
from glossator.domain.ports.embedder import Embedder, Vectors


@dataclass(frozen=True)
class QueuedPassage:
    """A passage to embed. After the `last` one of a change is written, the change can be finished."""

    passage: Passage
    change: PageChange
    last: bool


class BuildWriter:
    """Call `add` for each change and then `flush`. Raises Unavailable; do not use the writer after that."""

    def __init__(self, index: PassageIndex, embedder: Embedder, number: int, batch: int) -> None:
        self._index = index
        self._embedder = embedder
        self._number = number
        self._batch = batch
        self._queue: deque[QueuedPassage] = deque()
        self.embedded = 0
        self.tokens = 0

    async def add(self, change: PageChange) -> None:
        """Write when a batch is full; a change without new passages is finished immediately."""
        if not change.new:
            await self._finish([change])
        for passage in change.new:
            self._queue.append(QueuedPassage(passage, change, last=passage is change.new[-1]))
        while len(self._queue) >= self._batch:
            await self._write(self._batch)

    async def flush(self) -> None:
        if self._queue:
            await self._write(len(self._queue))

    async def _write(self, count: int) -> None:
        batch = [self._queue.popleft() for _ in range(count)]
        await self._index.put_passages(self._number, await self._points(batch))
        self.embedded += count
        await self._finish([item.change for item in batch if item.last])

    async def _points(self, batch: Sequence[QueuedPassage]) -> list[PassagePoint]:
        texts = [item.passage.indexed_text for item in batch]
        words = await asyncio.to_thread(_words, texts)
        vectors = await self._vectors(texts)
        return [
            PassagePoint(item.passage, item.change.page.hash, vectors[at] if vectors is not None else None, words[at])
            for at, item in enumerate(batch)
        ]

    async def _vectors(self, texts: Sequence[str]) -> Vectors | None:
        if not self._embedder.dimension:
            return None
        embedded = await self._embedder.embed(texts)
        self.tokens += embedded.tokens
        return embedded.vectors

    async def _finish(self, changes: Sequence[PageChange]) -> None:
        """Write the rest of changes whose new passages are stored."""
        moved = [(passage, change.page.hash) for change in changes for passage in change.moved]
        removed = [id_ for change in changes for id_ in change.removed]
        if moved:
            await self._index.move_passages(self._number, moved)
        if changes:
            await self._index.put_pages(self._number, [change.page for change in changes])
        if removed:
            await self._index.delete(self._number, passages=removed)


def _words(texts: Sequence[str]) -> list[SparseVector]:
    return [document_words(text) for text in texts]
