"""Notifies open requests that the process is about to stop."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

ANSWER_SECONDS: Final = 4.0
"""Shorter than the server's own grace period."""


class Draining(asyncio.Event):
    """Set when the process has received a stop signal: streams then end, and other answers have some seconds left."""

    def __init__(self, answer_seconds: float = ANSWER_SECONDS) -> None:
        super().__init__()
        self._answer_seconds = answer_seconds
        self._deadline: float | None = None
        self._timeouts: set[asyncio.Timeout] = set()

    def set(self) -> None:
        """Call it only in the event loop."""
        if not self.is_set():
            self._deadline = asyncio.get_running_loop().time() + self._answer_seconds
            for timeout in self._timeouts:
                timeout.reschedule(self._deadline)
        super().set()

    @asynccontextmanager
    async def answer_timeout(self) -> AsyncIterator[asyncio.Timeout]:
        """Raises TimeoutError in the block when the seconds are over; the yielded timeout has then expired."""
        async with asyncio.timeout_at(self._deadline) as timeout:
            self._timeouts.add(timeout)
            try:
                yield timeout
            finally:
                self._timeouts.discard(timeout)
