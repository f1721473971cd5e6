"""The production services against local servers: startup, memory and embedding requests."""

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import psutil

from bench.figures import Figure
from bench.ingest import DOCS, ingest
from bench.server import ROOT, server
from bench.vendors import Vendors, vendor_servers

STARTS: Final = 5
BATCH: Final = 256


async def figures() -> AsyncIterator[Figure]:
    async with vendor_servers() as vendors:
        async for figure in _ingest(vendors):
            yield figure
        async for figure in _starts(vendors):
            yield figure


async def _ingest(vendors: Vendors) -> AsyncIterator[Figure]:
    docs = DOCS if DOCS.is_dir() else ROOT / "sample-book"
    summary = await ingest(docs, Path(tempfile.gettempdir()), vendors.settings)
    passages = summary["passages"]["embedded"]
    requests = len(vendors.openai.sent_to("embeddings"))
    yield Figure(f"embedding requests for {passages} passages", (requests,), "", passages / BATCH + 1.001)


async def _starts(vendors: Vendors) -> AsyncIterator[Figure]:
    seconds, memory = [], []
    for _ in range(STARTS):
        async with _serving(vendors) as running:
            seconds.append(running.seconds)
            memory.append(psutil.Process(running.pid).memory_info().rss / 2**20)
    yield Figure("glossator serve, start to first healthy answer", tuple(seconds), "s", 4.5)
    yield Figure("  importing the libraries alone", tuple([await _imports() for _ in range(STARTS)]), "s")
    yield Figure("memory when idle", tuple(memory), "MiB", 190)


async def _imports() -> float:
    """Seconds for a process that only imports the libraries of the four services."""
    names = "quart, hypercorn.asyncio, quart_cors, dynaconf, openai, qdrant_client, asyncpg, pydantic, click, jwt"
    began = asyncio.get_running_loop().time()
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", f"import {names}")
    await process.wait()
    return asyncio.get_running_loop().time() - began


def cpu_seconds(pid: int) -> float:
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


def _serving(vendors: Vendors) -> Any:
    return server("serve", data=Path(tempfile.gettempdir()), extra=vendors.settings)
