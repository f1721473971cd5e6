"""Reserves money in memory, from leases that are drawn from the ledger.

- While the leases last, a reservation makes no round trip. They are renewed in the background while they are used.
- A lease counts as spent until its process gives back the rest: after ten minutes, at the end of its day, or when it
  stops. What a killed process held stays spent.
- While the ledger is unavailable, a process grants itself its part of what was left and has that counted later.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta
from typing import Final

from glossator.domain.budget.cap_lease import CapLease
from glossator.domain.budget.caps import Cap
from glossator.domain.budget.ports import Draw, Ledger
from glossator.domain.clock import Clock, now
from glossator.domain.errors import Unavailable

log = logging.getLogger(__name__)

MAX_LEASES: Final = 10_000
DRAW_SECONDS: Final = 1.0
ALONE_TIME: Final = timedelta(seconds=5)
"""How long the ledger is not asked again after a failure."""


class Leases:
    """`processes` share the ledger. `size` bounds how many caps, mostly of networks, have a lease at once.

    A question waits `patience` seconds for a lease; then the process decides alone.
    """

    def __init__(
        self, ledger: Ledger, *, clock: Clock = now, processes: int = 1, size: int = MAX_LEASES,
        patience: float = DRAW_SECONDS,
    ) -> None:  # fmt: skip
        self._ledger = ledger
        self._clock = clock
        self._processes = processes
        self._size = size
        self._patience = patience
        self._leases: OrderedDict[Cap, CapLease] = OrderedDict()
        self._returned: dict[Cap, int] = {}
        self._alone_until: datetime | None = None

    async def hold(self, caps: Sequence[Cap], amount: int) -> Cap | None:
        """Reserves the amount under every cap, or nothing; then it returns the cap that has less left."""
        while True:
            leases = [self._lease(cap) for cap in caps]
            time = self._clock()
            refused = next((lease.cap for lease in leases if lease.is_refused(amount, time)), None)
            if refused is not None:
                return refused
            short = [lease for lease in leases if lease.free < amount]
            if not short:
                for lease in leases:
                    lease.hold(amount)
                return None
            await self._draw(short, amount)

    def settle(self, caps: Sequence[Cap], held: int, spent: int) -> None:
        """Ends a reservation; without one, `held` is 0. Never waits, so it is safe while a task is cancelled."""
        for cap in caps:
            self._lease(cap).settle(held, spent)

    def is_spent(self, cap: Cap) -> bool:
        """Whether the last question found less left than it needed."""
        lease = self._leases.get(cap)
        return lease is not None and lease.refused_at is not None

    def free(self, cap: Cap) -> int:
        """What is left of the own lease."""
        lease = self._leases.get(cap)
        return lease.free if lease else 0

    async def renew(self) -> None:
        """Keeps the leases in use, gives back the others, and counts what was granted or spent without a lease.

        Raises Unavailable; what was to be given back then stays spent.
        """
        time = self._clock()
        low: list[CapLease] = []
        for lease in [lease for lease in self._leases.values() if not lease.drawing.locked()]:
            in_use, expired = lease.is_in_use(time), lease.is_expired(time)
            if lease.is_over(time) or (expired and not in_use):
                self._end(lease)
            elif expired:
                self._return(lease.cap, -lease.surplus())
                low.append(lease)
            elif in_use and lease.is_low():
                low.append(lease)
        await self._give_back()
        await self._top_up(low)

    async def close(self) -> None:
        """Gives back every lease. Raises Unavailable."""
        for lease in list(self._leases.values()):
            self._end(lease)
        await self._give_back()

    def _lease(self, cap: Cap) -> CapLease:
        lease = self._leases.get(cap)
        if lease is None:
            lease = self._leases[cap] = CapLease(cap, left=cap.amount)
            if len(self._leases) > self._size:
                self._evict()
        self._leases.move_to_end(cap)
        return lease

    def _evict(self) -> None:
        """The least recently used one that nothing runs on."""
        idle = (lease for lease in self._leases.values() if not lease.held and lease.cap.key)
        if (oldest := next(idle, None)) is not None and not oldest.drawing.locked():
            self._end(oldest)

    def _end(self, lease: CapLease) -> None:
        """What its running work holds stays counted until it is settled."""
        self._return(lease.cap, lease.owed - lease.free)
        lease.free = lease.owed = 0
        if not lease.held:
            self._leases.pop(lease.cap, None)

    async def _draw(self, leases: Sequence[CapLease], amount: int) -> None:
        """One draw at a time for each cap; those who waited look again first."""
        async with _drawing(leases):
            short = [lease for lease in leases if lease.free < amount]
            if short and not await self._receive(short, [lease.draw_for(amount) for lease in short]):
                for lease in short:
                    lease.grant_alone(lease.draw_for(amount), self._processes, self._clock())

    async def _receive(self, leases: Sequence[CapLease], draws: Sequence[Draw]) -> bool:
        """Whether the ledger answered."""
        time = self._clock()
        if self._alone_until is not None and time < self._alone_until:
            return False
        try:
            async with asyncio.timeout(self._patience):
                drawn = await self._ledger.draw(draws)
        except (Unavailable, TimeoutError) as error:
            log.warning("budget_counts_alone: %s", error if str(error) else "the database did not answer in time")
            self._alone_until = time + ALONE_TIME
            return False
        self._alone_until = None
        for lease, draw, one in zip(leases, draws, drawn, strict=True):
            lease.receive(draw, one, time)
        return True

    async def _top_up(self, leases: Sequence[CapLease]) -> None:
        async with _drawing(leases):
            if leases:
                await self._receive(leases, [lease.top_up() for lease in leases])

    async def _give_back(self) -> None:
        for lease in self._leases.values():
            if lease.owed or lease.free < 0:
                self._return(lease.cap, lease.owed + max(0, -lease.free))
                lease.owed, lease.free = 0, max(0, lease.free)
        returned, self._returned = self._returned, {}
        if not returned:
            return
        try:
            await self._ledger.add(list(returned.items()))
        except Unavailable:
            self._returned = {cap: amount for cap, amount in returned.items() if amount > 0}
            raise

    def _return(self, cap: Cap, amount: int) -> None:
        """A negative amount may be forgotten: it then stays spent."""
        if amount and (amount > 0 or len(self._returned) < self._size):
            self._returned[cap] = self._returned.get(cap, 0) + amount


@asynccontextmanager
async def _drawing(leases: Sequence[CapLease]) -> AsyncIterator[None]:
    """Holds their locks, always in the order of the caps, so that no two draws wait for each other."""
    async with AsyncExitStack() as stack:
        for lease in sorted(leases, key=lambda lease: lease.cap.order):
            await stack.enter_async_context(lease.drawing)
        yield
