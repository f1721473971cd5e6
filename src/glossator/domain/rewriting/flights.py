"""Work of which as many as like share one run."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass
class _Flight(Generic[T]):
    task: "asyncio.Task[T]"
    waiting: int = 0


class Flights(Generic[T]):
    """Runs under way by key. One that nobody waits for any more is cancelled, and has ended when the last
    who waited leaves."""

    def __init__(self) -> None:
        self._flights: dict[bytes, _Flight[T]] = {}

    def __contains__(self, key: bytes) -> bool:
        return key in self._flights

    async def share(self, key: bytes, work: Callable[[], Awaitable[T]]) -> T:
        """What the run under this key gives or raises; `work` begins one when there is none."""
        flight = self._flights.get(key)
        if flight is None:
            flight = self._flights[key] = _Flight(asyncio.ensure_future(_awaited(work)))
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
