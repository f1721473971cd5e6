"""The first ingest of 20,000 passages, while each embedding call takes 80 ms."""

import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

from bench.figures import Figure, aim
from bench.large_books import SECTIONS, ingest, write_book
from bench.upstreams import Delays, upstreams

PASSAGES: Final = 20_000
CALL: Final = Delays(embedding=0.08)


async def figures() -> AsyncIterator[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        docs, data = Path(folder) / "docs", Path(folder) / "data"
        write_book(docs, PASSAGES // SECTIONS)
        async with upstreams(CALL) as running:
            settings = running.settings | {
                "PLUGINS": "openai,qdrant_edge,local_postgres",
                "OPENAI_API_KEY": "sk-bench",
                "OPENAI__EMBEDDING_DIMENSION": "768",
                "SUGGESTIONS__MODEL": "false",
            }
            began = time.monotonic()
            used = await ingest(docs, data, settings)
            seconds = time.monotonic() - began
    cpu = used.cpu_seconds
    yield Figure(f"first ingest of {PASSAGES:,} passages, 80 ms a call", (seconds,), "s")
    yield Figure("  its CPU", (cpu,), "CPU s", aim("first_ingest", "cpu_seconds"))
    yield Figure("  wall time over CPU", (seconds / cpu,), "times", aim("first_ingest", "wall_times_cpu"))
    yield Figure("  peak of the memory", (used.memory_mib,), "MiB")
