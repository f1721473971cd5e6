"""Runs a server in a separate process that a test may kill: prints `pid dsn` or `error: ...`, then waits.

It needs only the standard library and our own packages, so any Python can run it.
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
    except ServiceError as error:
        sys.stdout.write(f"error: {error}\n")


if __name__ == "__main__":
    asyncio.run(hold(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None))
