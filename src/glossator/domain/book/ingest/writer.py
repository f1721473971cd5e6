"""Writes changes to a build.

Rules:
- New passages are embedded in full batches across pages, so that a hosted model receives few requests.
- The next batches are embedded while one is written; an embedder says how many calls may be in flight.
- The order of writes for each page is: new passages, moved passages, the page, deletions. So a stored page is always
  complete, and after a crash the next run recognizes unfinished passages by their page hash.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from glossator.domain.book.index import Build, PassageIndex, PassagePoint, SparseVector
from glossator.domain.book.ingest.changes import PageChange
from glossator.domain.book.ingest.live_build import slow_spaces
from glossator.domain.book.passages import Passage
from glossator.domain.book.words import document_words
from glossator.domain.budget.spending import Spending
from glossator.domain.ports.embedder import Concurrent, Embedder, Vectors

FILL_BATCH: Final = 16
"""Passages per write; an ingest waits for one write."""


@dataclass(frozen=True)
class QueuedPassage:
    """A passage to embed. After the `last` one of a change is written, the change can be finished."""

    passage: Passage
    change: PageChange
    last: bool


class BuildWriter:
    """Call `add` for each change, then `flush`, and always `close`. Raises Unavailable; then only close the writer."""

    def __init__(self, index: PassageIndex, embedder: Embedder, number: int, batch: int, spending: Spending) -> None:
        self._index = index
        self._embedder = embedder
        self._number = number
        self._batch = batch
        self._spending = spending
        self._queue: deque[QueuedPassage] = deque()
        self._calls: deque[tuple[Sequence[QueuedPassage], asyncio.Task[list[PassagePoint]]]] = deque()
        self._most_calls = embedder.ingest_calls if isinstance(embedder, Concurrent) else 1
        self.embedded = 0
        self.tokens = 0
        self.sample: PassagePoint | None = None
        """One of the passages that were written."""

    async def add(self, change: PageChange) -> None:
        """Write when a batch is full; a change without new passages is finished immediately."""
        if not change.new:
            await self._finish([change])
        for passage in change.new:
            self._queue.append(QueuedPassage(passage, change, last=passage is change.new[-1]))
        while len(self._queue) >= self._batch:
            await self._begin(self._batch)

    async def flush(self) -> None:
        if self._queue:
            await self._begin(len(self._queue))
        while self._calls:
            await self._write()

    async def close(self) -> None:
        """Cancels what an error has left unfinished."""
        calls = [call for _, call in self._calls]
        for call in calls:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)

    async def _begin(self, count: int) -> None:
        """Embeds the next passages, after it has written older ones if too many calls are in flight."""
        if len(self._calls) == self._most_calls:
            await self._write()
        batch = [self._queue.popleft() for _ in range(count)]
        self._calls.append((batch, asyncio.create_task(self._points(batch))))

    async def _write(self) -> None:
        batch, call = self._calls.popleft()
        points = await call
        await self._index.put_passages(self._number, points)
        self.sample = points[-1]
        self.embedded += len(batch)
        await self._finish([item.change for item in batch if item.last])

    async def _points(self, batch: Sequence[QueuedPassage]) -> list[PassagePoint]:
        texts = [item.passage.indexed_text for item in batch]
        words = await asyncio.to_thread(_words, texts)
        vectors = await self._vectors(texts)
        return [
            PassagePoint(
                item.passage, item.change.page.hash, {name: rows[at] for name, rows in vectors.items()}, words[at]
            )
            for at, item in enumerate(batch)
        ]

    async def _vectors(self, texts: Sequence[str]) -> Mapping[str, Vectors]:
        """In the fast spaces; `fill` adds the slow ones."""
        fast = [space.name for space in self._embedder.spaces if not space.slow]
        if not fast:
            return {}
        embedded = await self._embedder.embed(texts, "book", fast)
        self.tokens += embedded.tokens
        self._spending.add_embedding(embedded.tokens, self._embedder.usd_per_million_tokens)
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


async def fill(
    index: PassageIndex, embedder: Embedder, turns: asyncio.Lock, report: Callable[[int], None]
) -> tuple[int, int]:
    """Adds the vectors that the live build lacks in slow spaces; returns the numbers of passages and of tokens.

    The build is served meanwhile. Its pending spaces are searched once they are complete. An interrupted run is
    continued by the next one. `turns` is held for each write, so that an ingest can change the book between two of
    them; the run ends when that ingest makes another build live.
    """
    live = await index.live()
    if live is None or live.number == 0:
        return 0, 0
    tokens = filled = 0
    for space in slow_spaces(live, embedder):
        async for batch in _in_batches(index.lacking(live.number, space)):
            embedded = await embedder.embed([passage.indexed_text for passage in batch], "book", [space])
            vectors = {passage.id: vector for passage, vector in zip(batch, embedded.vectors[space], strict=True)}
            async with turns:
                if not await _is_live(index, live):
                    return filled, tokens
                await index.add_vectors(live.number, space, vectors)
            tokens += embedded.tokens
            filled += len(batch)
            report(filled)
    async with turns:
        await _save_as_filled(index, live)
    return filled, tokens


async def _is_live(index: PassageIndex, build: Build) -> bool:
    live = await index.live()
    return live is not None and live.number == build.number


async def _save_as_filled(index: PassageIndex, build: Build) -> None:
    stored = next((other for other in await index.builds() if other.number == build.number), None)
    if stored is not None and stored.pending:
        await index.save(replace(stored, pending=()))


async def _in_batches(passages: AsyncIterator[Passage]) -> AsyncIterator[list[Passage]]:
    batch: list[Passage] = []
    async for passage in passages:
        batch.append(passage)
        if len(batch) == FILL_BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _words(texts: Sequence[str]) -> list[SparseVector]:
    return [document_words(text) for text in texts]
