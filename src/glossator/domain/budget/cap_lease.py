"""What one process holds of one cap: its lease, and the reservations that run on it."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from glossator.domain.budget.caps import Cap
from glossator.domain.budget.ports import Draw, Drawn

LEASE_TIME: Final = timedelta(minutes=10)
USED_TIME: Final = timedelta(minutes=5)
"""A lease that was used so recently is renewed when it expires."""
REFUSED_TIME: Final = timedelta(seconds=10)
"""How long a refusal holds before the ledger is asked again: other processes give back what they do not need."""


@dataclass
class CapLease:
    """`free` is what is left of the lease; below 0, more was spent than leased. `held` is reserved by running work.

    `left` is what the cap had after the last lease; `owed` was granted without the ledger, which counts it later.
    `refused` is the least that the ledger refused at `refused_at`.
    """

    cap: Cap
    left: int
    free: int = 0
    held: int = 0
    owed: int = 0
    expires_at: datetime | None = None
    refused_at: datetime | None = None
    refused: int = 0
    used: bool = True
    used_at: datetime | None = None
    drawing: asyncio.Lock = field(default_factory=asyncio.Lock)

    def hold(self, amount: int) -> None:
        self.free -= amount
        self.held += amount
        self.used = True
        self.refused_at = None

    def settle(self, held: int, spent: int) -> None:
        self.held -= held
        self.free += held - spent
        self.used = True

    def is_refused(self, amount: int, now: datetime) -> bool:
        if self.refused_at is None or now >= self.refused_at + REFUSED_TIME:
            return False
        return self.free < amount and amount - self.free >= self.refused

    def is_over(self, now: datetime) -> bool:
        """Whether its day or month has ended."""
        return now >= self.cap.resets_at

    def is_expired(self, now: datetime) -> bool:
        return self.expires_at is None or now >= self.expires_at

    def is_in_use(self, now: datetime) -> bool:
        """Asked once per renewal."""
        if self.used:
            self.used, self.used_at = False, now
        return self.used_at is not None and now < self.used_at + USED_TIME

    def is_low(self) -> bool:
        return self.free < self.cap.lease // 2

    def draw_for(self, amount: int) -> Draw:
        """Whole leases, as many as the amount takes."""
        needed = amount - self.free
        leases = -(-needed // self.cap.lease)
        return Draw(self.cap, needed, max(1, leases) * self.cap.lease)

    def surplus(self) -> int:
        """Takes what is above one lease, which a large reservation left."""
        surplus = max(0, self.free - self.cap.lease)
        self.free -= surplus
        return surplus

    def top_up(self) -> Draw:
        """To one whole lease."""
        return Draw(self.cap, 0, max(0, self.cap.lease - self.free))

    def receive(self, draw: Draw, drawn: Drawn, now: datetime) -> None:
        self.free += drawn.granted
        self.left = drawn.left
        self.expires_at = now + LEASE_TIME
        if drawn.granted:
            self.refused_at = None
        elif draw.needed > 0:
            self.refuse(draw, now)

    def refuse(self, draw: Draw, now: datetime) -> None:
        self.refused_at, self.refused = now, draw.needed

    def grant_alone(self, draw: Draw, processes: int, now: datetime) -> None:
        """While the ledger is unavailable: from this process's part of what was left."""
        granted = min(draw.wanted, self.left // processes - self.owed)
        if granted < draw.needed:
            self.refuse(draw, now)
            return
        self.free += granted
        self.owed += granted
        self.expires_at = now + LEASE_TIME
