"""Searches 5,000 and 20,000 passages: how long a search takes, and whether the process stays responsive during it.

The book is synthetic (random unit vectors, words by Zipf's law), so that only the questions are embedded. A question in
Latin script searches both spaces and the words; without the space of E5 it is as if only MiniLM was installed.
"""

import asyncio
import random
import tempfile
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Final

import httpx
import numpy as np

from bench.figures import Figure, percentile
from bench.server import server
from glossator.domain.book.index import READY, Build, PassagePoint, VectorSpace
from glossator.domain.book.passages import Page, Passage
from glossator.domain.book.words import WORD_RULES, document_words
from glossator.kernel.guards.guard import Guard
from glossator_plugins.local_models.models import E5_SPACE, MINILM_SPACE
from glossator_plugins.qdrant_edge.folder import EdgeFolder
from glossator_plugins.qdrant_edge.index import EdgeIndex

PASSAGES: Final = 5000
MANY_PASSAGES: Final = 20_000
DIMENSION: Final = 384
SPACES: Final = tuple(VectorSpace(space.name, space.model, space.dimension) for space in (MINILM_SPACE, E5_SPACE))
VOCABULARY: Final = 20_000
SEARCHES: Final = 200
EXTRA: Final = {"PLUGINS": "local_models,qdrant_edge"}


async def figures() -> AsyncIterator[Figure]:
    async with _searching(PASSAGES, SPACES[:1]) as client:
        yield _median("/search among 5,000 passages, MiniLM alone, p50", await _search_times(client), 30)
    async with _searching(PASSAGES, SPACES) as client:
        alone = await _search_times(client)
        idle = await _health_times(client, 2.0)
        busy = await _health_while_searching(client, 8)
        typed = await _typing_times(client)
    yield _median("/search among 5,000 passages, both models, p50", alone, 60)
    yield Figure("/search among 5,000 passages, both models, p95", (percentile(alone, 0.95),), "ms")
    yield _median("typing to the first section, 5,000 passages, p50", typed, 100)
    yield Figure("typing to the first section, 5,000 passages, p95", (percentile(typed, 0.95),), "ms")
    yield Figure("/health alone, p99", (percentile(idle, 0.99),), "ms")
    yield Figure("/health while 8 searches run, p99", (percentile(busy, 0.99),), "ms", 50)
    async with _searching(MANY_PASSAGES, SPACES) as client:
        yield _median("/search among 20,000 passages, both models, p50", await _search_times(client), 120)


def _median(name: str, times: list[float], limit: float) -> Figure:
    return Figure(name, (percentile(times, 0.5),), "ms", limit)


@asynccontextmanager
async def _searching(passages: int, spaces: tuple[VectorSpace, ...]) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a server with such a book."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        await fill(data / "index" / "book", passages, spaces)
        async with server("serve", data=data, extra=EXTRA) as running:
            limits = httpx.Limits(max_connections=32)
            async with httpx.AsyncClient(base_url=running.url, trust_env=False, limits=limits, timeout=30) as client:
                yield client


async def fill(folder: Path, passages: int, spaces: tuple[VectorSpace, ...]) -> None:
    """Creates a live build with the dimensions of the embedded models."""
    index = EdgeIndex(EdgeFolder(folder), Guard("bench"))
    try:
        written = list(points(passages, [space.name for space in spaces]))
        pages = list(pages_of(written))
        build = Build(1, "Synthetic", "", spaces, "bench", WORD_RULES, passages=passages, pages=len(pages))
        await index.create(build)
        await index.put_passages(1, written)
        await index.put_pages(1, pages)
        await index.save(replace(build, state=READY))
        await index.activate(1)
    finally:
        await index.close()


def points(passages: int, spaces: list[str]) -> Iterator[PassagePoint]:
    words, numbers = random.Random(1), np.random.default_rng(1)
    weights = [1 / rank for rank in range(1, VOCABULARY + 1)]
    for number in range(passages):
        text = " ".join(f"word{rank}" for rank in words.choices(range(VOCABULARY), weights, k=70))
        vector = numbers.standard_normal(DIMENSION).astype(np.float32)
        unit = vector / np.linalg.norm(vector)
        passage = Passage(
            id=str(uuid.UUID(int=number + 1)), page=f"{number // 10}.md", headings=("Synthetic",),
            url=f"{number // 10}", start=0, end=len(text), text=text, hash=f"{number:032x}",
        )  # fmt: skip
        yield PassagePoint(passage, "h", dict.fromkeys(spaces, unit), document_words(text))


def pages_of(points: list[PassagePoint]) -> Iterator[Page]:
    """Their words are the vocabulary of the book."""
    for path, group in groupby((point.passage for point in points), key=lambda passage: passage.page):
        yield Page(path, path, path.removesuffix(".md"), "\n\n".join(passage.text for passage in group), "h")


async def _typing_times(client: httpx.AsyncClient) -> list[float]:
    """From each key press on to a response with a section, while two words are typed."""
    times = []
    for number in random.Random(2).sample(range(10, 200), SEARCHES // 20):
        text = f"word{number} word{number + 1}"
        for length in range(2, len(text) + 1):
            began = time.monotonic()
            reply = await client.post("/search", json={"query": text[:length], "limit": 8, "mode": "words"})
            times.append((time.monotonic() - began) * 1000)
            if not reply.json()["passages"]:
                raise ValueError(f"no section for {text[:length]!r}")
    return times


async def _timed_search(client: httpx.AsyncClient) -> float:
    question = " ".join(f"word{int(random.paretovariate(0.5)) % VOCABULARY}" for _ in range(8))
    began = time.monotonic()
    reply = await client.post("/search", json={"query": question})
    if not reply.raise_for_status().json()["passages"]:
        raise ValueError(f"no passage for {question!r}")
    return (time.monotonic() - began) * 1000


async def _search_times(client: httpx.AsyncClient) -> list[float]:
    return [await _timed_search(client) for _ in range(SEARCHES)]


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
