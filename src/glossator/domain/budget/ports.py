"""The ledger: what is counted against each cap, and what was used, for all processes together."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from glossator.domain.budget.caps import Cap, WorkKind


@dataclass(frozen=True)
class Draw:
    """A lease that a process asks for: `wanted`, or if that is too much for the cap, anything from `needed` on."""

    cap: Cap
    needed: int
    wanted: int


@dataclass(frozen=True)
class Drawn:
    """`granted` is 0 if less than what is needed is left; `left` is what the cap has after it."""

    granted: int
    left: int


@dataclass(frozen=True)
class Used:
    """What one kind of work used on one day; `nanos` are billionths of a US dollar."""

    day: date
    kind: WorkKind
    count: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    embedding_tokens: int = 0
    nanos: int = 0

    def plus(self, other: "Used") -> "Used":
        return Used(
            self.day,
            self.kind,
            self.count + other.count,
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
            self.embedding_tokens + other.embedding_tokens,
            self.nanos + other.nanos,
        )


class Ledger(Protocol):
    """Counts what was spent together with all open leases. Every method may raise Unavailable."""

    async def draw(self, draws: Sequence[Draw]) -> Sequence[Drawn]:
        """Counts leases against their caps, in one round trip."""
        ...

    async def add(self, amounts: Sequence[tuple[Cap, int]]) -> None:
        """Counts what was spent beyond a lease, or takes back what is left of one (negative); never refuses."""
        ...

    async def counted(self, caps: Sequence[Cap]) -> Sequence[int]: ...

    async def record(self, used: Sequence[Used]) -> None:
        """Adds to the totals by day and kind."""
        ...

    async def used(self, since: date) -> Sequence[Used]:
        """The totals, oldest day first."""
        ...
