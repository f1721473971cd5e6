"""How many new results one client network may cause in a day."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta


def today() -> date:
    return datetime.now(UTC).date()


class DailyAllowance:
    """Counted in this process and nowhere else: no address is stored. A day is one of UTC."""

    def __init__(self, most: int, day: Callable[[], date] = today) -> None:
        self.most = most
        self._day = day
        self._counted_on = day()
        self._taken: Counter[str] = Counter()

    @property
    def ends(self) -> datetime:
        """When everybody's share begins anew."""
        return datetime.combine(self._day() + timedelta(days=1), time(), UTC)

    def take(self, network: str) -> bool:
        """False, and nothing is counted, when the day's share is used up."""
        day = self._day()
        if day != self._counted_on:
            self._counted_on = day
            self._taken.clear()
        if self._taken[network] >= self.most:
            return False
        self._taken[network] += 1
        return True
