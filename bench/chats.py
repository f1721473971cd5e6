"""Chats of 690 ms, beside a bare script with the same SDK calls: time and CPU of an answer, and a crowd of readers."""

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Final

import psutil

from bench.figures import Figure
from bench.production import cpu_seconds
from bench.readers import Reading, arriving, health_watched, in_parallel, p95
from bench.server import ROOT, environment
from bench.site import Site, running_site
from bench.upstreams import CHUNKS, Delays

ROUNDS: Final = 3
QUESTIONS: Final = 3
PARALLEL: Final = {50: 1.25, 200: 1.4}
"""Readers, and the limit of the ratio of the 95th percentiles."""
CPU_LIMITS: Final = {"/chat": 1.1, "/chat/stream": 1.3}
DELAYS: Final = Delays(embedding=0.08, index=0.01, chunk=0.6 / CHUNKS)
CROWD: Final = 1000
CROWD_LIMITS: Final = {28: (0, 2.0), 200: (400, 6.0)}
"""By arrivals a second: answers that may be incomplete, and seconds until the first word after the model's."""
TOKEN_SECONDS: Final = 0.5
"""Between two tokens of the model that answers the crowd."""


async def figures() -> AsyncIterator[Figure]:
    async with running_site(DELAYS) as site:
        for readers, limit in PARALLEL.items():
            async for figure in _beside_script(site, readers, limit):
                yield figure
    for per_second in CROWD_LIMITS:
        async with running_site(Delays(chunk=TOKEN_SECONDS), OPENAI__CONCURRENCY=str(CROWD)) as site:
            async for figure in _crowd(site, per_second):
                yield figure


async def _beside_script(site: Site, readers: int, limit: float) -> AsyncIterator[Figure]:
    """Alternates between the server and the script, so that the machine's load affects both."""
    cpu: dict[str, list[float]] = {path: [] for path in CPU_LIMITS}
    slower: dict[str, list[float]] = {path: [] for path in CPU_LIMITS}
    script_ms, script_p95, unanswered = [], [], 0
    for _ in range(ROUNDS):
        ms, seconds = await _script(site.settings, readers)
        script_ms.append(ms)
        script_p95.append(seconds)
        for path in CPU_LIMITS:
            before = cpu_seconds(site.server.pid)
            readings = await in_parallel(site.url, path, readers, QUESTIONS)
            cpu[path].append((cpu_seconds(site.server.pid) - before) * 1000 / len(readings) / ms)
            slower[path].append(p95([one.seconds for one in readings if one.is_complete]) / seconds)
            unanswered += sum(not one.is_complete and not one.is_refused for one in readings)
    yield Figure(f"{readers} parallel readers, script: p95", tuple(script_p95), "s")
    yield Figure("  script: CPU of a chat of 60 chunks", tuple(script_ms), "ms")
    for path, cpu_limit in CPU_LIMITS.items():
        yield Figure(f"  {path}: p95, times the script", tuple(slower[path]), "", limit)
        yield Figure(f"  {path}: CPU, times the script", tuple(cpu[path]), "", cpu_limit)
    yield Figure("  neither answered nor refused", (unanswered,), "", 1)


async def _script(settings: Mapping[str, str], readers: int) -> tuple[float, float]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.bare", str(readers), str(QUESTIONS), cwd=ROOT,
        env=environment(Path(tempfile.gettempdir()), 8080, settings), stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, _ = await process.communicate()
    milliseconds, seconds = out.split()
    return float(milliseconds), float(seconds)


async def _crowd(site: Site, per_second: int) -> AsyncIterator[Figure]:
    """Each reader has a network and a connection of its own."""
    async with health_watched(site.url) as health:
        readings = await arriving(site.url, "/chat/stream", CROWD, per_second)
    memory = psutil.Process(site.server.pid).memory_info().rss / 2**20
    complete = [one for one in readings if one.is_complete]
    refused = [one for one in readings if one.is_refused]
    incomplete, delta_seconds = CROWD_LIMITS[per_second]
    name = f"{CROWD} readers, {per_second} a second: not complete"
    yield Figure(name, (CROWD - len(complete),), "", incomplete + 1)
    yield Figure("  refused with 503 and Retry-After", (len(refused),), "")
    yield Figure("  connections that failed", (sum(not one.status for one in readings),), "", 1)
    yield Figure("  answers that blame an upstream", (sum(one.blames_upstream for one in readings),), "", 1)
    yield Figure("  neither a start nor refused within 2 s", (sum(map(_is_late, readings)),), "", 1)
    waits = [one.events.get("delta", 0.0) - TOKEN_SECONDS for one in complete]
    yield Figure("  first delta after the model's, p95", (p95(waits),), "s", delta_seconds)
    yield Figure("  memory", (memory,), "MiB", 350)
    yield Figure("  /health on a new connection, slowest", (max(health),), "s", 1.0)


def _is_late(reading: Reading) -> bool:
    return (reading.seconds if reading.is_refused else reading.events.get("start", 99.0)) > 2.0
