"""Prints the figures. They depend on the machine and its load: compare ratios. `bench/README.md` explains them."""

import argparse
import asyncio
import os
import platform
import sys
import time
from types import ModuleType
from typing import Final

from bench import (
    accounts,
    answers,
    blocking,
    budget,
    changed_page,
    chats,
    conversation,
    edge,
    failures,
    faults,
    first_ingest,
    idle,
    ingest,
    large_books,
    listener,
    metrics,
    page,
    production,
    report,
    rewriting,
    search,
    start,
    tracing,
    widget,
)

PARTS: Final[dict[str, ModuleType]] = {
    module.__name__.removeprefix("bench."): module
    for module in (
        answers, idle, edge, first_ingest, start, ingest, large_books, changed_page, search, production, rewriting,
        accounts, budget, report, listener, metrics, tracing, blocking, chats, failures, faults, conversation,
        widget, page,
    )
}  # fmt: skip
ENTRIES: Final = 1_000_000
SPREAD: Final = 7919
"""Numbers that follow each other are far apart in the dictionary."""


def memory_seconds() -> float:
    """CPU seconds to fill a large dictionary: the load does not show that others slow the memory down."""
    began = time.process_time()
    {number * SPREAD % (ENTRIES + SPREAD): str(number) for number in range(ENTRIES)}
    return time.process_time() - began


async def main(names: list[str]) -> int:
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    print(
        f"{machine}, load {os.getloadavg()[0]:.1f}, {ENTRIES:,} entries of a dictionary in {memory_seconds():.2f} CPU s"
    )
    over = []
    for name in names:
        async for figure in PARTS[name].figures():
            print(figure.row(), flush=True)
            over += [f"{name:<13} {figure.row()}"] if figure.verdict == "OVER" else []
    print(f"\n{len(over)} figures exceed their limit", *over, sep="\n")
    return 1 if over else 0


def arguments() -> argparse.Namespace:
    lines = [f"  {name:<13} {(module.__doc__ or '').splitlines()[0]}" for name, module in PARTS.items()]
    parser = argparse.ArgumentParser(
        "python -m bench", description=__doc__, epilog="\n".join(["parts:", *lines]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("part", nargs="*", help="what to measure; all parts if none is given")
    found = parser.parse_args()
    if unknown := sorted(set(found.part) - PARTS.keys()):
        parser.error(f"unknown part: {', '.join(unknown)} - choose from: {', '.join(PARTS)}")
    return found


if __name__ == "__main__":
    sys.exit(asyncio.run(main(arguments().part or list(PARTS))))
