"""How late the event loop runs what is due. It is late when the requests need more than one processor has.

New work is refused meanwhile: it would only make everything that has begun slower.
"""

import asyncio
from collections import deque
from types import TracebackType
from typing import Final, Self

TICK_SECONDS: Final = 0.1
TICKS: Final = 3
LATE_SECONDS: Final = 0.3


class LoopLag:
    """Enter it for the lifetime of the server."""

    def __init__(self) -> None:
        self._lags: deque[float] = deque([0.0] * TICKS, maxlen=TICKS)
        self._due = 0.0
        self._handle: asyncio.TimerHandle | None = None

    async def __aenter__(self) -> Self:
        self._schedule()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._handle is not None:
            self._handle.cancel()

    @property
    def is_late(self) -> bool:
        """Whether the last ticks were all late: a single long step is no overload."""
        return min(self._lags) > LATE_SECONDS

    def _schedule(self) -> None:
        loop = asyncio.get_running_loop()
        self._due = loop.time() + TICK_SECONDS
        self._handle = loop.call_at(self._due, self._tick)

    def _tick(self) -> None:
        self._lags.append(asyncio.get_running_loop().time() - self._due)
        self._schedule()
