"""Requests that are being answered while the server stops.

The server waits for the connections that it knows. One that was accepted in the moment when it began to stop is not
among them, and would be cut with the process.
"""

import asyncio
from contextlib import suppress
from typing import Any, Final

from glossator.kernel.asgi import Asgi

LATE_SECONDS: Final = 0.1
"""In which such a connection has sent its request."""


class UnderWay:
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
