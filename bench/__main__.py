"""Prints the figures: `python -m bench [part ...]`.

They depend on the machine and on what else it does; what counts is their order of magnitude and the ratios.
"""

import asyncio
import os
import platform
import sys
from collections.abc import AsyncIterator, Callable

from bench import accounts, ingesting, production, rewriting, searching, start
from bench.figures import Figure

PARTS: dict[str, Callable[[], AsyncIterator[Figure]]] = {
    "start": start.figures,
    "ingest": ingesting.figures,
    "search": searching.figures,
    "production": production.figures,
    "rewriting": rewriting.figures,
    "accounts": accounts.figures,
}


async def main(names: list[str]) -> int:
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    print(f"{machine}, load {os.getloadavg()[0]:.1f}")
    over = 0
    for name in names:
        async for figure in PARTS[name]():
            print(figure.row(), flush=True)
            over += figure.verdict == "OVER"
    return 1 if over else 0


if __name__ == "__main__":
    unknown = set(sys.argv[1:]) - PARTS.keys()
    if unknown:
        sys.exit(f"no such part: {', '.join(sorted(unknown))} - there are: {', '.join(PARTS)}")
    sys.exit(asyncio.run(main(sys.argv[1:] or list(PARTS))))
