"""Recovery: how long after the end of each fault of an upstream readers get complete answers again."""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

from bench.figures import Figure
from tests.faults.checks import is_complete
from tests.faults.kinds import FAULTS, Fault
from tests.faults.readers import Site, running_site
from tests.forks import FORK_SERVER

PAUSE_SECONDS: Final = 0.1
MAX_REQUESTS: Final = 300


async def figures() -> AsyncIterator[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        async with running_site(Path(folder)) as site:
            seconds = {fault.name: await _recovery(site, fault) for fault in FAULTS}
    FORK_SERVER.stop()
    slowest = max(seconds, key=lambda name: seconds[name])
    yield Figure(f"{len(FAULTS)} faults: until a complete answer, median", tuple(seconds.values()), "s")
    yield Figure(f"  slowest ({slowest})", (seconds[slowest],), "s", 5.0)


async def _recovery(site: Site, fault: Fault) -> float:
    """Seconds from the end of the fault to the first complete answer; the pauses of the readers count too."""
    async with fault.injected(site):
        for _ in range(2):
            await site.readers_ask()
    began = time.monotonic()
    for _ in range(MAX_REQUESTS):
        if is_complete(await site.ask()):
            break
        await asyncio.sleep(PAUSE_SECONDS)
    return time.monotonic() - began
