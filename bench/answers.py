"""An answer of 60 chunks beside the scripts `bench.bare` and `bench.best`: CPU. And what a search asks of the index."""

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx

from bench.figures import Figure, aim, ratio
from bench.production import cpu_seconds
from bench.readers import in_parallel
from bench.server import ROOT, environment
from bench.site import Site, running_site
from bench.upstreams import CHUNKS, Delays

ROUNDS: Final = 6
SCRIPTS: Final = ("bare", "best")
SEARCHES: Final = 20


@dataclass(frozen=True)
class Load:
    name: str
    path: str
    delays: Delays
    readers: int
    questions: int


CHAT: Final = Load("chat", "/chat", Delays(), readers=4, questions=25)
STREAM: Final = Load("stream", "/chat/stream", Delays(0.08, 0.01, 0.6 / CHUNKS), readers=50, questions=3)


async def figures() -> AsyncIterator[Figure]:
    for load in (CHAT, STREAM):
        async with running_site(load.delays) as site:
            async for figure in _beside_scripts(site, load):
                yield figure
            if load is CHAT:
                yield await _index_requests(site)


async def _beside_scripts(site: Site, load: Load) -> AsyncIterator[Figure]:
    ours: list[float] = []
    scripts: dict[str, list[float]] = {name: [] for name in SCRIPTS}
    await in_parallel(site.url, load.path, load.readers, 1)
    for _ in range(ROUNDS):
        for name, found in scripts.items():
            found.append(await script(name, site.settings, load.readers, load.questions))
        before = cpu_seconds(site.server.pid)
        readings = await in_parallel(site.url, load.path, load.readers, load.questions)
        if not all(one.is_complete for one in readings):
            raise RuntimeError("an answer is not complete")
        ours.append((cpu_seconds(site.server.pid) - before) * 1000 / len(readings))
    yield Figure(f"{load.path}, {load.readers} readers, an answer of {CHUNKS} chunks: CPU", tuple(ours), "ms")
    for name, found in scripts.items():
        yield Figure(f"  bench.{name}", tuple(found), "ms")
        yield ratio(f"  times bench.{name}", ours, found, aim("answers", f"{load.name}_times_{name}"))


async def script(name: str, settings: Mapping[str, str], readers: int, questions: int) -> float:
    """Its CPU milliseconds of a question."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", f"bench.{name}", str(readers), str(questions), cwd=ROOT,
        env=environment(Path(tempfile.gettempdir()), 8080, settings), stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, _ = await process.communicate()
    return float(out.split()[0])


async def _index_requests(site: Site) -> Figure:
    """All calls of a search besides the embedding of its question."""
    async with httpx.AsyncClient(base_url=site.url, trust_env=False) as client:
        (await client.post("/search", json={"query": "How is a passage found?"})).raise_for_status()
        _, before = await site.upstreams.state()
        for number in range(SEARCHES):
            (await client.post("/search", json={"query": f"How is passage {number} found?"})).raise_for_status()
        _, after = await site.upstreams.state()
    requests = (after - before) / SEARCHES - 1
    return Figure("/search: requests to the index", (requests,), "", aim("answers", "search_requests"))
