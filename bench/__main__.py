"""Prints the figures: `python -m bench [part ...]`.

They depend on the machine and its load. Compare orders of magnitude and ratios.
"""

import asyncio
import os
import platform
import sys
from collections.abc import AsyncIterator, Callable

from bench import (
    accounts,
    blocking,
    budget,
    changed_page,
    chats,
    conversation,
    failures,
    faults,
    ingest,
    large_books,
    listener,
    metrics,
    page,
    production,
    rewriting,
    search,
    start,
    widget,
)
from bench.figures import Figure

PARTS: dict[str, Callable[[], AsyncIterator[Figure]]] = {
    "start": start.figures,
    "ingest": ingest.figures,
    "large_books": large_books.figures,
    "changed_page": changed_page.figures,
    "search": search.figures,
    "production": production.figures,
    "rewriting": rewriting.figures,
    "accounts": accounts.figures,
    "budget": budget.figures,
    "listener": listener.figures,
    "metrics": metrics.figures,
    "blocking": blocking.figures,
    "chats": chats.figures,
    "failures": failures.figures,
    "faults": faults.figures,
    "conversation": conversation.figures,
    "widget": widget.figures,
    "page": page.figures,
}


async def main(names: list[str]) -> int:
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    print(f"{machine}, load {os.getloadavg()[0]:.1f}")
    over_limit = 0
    for name in names:
        async for figure in PARTS[name]():
            print(figure.row(), flush=True)
            over_limit += figure.verdict == "OVER"
    return 1 if over_limit else 0


if __name__ == "__main__":
    unknown = set(sys.argv[1:]) - PARTS.keys()
    if unknown:
        sys.exit(f"unknown part: {', '.join(sorted(unknown))} - choose from: {', '.join(PARTS)}")
    sys.exit(asyncio.run(main(sys.argv[1:] or list(PARTS))))
