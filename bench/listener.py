"""A burst of new connections: overflows of the listen queue, resets, and the wait for the first byte.

Each request costs the server 2 ms of CPU, so connections arrive faster than they are served.
"""

import asyncio
import socket
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import uvloop

from bench.figures import Figure, percentile
from bench.server import ROOT
from glossator.commands.server.http1 import Connections
from glossator.commands.server.serving import BACKLOG, hypercorn_config

READERS: Final = 1000
WORK_SECONDS: Final = 0.002
PATIENCE: Final = 60.0
REQUEST: Final = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
VARIANTS: Final = ((100, 1), (BACKLOG, 1), (BACKLOG, 16))
"""Backlog, and duplicates of the listening socket: uvloop accepts one connection for each in a round."""


async def figures() -> AsyncIterator[Figure]:
    for backlog, duplicates in VARIANTS:
        name = f"{READERS} connections at once, backlog {backlog}, {duplicates} socket(s)"
        overflows, resets, waits = await _burst(backlog, duplicates)
        yield Figure(f"{name}: overflows", (overflows,), "", 1 if backlog == BACKLOG else None)
        yield Figure("  connections that failed", (resets,), "", 1 if backlog == BACKLOG else None)
        yield Figure("  first byte, median", (percentile(waits, 0.5),), "s")
        yield Figure("  first byte, p95", (percentile(waits, 0.95),), "s")


async def _burst(backlog: int, duplicates: int) -> tuple[int, int, list[float]]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.listener", str(backlog), str(duplicates), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    port = int(await process.stdout.readline())
    before = _overflows()
    try:
        waits = await asyncio.gather(*(_first_byte(port) for _ in range(READERS)))
    finally:
        process.terminate()
        await process.wait()
    answered = [wait for wait in waits if wait is not None]
    return _overflows() - before, READERS - len(answered), answered or [PATIENCE]


async def _first_byte(port: int) -> float | None:
    """Seconds; None for a connection that was refused, reset or not answered in time."""
    began = time.monotonic()
    try:
        async with asyncio.timeout(PATIENCE):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(REQUEST)
            found = await reader.read(1)
            writer.close()
    except (OSError, TimeoutError):
        return None
    return time.monotonic() - began if found else None


def _overflows() -> int:
    """The kernel's count for this network namespace."""
    names, values = (line.split() for line in Path("/proc/net/netstat").read_text().splitlines()[:2])
    return int(values[names.index("ListenOverflows")])


async def work(scope: Any, receive: Any, send: Any) -> None:
    end = time.thread_time() + WORK_SECONDS
    while time.thread_time() < end:
        pass
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


async def serve(backlog: int, duplicates: int) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=backlog) as listener:
        connections = Connections(work, hypercorn_config())
        for _ in range(duplicates):
            await asyncio.start_server(connections.handle, sock=listener.dup(), backlog=backlog)
        print(listener.getsockname()[1], flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1]), int(sys.argv[2])))
