"""A ledger in the memory of one process, for deployments without a database."""

from collections import OrderedDict
from collections.abc import Sequence
from datetime import date
from typing import Final

from glossator.domain.budget.caps import Cap, CapName, WorkKind, end_of
from glossator.domain.budget.ports import Draw, Drawn, Used

MAX_COUNTS: Final = 50_000
"""Of networks and accounts; beyond it the least recently used one starts again, within the caps of the whole site."""
MAX_DAYS: Final = 400

Key = tuple[CapName, str, date]


class MemoryLedger:
    """Implements Ledger."""

    def __init__(self, *, size: int = MAX_COUNTS) -> None:
        self._size = size
        self._counted: OrderedDict[Key, int] = OrderedDict()
        self._newest = date.min
        self._used: dict[tuple[date, WorkKind], Used] = {}

    async def draw(self, draws: Sequence[Draw]) -> Sequence[Drawn]:
        return [self._draw(draw) for draw in draws]

    async def add(self, amounts: Sequence[tuple[Cap, int]]) -> None:
        for cap, amount in amounts:
            self._count(cap, amount)

    async def counted(self, caps: Sequence[Cap]) -> Sequence[int]:
        return [self._counted.get(_key(cap), 0) for cap in caps]

    async def record(self, used: Sequence[Used]) -> None:
        for one in used:
            known = self._used.get((one.day, one.kind))
            self._used[one.day, one.kind] = known.plus(one) if known else one
        while len({day for day, _ in self._used}) > MAX_DAYS:
            oldest = min(day for day, _ in self._used)
            self._used = {key: value for key, value in self._used.items() if key[0] != oldest}

    async def used(self, since: date) -> Sequence[Used]:
        return sorted((one for one in self._used.values() if one.day >= since), key=lambda one: (one.day, one.kind))

    def _draw(self, draw: Draw) -> Drawn:
        left = draw.cap.amount - self._counted.get(_key(draw.cap), 0)
        granted = 0 if draw.needed > left else min(draw.wanted, left)
        self._count(draw.cap, granted)
        return Drawn(granted, left - granted)

    def _count(self, cap: Cap, amount: int) -> None:
        if cap.period > self._newest:
            self._newest = cap.period
            self._forget_ended()
        key = _key(cap)
        self._counted[key] = max(0, self._counted.get(key, 0) + amount)
        self._counted.move_to_end(key)
        if len(self._counted) > self._size:
            del self._counted[next(key for key in self._counted if key[1])]

    def _forget_ended(self) -> None:
        for key in [key for key in self._counted if end_of(key[0], key[2]) <= self._newest]:
            del self._counted[key]


def _key(cap: Cap) -> Key:
    return cap.limit, cap.key, cap.period
