"""One Guard for each upstream: the deadline of calls, and the outcome of the last call.

Every call to an upstream runs inside `guard.call()`, which is also the place for circuit breakers and metrics.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass


@dataclass(frozen=True)
class Outcome:
    """The outcome of a call that was not cancelled. `at` is monotonic time in seconds."""

    ok: bool
    latency_ms: float
    at: float


class Guard:
    """Counts consecutive failures; a cancelled call counts neither as a success nor as a failure."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.last: Outcome | None = None
        self.failure_count = 0

    @property
    def state(self) -> str:
        """The state of the circuit breaker; `closed`: calls are allowed."""
        return "closed"

    @asynccontextmanager
    async def call(self, deadline: float | None = None) -> AsyncIterator[None]:
        """Run the block as one call. Raises TimeoutError when it takes longer than `deadline` seconds."""
        start = time.monotonic()
        try:
            async with asyncio.timeout(deadline):
                yield
        except Exception:
            self._record(start, ok=False)
            raise
        self._record(start, ok=True)

    def _record(self, start: float, *, ok: bool) -> None:
        now = time.monotonic()
        self.last = Outcome(ok, (now - start) * 1000, now)
        self.failure_count = 0 if ok else self.failure_count + 1
