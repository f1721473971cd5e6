"""A client network's share of a day."""

from datetime import date

from glossator.domain.rewriting.limits import DailyAllowance


def test_each_network_has_its_own_share_and_a_new_one_every_day() -> None:
    day = [date(2026, 1, 1)]
    allowance = DailyAllowance(2, lambda: day[0])

    taken = [allowance.take("a") for _ in range(3)]
    other = allowance.take("b")
    day[0] = date(2026, 1, 2)

    assert taken == [True, True, False]
    assert other
    assert allowance.take("a")
