"""CPU time of the event loop's thread between two waits, under requests that would keep a careless server busy."""

import logging
import tempfile
from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path
from typing import Final

from bench.figures import Figure
from bench.ingest import ingest
from bench.server import ROOT
from bench.vendors import vendor_servers
from tests.servers.measured_server import MeasuredServer, measured_server
from tests.web.all_routes.hostile_requests import (
    Hostile,
    hostile_bodies,
    hostile_connections,
    hostile_forms,
    hostile_heads,
    hostile_texts,
    hostile_uploads,
    post,
)

LIMIT: Final = 20.0
KEY: Final = "an-admin-key-that-is-long-enough"
GROUPS: Final[dict[str, Callable[[], Iterable[Hostile]]]] = {
    "JSON bodies": lambda: hostile_bodies({}),
    "forms": hostile_forms,
    "headers, targets and hosts": hostile_heads,
    "connections": hostile_connections,
    "uploads with the admin key": lambda: hostile_uploads({"Authorization": f"Bearer {KEY}"}),
    "long texts": hostile_texts,
}


async def figures() -> AsyncIterator[Figure]:
    logging.getLogger("asyncio").setLevel(logging.ERROR)  # it reports each write to a closed connection
    async with vendor_servers() as vendors:
        await ingest(ROOT / "sample-book", Path(tempfile.gettempdir()), vendors.settings)
        own = {"ADMIN_API_KEY": KEY, "SERVER__TRUSTED_HOPS": "1", "REWRITING__ONLY_BOOK": "false"}
        async with measured_server(vendors.settings | own) as server:
            good = [post("/chat", {"query": f"How is middleware {number} added?"}) for number in range(20)]
            yield await _longest(server, "questions", good)
            for name, requests in GROUPS.items():
                yield await _longest(server, name, [hostile.data for hostile in requests()])


async def _longest(server: MeasuredServer, name: str, requests: Iterable[bytes]) -> Figure:
    found = [(await server.longest_round(data, enough=LIMIT / 1000))[1] * 1000 for data in requests]
    return Figure(f"longest round of the event loop: {name} ({len(found)})", (max(found),), "ms", LIMIT)
