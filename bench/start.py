"""Startup time of `glossator dev` until its first healthy response."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import httpx

from bench.figures import Figure
from bench.server import Server, server

RUNS: Final = 5


async def figures() -> AsyncIterator[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        async with server("dev", data=data) as first:
            await _wait_until_loaded(first)
        seconds = []
        for _ in range(RUNS):
            async with server("dev", data=data) as running:
                seconds.append(running.seconds)
    yield Figure("glossator dev, first start", (first.seconds,), "s")
    yield Figure("glossator dev, second start to first healthy response", tuple(seconds), "s", 4.0)


async def _wait_until_loaded(first: Server) -> None:
    """Waits for the sample book."""
    async with httpx.AsyncClient(base_url=first.url, trust_env=False, timeout=60) as client:
        for _ in range(600):
            if (await client.get("/health/ready")).json()["passages"]:
                return
            await asyncio.sleep(0.2)
    raise RuntimeError("the sample book was not loaded")
