"""Work of which as many as like share one run.

What a model left as it is, for a while: asking again would cost again and come to the same.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from time import monotonic
from typing import Final, Generic, TypeVar

T = TypeVar("T")


@dataclass
class _Call(Generic[T]):
    task: "asyncio.Task[T]"
    waiting: int = 0


class SingleFlight(Generic[T]):
    """Runs under way by key. One that nobody waits for any more is cancelled, and has ended when the last
    who waited leaves."""

    def __init__(self) -> None:
        self._flights: dict[bytes, _Call[T]] = {}

    def __contains__(self, key: bytes) -> bool:
        return key in self._flights

    async def share(self, key: bytes, work: Callable[[], Awaitable[T]]) -> T:
        """What the run under this key gives or raises; `work` begins one when there is none."""
        flight = self._flights.get(key)
        if flight is None:
            flight = self._flights[key] = _Call(asyncio.ensure_future(_awaited(work)))
        flight.waiting += 1
        try:
            return await asyncio.shield(flight.task)
        finally:
            flight.waiting -= 1
            if flight.waiting == 0 or flight.task.done():
                if self._flights.get(key) is flight:
                    del self._flights[key]
                if flight.task.cancel():
                    await asyncio.gather(flight.task, return_exceptions=True)


async def _awaited(work: Callable[[], Awaitable[T]]) -> T:
    return await work()


SECONDS: Final = 3600.0
MOST: Final = 10_000


class NegativeCache:
    """Keys with the moment of their failure, at most `most`, each for `seconds`."""

    def __init__(self, *, seconds: float = SECONDS, most: int = MOST, clock: Callable[[], float] = monotonic) -> None:
        self._seconds = seconds
        self._most = most
        self._clock = clock
        self._failed: OrderedDict[bytes, float] = OrderedDict()

    def __contains__(self, key: bytes) -> bool:
        failed = self._failed.get(key)
        return failed is not None and self._clock() - failed < self._seconds

    def add(self, key: bytes) -> None:
        self._failed[key] = self._clock()
        self._failed.move_to_end(key)
        if len(self._failed) > self._most:
            self._failed.popitem(last=False)
