"""`glossator dev`: how soon it responds and searches, and what loading the sample book costs."""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import httpx
import psutil

from bench.figures import Figure
from bench.production import cpu_seconds
from bench.server import Server, server
from glossator.kernel.guards.guard import Guard
from glossator_plugins.qdrant_edge.folder import EdgeFolder
from glossator_plugins.qdrant_edge.index import EdgeIndex

RUNS: Final = 5
IDLE_SECONDS: Final = 2.0
COLLECTION: Final = "book"
QUESTION: Final = "How are passages ranked?"


async def figures() -> AsyncIterator[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        async with server("dev", data=data) as first:
            began = time.monotonic()
            searched = await _seconds_until_found(first)
            cpu_searched = cpu_seconds(first.pid)
            cpu = await cpu_until_idle(first.pid)
            seconds = time.monotonic() - began
            memory = psutil.Process(first.pid).memory_info().rss / 2**20
        unfilled = await _unfilled(EdgeFolder(data / "index" / COLLECTION))
        starts = []
        for _ in range(RUNS):
            async with server("dev", data=data) as running:
                starts.append(running.seconds)
    yield Figure("glossator dev, first start to first healthy response", (first.seconds,), "s", 5.0)
    yield Figure("  and until the sample book is found by words and MiniLM", (searched,), "s")
    yield Figure("  CPU until then", (cpu_searched,), "CPU s")
    yield Figure("  and until E5's vectors are complete", (seconds,), "s")
    yield Figure("  CPU until then", (cpu,), "CPU s", 30.0)
    yield Figure("  passages without a vector of E5", (unfilled,), "", 1)
    yield Figure("  memory, embedded, with both models", (memory,), "MiB", 550)
    yield Figure("glossator dev, second start to first healthy response", tuple(starts), "s", 4.0)


async def _seconds_until_found(first: Server) -> float:
    began = time.monotonic()
    async with httpx.AsyncClient(base_url=first.url, trust_env=False, timeout=60) as client:
        for _ in range(600):
            reply = await client.post("/search", json={"query": QUESTION})
            if reply.status_code == 200 and reply.json()["passages"]:
                return time.monotonic() - began
            await asyncio.sleep(0.1)
    raise RuntimeError("the sample book was not loaded")


async def cpu_until_idle(pid: int) -> float:
    """Two seconds with hardly any work: then the vectors of the slow space are complete."""
    while True:
        before = cpu_seconds(pid)
        await asyncio.sleep(IDLE_SECONDS)
        if cpu_seconds(pid) - before < IDLE_SECONDS / 20:
            return before


async def _unfilled(folder: EdgeFolder) -> int:
    index = EdgeIndex(folder, Guard("bench"))
    try:
        return len([passage async for passage in index.lacking(1, "e5")])
    finally:
        await index.close()
