"""Searches 5,000 passages: how long a search takes, and whether the process stays responsive during it.

The book is synthetic (random unit vectors, words by Zipf's law), so that only the questions are embedded.
"""

import asyncio
import random
import tempfile
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Final

import httpx
import numpy as np

from bench.figures import Figure, percentile
from bench.server import server
from glossator.domain.book.index import Build, PassagePoint, VectorSpace
from glossator.domain.book.passages import Passage
from glossator.domain.book.words import WORD_RULES, document_words
from glossator.kernel.guard import Guard
from glossator_plugins.local_models.models import E5_SPACE, MINILM_SPACE
from glossator_plugins.qdrant_edge.folder import EdgeFolder
from glossator_plugins.qdrant_edge.index import EdgeIndex

PASSAGES: Final = 5000
DIMENSION: Final = 384
SPACES: Final = tuple(VectorSpace(space.name, space.model, space.dimension) for space in (MINILM_SPACE, E5_SPACE))
VOCABULARY: Final = 20_000
SEARCHES: Final = 200
EXTRA: Final = {"PLUGINS": "local_models,qdrant_edge"}


async def figures() -> AsyncIterator[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        await fill(data / "index" / "book")
        async with server("serve", data=data, extra=EXTRA) as running:
            limits = httpx.Limits(max_connections=32)
            async with httpx.AsyncClient(base_url=running.url, trust_env=False, limits=limits, timeout=30) as client:
                alone = [await _timed_search(client) for _ in range(SEARCHES)]
                idle = await _health_times(client, 2.0)
                busy = await _health_while_searching(client, 8)
    yield Figure("/search among 5,000 passages, p50", (percentile(alone, 0.5),), "ms", 30)
    yield Figure("/search among 5,000 passages, p95", (percentile(alone, 0.95),), "ms")
    yield Figure("/health alone, p99", (percentile(idle, 0.99),), "ms")
    yield Figure("/health while 8 searches run, p99", (percentile(busy, 0.99),), "ms", 50)


async def fill(folder: Path) -> None:
    """Creates a live build with the dimension of the embedded model."""
    index = EdgeIndex(EdgeFolder(folder), Guard("bench"))
    try:
        build = Build(1, "Synthetic", "", SPACES, "bench", WORD_RULES, state="ready", passages=PASSAGES)
        await index.create(build)
        await index.put_passages(1, list(points()))
        await index.save(build)
        await index.activate(1)
    finally:
        await index.close()


def points() -> Iterator[PassagePoint]:
    words, numbers = random.Random(1), np.random.default_rng(1)
    weights = [1 / rank for rank in range(1, VOCABULARY + 1)]
    for number in range(PASSAGES):
        text = " ".join(f"word{rank}" for rank in words.choices(range(VOCABULARY), weights, k=70))
        vector = numbers.standard_normal(DIMENSION).astype(np.float32)
        unit = vector / np.linalg.norm(vector)
        passage = Passage(
            id=str(uuid.UUID(int=number + 1)), page=f"{number // 10}.md", headings=("Synthetic",),
            url=f"{number // 10}", start=0, end=len(text), text=text, hash=f"{number:032x}",
        )  # fmt: skip
        yield PassagePoint(passage, "h", dict.fromkeys(("dense", "e5"), unit), document_words(text))


async def _timed_search(client: httpx.AsyncClient) -> float:
    question = " ".join(f"word{int(random.paretovariate(0.5)) % VOCABULARY}" for _ in range(8))
    began = time.monotonic()
    reply = await client.post("/search", json={"query": question})
    reply.raise_for_status()
    return (time.monotonic() - began) * 1000


async def _health_times(client: httpx.AsyncClient, seconds: float) -> list[float]:
    times, until = [], time.monotonic() + seconds
    while time.monotonic() < until:
        began = time.monotonic()
        (await client.get("/health")).raise_for_status()
        times.append((time.monotonic() - began) * 1000)
        await asyncio.sleep(0.01)
    return times


async def _health_while_searching(client: httpx.AsyncClient, searchers: int) -> list[float]:
    async def search_forever() -> None:
        while True:
            await _timed_search(client)

    tasks = [asyncio.create_task(search_forever()) for _ in range(searchers)]
    try:
        return await _health_times(client, 5.0)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
