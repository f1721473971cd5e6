"""The app behind the server: until it is told to stop, and some seconds longer for what is under way.

Requests that are being answered while the server stops.

The server waits for the connections that it knows. One that was accepted in the moment when it began to stop is not
among them, and would be cut with the process.
"""

import asyncio
import logging
import socket
from contextlib import suppress
from typing import Any, Final

from hypercorn.asyncio import serve
from hypercorn.config import Config
from quart import Quart

from glossator.kernel.asgi import Asgi
from glossator.kernel.draining import Draining

LATE_SECONDS: Final = 0.1
"""In which such a connection has sent its request."""


class InFlightCounter:
    """An ASGI app that knows how many of its requests are under way."""

    def __init__(self, app: Asgi) -> None:
        self._app = app
        self._open = 0
        self._none = asyncio.Event()
        self._none.set()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self._open += 1
        self._none.clear()
        try:
            await self._app(scope, receive, send)
        finally:
            self._open -= 1
            if not self._open:
                self._none.set()

    async def ended(self, seconds: float) -> None:
        """Returns when none is left, or after this time."""
        await asyncio.sleep(LATE_SECONDS)
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._none.wait()


log = logging.getLogger(__name__)

GRACEFUL_SECONDS: Final = 5.0
"""Until the server cuts its connections."""
CUT_SECONDS: Final = 0.5
"""For that; a client that does not read what it asked for would keep its connection longer."""


async def serve_app(app: Quart, listener: socket.socket, draining: Draining) -> None:
    asyncio.get_running_loop().set_exception_handler(tell_unless_cut)
    under_way = InFlightCounter(app)
    stopping = asyncio.create_task(draining.wait())
    serving = asyncio.create_task(
        serve(under_way, configured(listener), shutdown_trigger=lambda: waited_for(draining), mode="asgi")
    )
    try:
        await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
        await finished(serving, under_way)
    finally:
        for task in (serving, stopping):
            task.cancel()
        await asyncio.gather(serving, stopping, return_exceptions=True)


async def finished(serving: "asyncio.Task[None]", under_way: InFlightCounter) -> None:
    """Raises what the server raised."""
    loop = asyncio.get_running_loop()
    end = loop.time() + GRACEFUL_SECONDS + CUT_SECONDS
    await asyncio.wait({serving}, timeout=end - loop.time())
    if serving.done():
        serving.result()
        await under_way.ended(end - loop.time())
    else:
        log.warning("connections_cut: some clients did not read their answers")


async def waited_for(draining: Draining) -> None:
    await draining.wait()


def configured(listener: socket.socket) -> Config:
    config = Config()
    config.bind = [f"fd://{listener.detach()}"]  # hypercorn closes it
    config.graceful_timeout = GRACEFUL_SECONDS
    config.include_server_header = False
    config.h11_max_incomplete_size = 160 * 1024  # a bearer of 100 KB is told that it opens nothing
    config.accesslog = None
    config.errorlog = None
    return config


def tell_unless_cut(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """A connection that is cut while it waits for its client is no fault; Python 3.11 tells it as one."""
    if not isinstance(context.get("exception"), asyncio.CancelledError):
        loop.default_exception_handler(context)
