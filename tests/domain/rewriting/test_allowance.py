"""The daily limit of a client network."""

from datetime import date

from glossator.domain.errors import Unavailable
from glossator.domain.rewriting.allowance import DailyAllowance


class UnavailableCounter:
    """A UsageCounter whose database is down."""

    async def take(self, network: str, day: date, limit: int) -> bool:
        raise Unavailable("database", "down")


async def test_each_network_has_its_own_daily_limit() -> None:
    day = [date(2026, 1, 1)]
    allowance = DailyAllowance(2, lambda: day[0])

    taken = [await allowance.take("a") for _ in range(3)]
    other = await allowance.take("b")
    day[0] = date(2026, 1, 2)

    assert taken == [True, True, False]
    assert other
    assert await allowance.take("a")


async def test_this_process_counts_on_its_own_while_the_counter_is_unavailable() -> None:
    allowance = DailyAllowance(2, counter=UnavailableCounter())

    assert [await allowance.take("a") for _ in range(3)] == [True, True, False]
