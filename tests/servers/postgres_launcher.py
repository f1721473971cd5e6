"""Runs the launcher in a process of its own, which a test may kill: prints `pid dsn` or `fault ...`, then waits.

It needs only the standard library and our own packages, so any Python may run it.
"""

import asyncio
import sys
from pathlib import Path

from glossator.kernel.errors import ServiceError
from glossator_plugins.local_postgres.server import running_server


async def hold(data: Path, binaries: Path | None) -> None:
    try:
        async with running_server(data, binaries) as server:
            sys.stdout.write(f"{server.pid} {server.dsn()}\n")
            sys.stdout.flush()
            await asyncio.to_thread(sys.stdin.readline)
    except ServiceError as fault:
        sys.stdout.write(f"fault {fault}\n")


if __name__ == "__main__":
    asyncio.run(hold(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None))
