"""A clock set by hand, caps that are easy to read, and a ledger that counts its round trips or fails."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from glossator.domain.budget.budget import Budget
from glossator.domain.budget.caps import USD, Cap, Caps, Payer
from glossator.domain.budget.leases import DRAW_SECONDS, Leases
from glossator.domain.budget.memory_ledger import MemoryLedger
from glossator.domain.budget.ports import Draw, Drawn, Ledger
from glossator.domain.errors import Unavailable

NOON: Final = datetime(2026, 1, 31, 12, tzinfo=UTC)
CAPS: Final = Caps(
    site_day=5 * USD,
    site_month=50 * USD,
    account_day=USD // 2,
    network_day=USD // 2,
    guests_share=0.5,
    rewriting_share=0.3,
)
GUEST: Final = Payer("192.0.2.1")
READER: Final = Payer("192.0.2.1", "account-1")
YOUNG_READER: Final = Payer("192.0.2.1", "account-2", young=True)
DAY_CAP: Final = Cap("site_day", "", NOON.date(), 5 * USD)


@dataclass
class HandClock:
    moment: datetime = NOON

    def __call__(self) -> datetime:
        return self.moment

    def forward(self, **step: float) -> None:
        self.moment += timedelta(**step)


@dataclass
class WatchedLedger(MemoryLedger):
    """`draws` has the caps of each round trip; while `down`, every call fails."""

    draws: list[list[Cap]] = field(default_factory=list)
    down: bool = False

    def __post_init__(self) -> None:
        super().__init__()

    async def draw(self, draws: Sequence[Draw]) -> Sequence[Drawn]:
        self.draws.append([draw.cap for draw in draws])
        self._fail_if_down()
        return await super().draw(draws)

    async def add(self, amounts: Sequence[tuple[Cap, int]]) -> None:
        self._fail_if_down()
        await super().add(amounts)

    def _fail_if_down(self) -> None:
        if self.down:
            raise Unavailable("database", "down on purpose")


@dataclass
class Process:
    """One process with its leases. `crash` is to stop using it; `budget.close()` is a clean stop."""

    ledger: Ledger = field(default_factory=WatchedLedger)
    caps: Caps = CAPS
    clock: HandClock = field(default_factory=HandClock)
    processes: int = 1
    patience: float = DRAW_SECONDS

    def __post_init__(self) -> None:
        self.leases = Leases(self.ledger, clock=self.clock, processes=self.processes, patience=self.patience)
        self.budget = Budget(self.caps, self.ledger, self.leases, self.clock)

    async def ask(self, payer: Payer = GUEST, *, worst: float = 0.002, cost: float = 0.001) -> Cap | None:
        """One question; returns the cap that refused it."""
        async with self.budget.spending(payer, "question", worst) as spending:
            if spending.refused is None:
                spending.add_embedding(1, cost * 1_000_000)
            return spending.refused

    async def counted(self, cap: Cap = DAY_CAP) -> int:
        return (await self.ledger.counted([cap]))[0]
