"""A bounded queue for a scarce resource, shared fairly by the networks of the callers.

- A free slot goes to the networks in turn, whatever the number of requests that each of them sends.
- In a full queue a network with fewer waiting calls takes the newest place of the network with the most.
- Background work has at most half of the slots, and gets one only while nobody else waits.
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Callable, Hashable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from math import ceil
from typing import Final

CALLER: Final[ContextVar[str]] = ContextVar("caller", default="-")
"""The client network of the current request."""

QueuePlace = asyncio.Future[bool]  # True: has a slot; False: lost the place to another network


class FairQueue:
    """At most `slots` callers run at once; at most `max_waiting` wait, each for at most `max_wait` seconds.

    A caller that cannot run gets the error that `refusal` makes of the seconds after which to try again.
    """

    def __init__(self, slots: int, *, max_waiting: int, max_wait: float, refusal: Callable[[int], Exception]) -> None:
        self.slots = slots
        self._free = slots
        self._max_waiting = max_waiting
        self._max_wait = max_wait
        self._refusal = refusal
        self._places: OrderedDict[Hashable, deque[QueuePlace]] = OrderedDict()
        self._background = asyncio.Semaphore(max(1, slots // 2))
        self._patient: deque[QueuePlace] = deque()

    @property
    def waiting(self) -> int:
        return sum(map(len, self._places.values()))

    @property
    def running(self) -> int:
        return self.slots - self._free

    @property
    def is_full(self) -> bool:
        return not self._free and self.waiting >= self._max_waiting

    def refuse_waiting(self, error: Exception) -> None:
        """Every waiting caller raises the error."""
        places = [place for waiting in (*self._places.values(), self._patient) for place in waiting]
        self._places.clear()
        self._patient.clear()
        for place in places:
            place.set_exception(error)

    @asynccontextmanager
    async def slot(self, key: Hashable) -> AsyncIterator[None]:
        """Holds a slot during the block. Callers with the same key share one turn. Raises what `refusal` makes."""
        await self.acquire(key)
        try:
            yield
        finally:
            self.release()

    @asynccontextmanager
    async def background_slot(self) -> AsyncIterator[None]:
        """Holds a slot during the block, and waits for it as long as it takes."""
        async with self._background:
            await self._acquire_last()
            try:
                yield
            finally:
                self.release()

    async def _acquire_last(self) -> None:
        if self._free:
            self._free -= 1
            return
        place: QueuePlace = asyncio.get_running_loop().create_future()
        self._patient.append(place)
        try:
            await asyncio.wait([place])
        except asyncio.CancelledError:
            if not place.done():
                self._patient.remove(place)
            elif place.exception() is None:
                self.release()
            raise
        place.result()

    async def acquire(self, key: Hashable) -> None:
        """For work that outlives its caller: call `release` once when it ends."""
        if self._free:
            self._free -= 1
            return
        place = self._enter(key)
        try:
            await asyncio.wait([place], timeout=self._max_wait)
        except asyncio.CancelledError:
            self._leave(key, place)
            raise
        if not place.done():
            self._leave(key, place)
            raise self._refused()
        if not place.result():
            raise self._refused()

    def release(self) -> None:
        """Hands the slot to the next network that waits, or else to background work."""
        if not self._places:
            if self._patient:
                self._patient.popleft().set_result(True)
            else:
                self._free += 1
            return
        key, places = self._places.popitem(last=False)
        places.popleft().set_result(True)
        if places:
            self._places[key] = places

    def _enter(self, key: Hashable) -> QueuePlace:
        """A place at the end of the key's own queue. Raises what `refusal` makes."""
        if self.waiting >= self._max_waiting:
            self._make_room(key)
        place: QueuePlace = asyncio.get_running_loop().create_future()
        self._places.setdefault(key, deque()).append(place)
        return place

    def _make_room(self, key: Hashable) -> None:
        longest = max(self._places, key=lambda other: len(self._places[other]), default=key)
        if len(self._places.get(longest, ())) <= len(self._places.get(key, ())) + 1:
            raise self._refused()
        self._places[longest].pop().set_result(False)  # at least one is left

    def _leave(self, key: Hashable, place: QueuePlace) -> None:
        """Passes on a slot that arrived just as its caller left."""
        if place.done():
            if place.exception() is None and place.result():
                self.release()
            return
        places = self._places[key]
        places.remove(place)
        if not places:
            del self._places[key]

    def _refused(self) -> Exception:
        return self._refusal(ceil(self._max_wait))
