"""`GET /health` and an unknown path, beside a bare ASGI application under the same class of connections: CPU.

`python -m bench.edge` serves that application, on a free port that it prints.
"""

import asyncio
import socket
import sys
from collections.abc import AsyncIterator
from typing import Any, Final

import uvloop

from bench.figures import Figure, aim, ratio
from bench.production import cpu_seconds
from bench.server import ROOT
from bench.site import running_site
from bench.upstreams import Delays
from glossator.commands.server.http1 import Connections
from glossator.commands.server.serving import hypercorn_config

ROUNDS: Final = 6
REQUESTS: Final = 900
"""Of one connection, which Hypercorn closes after 1,000."""
CONNECTIONS: Final = 3
PATHS: Final = {"/health": aim("edge", "health_times_bare_asgi"), "/no-such-page": None}
"""With the aim of each: the access line of a passed health check is for DEBUG, that of an unknown path is written."""
BODY: Final = b'{"status":"healthy"}\n'


async def figures() -> AsyncIterator[Figure]:
    bare: list[float] = []
    ours: dict[str, list[float]] = {path: [] for path in PATHS}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.edge", cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        port = int(await process.stdout.readline())
        async with running_site(Delays(), LOG__LEVEL="INFO") as site:
            own_port = int(site.url.rpartition(":")[2])
            for _ in range(ROUNDS):
                bare.append(await _milliseconds(process.pid, port, "/health"))
                for path in PATHS:
                    ours[path].append(await _milliseconds(site.server.pid, own_port, path))
    finally:
        process.terminate()
        await process.wait()
    yield Figure("a bare ASGI application, a request, CPU", tuple(bare), "ms")
    for path, limit in PATHS.items():
        yield Figure(f"GET {path}, CPU", tuple(ours[path]), "ms")
        yield ratio("  times the bare application", ours[path], bare, limit)


async def _milliseconds(pid: int, port: int, path: str) -> float:
    """CPU of a request, of many on a few connections."""
    before = cpu_seconds(pid)
    for _ in range(CONNECTIONS):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(REQUESTS):
            writer.write(f"GET {path} HTTP/1.1\r\nHost: a\r\nUser-Agent: bench\r\nAccept: */*\r\n\r\n".encode())
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]))
        writer.close()
    return (cpu_seconds(pid) - before) * 1000 / (CONNECTIONS * REQUESTS)


async def answer(scope: Any, receive: Any, send: Any) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(BODY))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": BODY})


async def serve() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        await asyncio.start_server(Connections(answer, hypercorn_config()).handle, sock=listener.dup())
        print(listener.getsockname()[1], flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(serve())
