"""Texts to vectors with the local models, off the event loop.

Rules:
- A text over the limit is never cut: it is embedded in windows, and its vector is their mean by length.
- A thread computes one small batch at a time, so a question waits for a batch of a running ingest, not for all of it.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, Protocol

import numpy as np

from glossator.domain.ports.embedder import EmbeddingSpace, Purpose, Vectors
from glossator.kernel.guards.guard import Guard
from glossator.kernel.spans import TracedOperation
from glossator_plugins.local_models.encoder import DIMENSION, Encoder, Floats, unit

SPECIAL_PIECES: Final = 2
BATCH_PIECES: Final = 512


class Tokenizer(Protocol):
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...
    def pieces(self, text: str) -> list[int]:
        """Without the special pieces `start` and `end`."""
        ...


@dataclass(frozen=True)
class Window:
    """All or a part of the text with this index, its special pieces included."""

    text: int
    pieces: list[int]


@dataclass(frozen=True)
class LocalModel:
    """One encoder with its tokenizer. A text longer than `limit` pieces is embedded in windows.

    `prefixes` are what the model was trained to see before a question or a passage. `mean`, of shape (384,), is
    subtracted from each vector: the vectors of some models share a direction that hides how unlike two texts are.
    """

    space: EmbeddingSpace
    encoder: Encoder
    tokenizer: Tokenizer
    limit: int
    prefixes: Mapping[Purpose, str] = field(default_factory=dict)
    mean: Floats | None = None

    def count_tokens(self, text: str) -> int:
        """With the prefix, and the special pieces of every window."""
        before = max((len(self.tokenizer.pieces(prefix)) for prefix in self.prefixes.values()), default=0)
        pieces = len(self.tokenizer.pieces(text))
        windows = max(1, -(-pieces // (self.limit - SPECIAL_PIECES - before)))
        return pieces + windows * (SPECIAL_PIECES + before)

    async def embed(self, texts: Sequence[str], purpose: Purpose, guard: Guard) -> tuple[Vectors, int]:
        """Vectors of shape (n, 384) and the number of pieces. Each batch is one call of the guard."""
        operation = embedding_operation(self.space.model)
        windows = await asyncio.to_thread(self.windows, texts, purpose)
        sums = np.zeros((len(texts), DIMENSION), dtype=np.float32)
        for batch in batches(windows):
            async with guard.call(operation=operation):
                vectors = await asyncio.to_thread(self.encoder.vectors, [window.pieces for window in batch])
            for window, vector in zip(batch, vectors, strict=True):
                sums[window.text] += vector * np.float32(len(window.pieces))
        vectors = unit(sums) if self.mean is None else unit(unit(sums) - self.mean)
        return vectors, sum(len(window.pieces) for window in windows)

    def windows(self, texts: Sequence[str], purpose: Purpose) -> list[Window]:
        """Shortest first: windows of similar length make even batches."""
        tokenizer = self.tokenizer
        before = tokenizer.pieces(self.prefixes[purpose]) if purpose in self.prefixes else []
        room = self.limit - SPECIAL_PIECES - len(before)
        windows = [
            Window(index, [tokenizer.start, *before, *part, tokenizer.end])
            for index, text in enumerate(texts)
            for part in even_parts(tokenizer.pieces(text), room)
        ]
        return sorted(windows, key=lambda window: len(window.pieces))


def embedding_operation(model: str) -> TracedOperation:
    names = {"gen_ai.operation.name": "embeddings", "gen_ai.provider.name": "local", "gen_ai.request.model": model}
    return TracedOperation(f"embeddings {model}", names)


def even_parts(pieces: list[int], room: int) -> Iterator[list[int]]:
    """As few parts as possible, of similar length; one empty part for no pieces."""
    count = max(1, -(-len(pieces) // room))
    bounds = [len(pieces) * number // count for number in range(count + 1)]
    return (pieces[first:end] for first, end in pairwise(bounds))


def batches(windows: Iterable[Window]) -> Iterator[list[Window]]:
    batch: list[Window] = []
    size = 0
    for window in windows:
        if batch and size + len(window.pieces) > BATCH_PIECES:
            yield batch
            batch, size = [], 0
        batch.append(window)
        size += len(window.pieces)
    if batch:
        yield batch
