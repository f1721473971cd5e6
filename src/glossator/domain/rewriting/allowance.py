"""Limits how many texts that may not be the book's own one client network may have rewritten per day."""

import logging
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

from glossator.domain.errors import Unavailable
from glossator.domain.rewriting.ports import UsageCounter

log = logging.getLogger(__name__)


def today() -> date:
    return datetime.now(UTC).date()


class MemoryUsageCounter:
    """Implements UsageCounter for this process only."""

    def __init__(self) -> None:
        self._day = date.min
        self._used: Counter[str] = Counter()

    async def take(self, network: str, day: date, limit: int) -> bool:
        if day != self._day:
            self._day = day
            self._used.clear()
        if self._used[network] >= limit:
            return False
        self._used[network] += 1
        return True


class DailyAllowance:
    """Days are UTC days. While `counter` is unavailable, this process counts on its own."""

    def __init__(self, limit: int, day: Callable[[], date] = today, counter: UsageCounter | None = None) -> None:
        self.limit = limit
        self._day = day
        self._local = MemoryUsageCounter()
        self._counter = counter or self._local

    @property
    def resets_at(self) -> datetime:
        """The next midnight, when every network can cause new results again."""
        return datetime.combine(self._day() + timedelta(days=1), time(), UTC)

    async def take(self, network: str) -> bool:
        """Counts one result; returns False, and counts nothing, if the day's limit is reached."""
        try:
            return await self._counter.take(network, self._day(), self.limit)
        except Unavailable as error:
            log.warning("rewriting_shares_not_counted: %s", error)
            return await self._local.take(network, self._day(), self.limit)
