"""A fake Qdrant server: its REST protocol over real sockets, implemented with the client's in-process mode.

To run it alone: `python -m tests.servers.qdrant_server --port 6333`, with QDRANT_URL=http://127.0.0.1:6333.
"""

import argparse
import asyncio
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from qdrant_client import AsyncQdrantClient

from tests.servers.http_server import Dropped, Reply, Request, serving
from tests.servers.qdrant_behaviour import Behaviour, Failure
from tests.servers.qdrant_routes import BadRequest, Qdrant

BLOCK_BYTES: Final = 65536
MEMORY: Final = ":memory:"


@dataclass
class QdrantServer:
    """A running server and its received requests."""

    port: int
    behaviour: Behaviour
    client: AsyncQdrantClient
    """Direct access to the collections, for tests."""
    requests: list[Request] = field(default_factory=list)
    concurrent: int = 0
    max_concurrent: int = 0

    def __post_init__(self) -> None:
        self._qdrant = Qdrant(self.client)
        self._together = asyncio.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def calls(self) -> list[str]:
        """Method and path of each received request, without the query."""
        return [f"{request.method} {request.path.partition('?')[0]}" for request in self.requests]

    async def handle(self, request: Request, reply: Reply) -> None:
        self.requests.append(request)
        self.concurrent += 1
        self.max_concurrent = max(self.max_concurrent, self.concurrent)
        if self.max_concurrent >= self.behaviour.writes_together > 0:
            self._together.set()
        try:
            await self._answer(request, reply)
        finally:
            self.concurrent -= 1

    async def _answer(self, request: Request, reply: Reply) -> None:
        await self._misbehave()
        if self.behaviour.writes_together and request.method == "PUT":
            await self._together.wait()
        if self.behaviour.garbage:
            await reply.start(200, {"content-type": "text/html", "content-length": "13"})
            await reply.write(b"<html></html>")
            await reply.end()
        elif self.behaviour.endless:
            await reply.start(200, {"content-type": "application/json"})
            while True:
                await reply.write(b"[" * BLOCK_BYTES)
        elif failure := self._failure(request):
            await send_failure(request, reply, failure)
        else:
            await self._execute(request, reply)

    async def _misbehave(self) -> None:
        await asyncio.sleep(self.behaviour.delay)
        if self.behaviour.hang:
            await asyncio.Event().wait()
        if self.behaviour.drop:
            self.behaviour.drop -= 1
            raise Dropped

    def _failure(self, request: Request) -> Failure | None:
        if self.behaviour.key is not None and request.headers.get("api-key") != self.behaviour.key:
            return Failure(401)
        if self.behaviour.failing is not None:
            if self.behaviour.failing == 0:
                return None
            self.behaviour.failing -= 1
        return self.behaviour.failure

    async def _execute(self, request: Request, reply: Reply) -> None:
        try:
            result = await self._qdrant.answer(request, strict=self.behaviour.strict)
        except BadRequest:
            await send_failure(request, reply, Failure(400))
        except ValueError:
            await send_failure(request, reply, Failure(404))
        else:
            await reply.send_json(200, {"result": result, "status": "ok", "time": 0.0})


async def send_failure(request: Request, reply: Reply, failure: Failure) -> None:
    headers_text = ", ".join(f"{name}: {request.headers.get(name)}" for name in ("api-key", "authorization"))
    headers = {} if failure.retry_after is None else {"retry-after": failure.retry_after}
    body = {"status": {"error": f"secret words of the server, {headers_text}"}, "time": 0.0}
    await reply.send_json(failure.status, body, headers)


@asynccontextmanager
async def qdrant_server(
    behaviour: Behaviour | None = None, *, folder: Path | None = None, port: int = 0
) -> AsyncIterator[QdrantServer]:
    """Listens on 127.0.0.1, by default on a free port, and serves the data in the folder."""
    client = AsyncQdrantClient(path=str(folder)) if folder else AsyncQdrantClient(MEMORY)
    server = QdrantServer(port, behaviour or Behaviour(), client)
    try:
        async with serving(server.handle, port) as server.port:
            yield server
    finally:
        await client.close()


async def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.servers.qdrant_server", description=__doc__)
    parser.add_argument("--port", type=int, default=6333)
    parser.add_argument("--folder", type=Path, help="folder of the collections")
    parser.add_argument("--key", help="required api-key")
    options = parser.parse_args()
    warnings.filterwarnings("ignore", message="Payload indexes have no effect in the local Qdrant")
    async with qdrant_server(Behaviour(key=options.key), folder=options.folder, port=options.port) as server:
        print(f"QDRANT_URL={server.url}", flush=True)  # noqa: T201 - the user needs this line
        await asyncio.Event().wait()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(main())
