"""Tells what is open that the process is about to stop."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

ANSWER_SECONDS: Final = 4.0
"""Less than the server waits before it cuts connections."""


class Draining(asyncio.Event):
    """Set when the process was told to stop; streams then say so and end, and answers have some seconds left."""

    def __init__(self, answer_seconds: float = ANSWER_SECONDS) -> None:
        super().__init__()
        self._answer_seconds = answer_seconds
        self._end: float | None = None
        self._answering: set[asyncio.Timeout] = set()

    def set(self) -> None:
        """Only in the event loop."""
        if not self.is_set():
            self._end = asyncio.get_running_loop().time() + self._answer_seconds
            for limit in self._answering:
                limit.reschedule(self._end)
        super().set()

    @asynccontextmanager
    async def answering(self) -> AsyncIterator[asyncio.Timeout]:
        """Raises TimeoutError in what runs within when the seconds are over: the limit yielded has then expired."""
        async with asyncio.timeout_at(self._end) as limit:
            self._answering.add(limit)
            try:
                yield limit
            finally:
                self._answering.discard(limit)
