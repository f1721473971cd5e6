"""Serves the app with Hypercorn on a free port of 127.0.0.1."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from hypercorn.asyncio import serve
from hypercorn.config import Config
from quart import Quart


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
    config.errorlog = None
    serving = asyncio.create_task(serve(app, config, shutdown_trigger=wait_for_stop, mode="asgi"))
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        stop.set()
        await serving
