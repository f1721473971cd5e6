"""Single flight for concurrent requests, and a negative cache for recent failures."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from time import monotonic
from typing import Final, Generic, TypeVar

T = TypeVar("T")


@dataclass
class _Call(Generic[T]):
    task: "asyncio.Task[T]"
    waiters: int = 0


class SingleFlight(Generic[T]):
    """Shares one running call per key. When the last waiter leaves, the call is cancelled and awaited."""

    def __init__(self) -> None:
        self._calls: dict[Hashable, _Call[T]] = {}

    def __contains__(self, key: Hashable) -> bool:
        return key in self._calls

    async def share(self, key: Hashable, work: Callable[[], Awaitable[T]]) -> T:
        """Returns or raises what the running call does; starts `work` if none is running."""
        call = self._calls.get(key)
        if call is None:
            call = self._calls[key] = _Call(asyncio.ensure_future(_await(work)))
        call.waiters += 1
        try:
            return await asyncio.shield(call.task)
        finally:
            call.waiters -= 1
            if call.waiters == 0 or call.task.done():
                if self._calls.get(key) is call:
                    del self._calls[key]
                if call.task.cancel():
                    await asyncio.gather(call.task, return_exceptions=True)


async def _await(work: Callable[[], Awaitable[T]]) -> T:
    return await work()


DEFAULT_SECONDS: Final = 3600.0
DEFAULT_ENTRIES: Final = 10_000


class NegativeCache:
    """Remembers failed keys for `seconds`, at most `max_entries` of them, so that they do not cost another call."""

    def __init__(
        self,
        *,
        seconds: float = DEFAULT_SECONDS,
        max_entries: int = DEFAULT_ENTRIES,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._seconds = seconds
        self._max_entries = max_entries
        self._clock = clock
        self._failed_at: OrderedDict[bytes, float] = OrderedDict()

    def __contains__(self, key: bytes) -> bool:
        failed_at = self._failed_at.get(key)
        return failed_at is not None and self._clock() - failed_at < self._seconds

    def add(self, key: bytes) -> None:
        self._failed_at[key] = self._clock()
        self._failed_at.move_to_end(key)
        if len(self._failed_at) > self._max_entries:
            self._failed_at.popitem(last=False)
