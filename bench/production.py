"""The production services against local servers: startup, memory, embedding requests, and the CPU time of an answer."""

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any, Final

import httpx
import psutil

from bench.figures import Figure
from bench.ingest import DOCS, ingest
from bench.server import ROOT, Server, environment, server
from bench.vendors import Vendors, vendor_servers

STARTS: Final = 5
QUESTIONS: Final = 100
ROUNDS: Final = 3
BATCH: Final = 256


async def figures() -> AsyncIterator[Figure]:
    async with vendor_servers() as vendors:
        async for figure in _ingest(vendors):
            yield figure
        async for figure in _starts(vendors):
            yield figure
        async for figure in _answers(vendors):
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


async def _answers(vendors: Vendors) -> AsyncIterator[Figure]:
    """Alternates between the server and the SDK calls alone, so that the machine's load affects both."""
    server_ms, sdk_ms = [], []
    async with (
        _serving(vendors) as running,
        httpx.AsyncClient(base_url=running.url, trust_env=False, timeout=60) as client,
    ):
        await _ask(client, 10)
        for _ in range(ROUNDS):
            server_ms.append(await _cpu_of_server(running, client))
            sdk_ms.append(await _cpu_of_script(vendors.settings))
    yield Figure("CPU of a /chat of 60 chunks", tuple(server_ms), "ms")
    yield Figure("CPU of the same three SDK calls in a script", tuple(sdk_ms), "ms")
    yield Figure("  ratio", tuple(a / b for a, b in zip(server_ms, sdk_ms, strict=True)), "", 1.6)


async def _cpu_of_server(running: Server, client: httpx.AsyncClient) -> float:
    before = cpu_seconds(running.pid)
    await _ask(client, QUESTIONS)
    return (cpu_seconds(running.pid) - before) * 1000 / QUESTIONS


def cpu_seconds(pid: int) -> float:
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


async def _ask(client: httpx.AsyncClient, count: int) -> None:
    for number in range(count):
        reply = await client.post("/chat", json={"query": f"How is middleware {number} added?"})
        reply.raise_for_status()
        if reply.json()["mode"] != "generated":
            raise RuntimeError(f"the answer was {reply.json()['mode']}")


async def _cpu_of_script(settings: Mapping[str, str]) -> float:
    """The script prints milliseconds per iteration, without its startup."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.sdk_baseline", str(QUESTIONS), cwd=ROOT,
        env=environment(Path(tempfile.gettempdir()), 8080, settings), stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, _ = await process.communicate()
    return float(out)


def _serving(vendors: Vendors) -> Any:
    return server("serve", data=Path(tempfile.gettempdir()), extra=vendors.settings)
