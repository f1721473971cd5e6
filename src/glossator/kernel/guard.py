"""One Guard for each upstream: the deadline of its calls and what came of the last one.

Every call to an upstream runs inside `guard.call()`; it is the place where breakers and metrics join.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass


@dataclass(frozen=True)
class Outcome:
    """The last call that ended by itself. `at` is a reading of the monotonic clock, in seconds."""

    ok: bool
    latency_ms: float
    at: float


class Guard:
    """Counts what a service does; a call that was cancelled from outside counts neither way."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.last: Outcome | None = None
        self.failure_count = 0

    @property
    def state(self) -> str:
        """`closed`: calls pass."""
        return "closed"

    @asynccontextmanager
    async def call(self, deadline: float | None = None) -> AsyncIterator[None]:
        """Run the block as one call; raises TimeoutError when it takes longer than `deadline` seconds."""
        began = time.monotonic()
        try:
            async with asyncio.timeout(deadline):
                yield
        except Exception:
            self._ended(began, ok=False)
            raise
        self._ended(began, ok=True)

    def _ended(self, began: float, *, ok: bool) -> None:
        now = time.monotonic()
        self.last = Outcome(ok, (now - began) * 1000, now)
        self.failure_count = 0 if ok else self.failure_count + 1
