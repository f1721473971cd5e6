"""A client network's share of a day."""

from datetime import date

from glossator.domain.errors import Unavailable
from glossator.domain.rewriting.allowance import DailyAllowance


class NoShares:
    """The port UsageCounter while its database is away."""

    async def take(self, network: str, day: date, most: int) -> bool:
        raise Unavailable("database", "away")


async def test_each_network_has_its_own_share_and_a_new_one_every_day() -> None:
    day = [date(2026, 1, 1)]
    allowance = DailyAllowance(2, lambda: day[0])

    taken = [await allowance.take("a") for _ in range(3)]
    other = await allowance.take("b")
    day[0] = date(2026, 1, 2)

    assert taken == [True, True, False]
    assert other
    assert await allowance.take("a")


async def test_without_what_counts_for_all_this_process_counts_by_itself() -> None:
    allowance = DailyAllowance(2, counter=NoShares())

    assert [await allowance.take("a") for _ in range(3)] == [True, True, False]
