"""Serves the app with Hypercorn on a free port of 127.0.0.1."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from anyio.from_thread import start_blocking_portal
from hypercorn.asyncio import serve
from hypercorn.config import Config
from quart import Quart


@contextmanager
def served_in_thread(app: Quart) -> Iterator[str]:
    """The same from a thread of its own, for tests that wait for a browser."""
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(serving_app(app)) as url:
        yield url


@asynccontextmanager
async def serving_app(app: Quart) -> AsyncIterator[str]:
    """Yields the address; the end of the block stops the server as a deployment does."""
    stop = asyncio.Event()

    async def wait_for_stop() -> None:
        await stop.wait()

    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    config = Config()
    config.bind = [f"fd://{listener.detach()}"]  # hypercorn closes it
    config.graceful_timeout = 1.0
    config.keep_alive_timeout = 75.0  # as the product: a client that waits must not meet a closed connection
    config.errorlog = None
    serving = asyncio.create_task(serve(app, config, shutdown_trigger=wait_for_stop, mode="asgi"))
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        stop.set()
        await serving
