"""Serves the app until draining starts, then waits a few seconds for requests in flight.

Nothing waits for a connection that was accepted just as the server stopped, so we count the
requests in flight ourselves.
"""

import asyncio
import logging
import socket
from contextlib import suppress
from typing import Any, Final

from hypercorn.config import Config
from quart import Quart

from glossator.commands.server.http1 import MAX_HEAD_BYTES, Connections
from glossator.kernel.draining import Draining
from glossator.kernel.services import Asgi

LATE_SECONDS: Final = 0.1
"""Time for such a connection to send its request."""


class InFlightCounter:
    """ASGI middleware that counts the requests in flight."""

    def __init__(self, app: Asgi) -> None:
        self._app = app
        self._count = 0
        self._idle = asyncio.Event()
        self._idle.set()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self._count += 1
        self._idle.clear()
        try:
            await self._app(scope, receive, send)
        finally:
            self._count -= 1
            if not self._count:
                self._idle.set()

    async def wait_idle(self, seconds: float) -> None:
        """Waits until no request is in flight, for at most this time."""
        await asyncio.sleep(LATE_SECONDS)
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._idle.wait()


log = logging.getLogger(__name__)

BACKLOG: Final = 4096
"""Connections that wait to be accepted; Linux also limits it by `net.core.somaxconn`."""
ACCEPTS: Final = 16
"""New connections in one round of the event loop: uvloop accepts one for each duplicate of the listening socket."""
GRACEFUL_SECONDS: Final = 5.0
"""Time until connections are cut."""
CUT_SECONDS: Final = 0.5
"""Time for cutting them. A client that does not read its response would hold its connection longer."""


async def serve_app(app: Quart, listener: socket.socket, draining: Draining) -> None:
    asyncio.get_running_loop().set_exception_handler(ignore_cancelled_connections)
    in_flight = InFlightCounter(app)
    stopping = asyncio.create_task(draining.wait())
    serving = asyncio.create_task(serve_connections(in_flight, listener, draining))
    await app.startup()
    try:
        await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
        await wait_finished(serving, in_flight)
    finally:
        for task in (serving, stopping):
            task.cancel()
        await asyncio.gather(serving, stopping, return_exceptions=True)
        await app.shutdown()


async def serve_connections(app: Asgi, listener: socket.socket, draining: Draining) -> None:
    """Closes the listener when draining starts."""
    connections = Connections(app, hypercorn_config())
    sockets = [listener, *(listener.dup() for _ in range(ACCEPTS - 1))]
    servers = [await asyncio.start_server(connections.handle, sock=sock, backlog=BACKLOG) for sock in sockets]
    try:
        await draining.wait()
    finally:
        for server in servers:
            server.close()
        await connections.close(GRACEFUL_SECONDS)


async def wait_finished(serving: "asyncio.Task[None]", in_flight: InFlightCounter) -> None:
    """Raises what the server task raised."""
    loop = asyncio.get_running_loop()
    end = loop.time() + GRACEFUL_SECONDS + CUT_SECONDS
    await asyncio.wait({serving}, timeout=end - loop.time())
    if serving.done():
        serving.result()
        await in_flight.wait_idle(end - loop.time())
    else:
        log.warning("connections_cut: some clients did not read their responses")


KEEP_ALIVE_SECONDS: Final = 20
"""Much longer than clients keep a connection that names no time (Node: 4 s), so that a busy one does not send its next
request while we close."""


def hypercorn_config() -> Config:
    config = Config()
    config.include_server_header = False
    config.keep_alive_timeout = KEEP_ALIVE_SECONDS
    config.h11_max_incomplete_size = MAX_HEAD_BYTES
    config.accesslog = None
    config.errorlog = log  # errors that the app does not handle
    return config


def ignore_cancelled_connections(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Python 3.11 reports a connection that is cut while it waits for its client as an error; it is none."""
    if not isinstance(context.get("exception"), asyncio.CancelledError):
        loop.default_exception_handler(context)
