"""The money that the site may spend: one reservation for each piece of work, settled when it ends.

A reservation is the worst case of the whole work. What the work really used is counted when its block ends, also
when it fails or is cancelled.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import date, timedelta
from typing import Final

from glossator.domain.budget.caps import Cap, Caps, Payer, WorkKind, nanos
from glossator.domain.budget.leases import Leases
from glossator.domain.budget.memory_ledger import MemoryLedger
from glossator.domain.budget.ports import Ledger, Used
from glossator.domain.budget.spending import Spending
from glossator.domain.budget.usage import CapBalance, UsageReport
from glossator.domain.clock import Clock, now
from glossator.domain.errors import Unavailable

log = logging.getLogger(__name__)

CLOSE_SECONDS: Final = 2.0


class Budget:
    def __init__(self, caps: Caps, ledger: Ledger, leases: Leases, clock: Clock = now) -> None:
        self.caps = caps
        self._ledger = ledger
        self._leases = leases
        self._clock = clock
        self._used: dict[tuple[date, WorkKind], Used] = {}
        self.totals: dict[WorkKind, Used] = {}
        """What this process has used since its start, by kind; `day` is the first one."""

    @classmethod
    def without_caps(cls) -> "Budget":
        """Refuses nothing."""
        ledger = MemoryLedger()
        return cls(Caps(), ledger, Leases(ledger))

    def spending(self, payer: Payer, kind: WorkKind, worst_usd: float) -> AbstractAsyncContextManager[Spending]:
        """Reserves the worst case for the block. If a cap has less left, `refused` says which, and nothing is reserved.

        The operator's work is counted without a reservation.
        """
        caps = self.caps.of(payer, kind, self._today)
        return self._reserved(kind, caps, None if payer.operator else nanos(worst_usd))

    def whole(self, kind: WorkKind, worst_usd: float, *, apart: bool) -> AbstractAsyncContextManager[Spending]:
        """For one large piece of the operator's work, which is refused if less is left.

        If it has a budget of its own, apart from the site's caps, it is only recorded.
        """
        return self._reserved(kind, [] if apart else self.caps.site(self._today), nanos(worst_usd))

    @asynccontextmanager
    async def _reserved(self, kind: WorkKind, caps: Sequence[Cap], held: int | None) -> AsyncIterator[Spending]:
        """Work that costs nothing needs no reservation."""
        day = self._today
        refused = await self._leases.hold(caps, held) if held else None
        spending = Spending(refused)
        try:
            yield spending
        finally:
            spent = nanos(spending.usd)
            if refused is None and (held or spent):
                self._leases.settle(caps, held or 0, spent)
            used = spending.used(day, kind, spent)
            self._count(used)
            self.totals[kind] = self.totals[kind].plus(used) if kind in self.totals else used

    def spent(self) -> list[Cap]:
        """The caps of the whole site that had too little left for the last question."""
        return [cap for cap in self.caps.shared(self._today) if self._leases.is_spent(cap)]

    async def left(self) -> list[CapBalance]:
        """What is left of the caps that everyone shares. Raises Unavailable."""
        caps = self.caps.shared(self._today)
        counted = await self._ledger.counted(caps)
        return [
            CapBalance(cap, max(0, cap.amount - amount + max(0, self._leases.free(cap))))
            for cap, amount in zip(caps, counted, strict=True)
        ]

    async def report(self, days: int) -> UsageReport:
        """Raises Unavailable."""
        await self._record()
        used = await self._ledger.used(self._today - timedelta(days=days - 1))
        own = [CapBalance(cap, None) for cap in self.caps.individual(self._today)]
        return UsageReport(used, [*await self.left(), *own])

    async def renew(self) -> None:
        """Runs periodically. A failure is logged, and the next run tries again."""
        try:
            await self._leases.renew()
            await self._record()
        except Unavailable as error:
            log.warning("budget_not_counted: %s; the next run tries again", error)

    async def close(self) -> None:
        """Gives back what is left of the leases, if the database answers in time."""
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._leases.close()
                await self._record()
        except (Unavailable, TimeoutError) as error:
            reason = str(error) or "the database did not answer in time"
            log.warning("budget_not_counted: %s; the leases of this process count as spent", reason)

    @property
    def _today(self) -> date:
        return self._clock().date()

    def _count(self, used: Used) -> None:
        known = self._used.get((used.day, used.kind))
        self._used[used.day, used.kind] = known.plus(used) if known else used

    async def _record(self) -> None:
        used, self._used = self._used, {}
        if not used:
            return
        try:
            await self._ledger.record(list(used.values()))
        except Unavailable:
            for one in used.values():
                self._count(one)
            raise
