"""How many new results one client network may cause in a day."""

import logging
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

from glossator.domain.errors import Unavailable
from glossator.domain.rewriting.ports import Shares

log = logging.getLogger(__name__)


def today() -> date:
    return datetime.now(UTC).date()


class MemoryShares:
    """The port Shares for this process alone: forgotten at its end."""

    def __init__(self) -> None:
        self._counted_on = date.min
        self._taken: Counter[str] = Counter()

    async def take(self, network: str, day: date, most: int) -> bool:
        if day != self._counted_on:
            self._counted_on = day
            self._taken.clear()
        if self._taken[network] >= most:
            return False
        self._taken[network] += 1
        return True


class DailyAllowance:
    """A day is one of UTC. While `shares` do not answer, this process counts by itself."""

    def __init__(self, most: int, day: Callable[[], date] = today, shares: Shares | None = None) -> None:
        self.most = most
        self._day = day
        self._here = MemoryShares()
        self._shares = shares or self._here

    @property
    def ends(self) -> datetime:
        """When everybody's share begins anew."""
        return datetime.combine(self._day() + timedelta(days=1), time(), UTC)

    async def take(self, network: str) -> bool:
        """False, and nothing is counted, when the day's share is used up."""
        try:
            return await self._shares.take(network, self._day(), self.most)
        except Unavailable as fault:
            log.warning("rewriting_shares_not_counted: %s", fault)
            return await self._here.take(network, self._day(), self.most)
