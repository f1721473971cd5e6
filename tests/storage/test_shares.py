"""UsageCounter of a day: one suite over memory and over PostgreSQL."""

import asyncio
from datetime import date, timedelta
from typing import Final

import pytest

from glossator.domain.ports.database import Database
from glossator.domain.rewriting.allowance import MemoryUsageCounter
from glossator.domain.rewriting.ports import UsageCounter
from glossator.storage.rewritings import StoredUsageCounter

DAY: Final = date(2026, 1, 31)
NETWORK: Final = "198.51.100.7"
KEY: Final = b"k" * 32


@pytest.fixture(params=["memory", "postgres"])
def shares(request: pytest.FixtureRequest) -> UsageCounter:
    if request.param == "memory":
        return MemoryUsageCounter()
    return StoredUsageCounter(request.getfixturevalue("database"), KEY)


async def test_of_many_at_once_as_many_pass_as_may(shares: UsageCounter) -> None:
    passed = await asyncio.gather(*(shares.take(NETWORK, DAY, 5) for _ in range(20)))

    assert sum(passed) == 5
    assert await shares.take("203.0.113.1", DAY, 5)
    assert await shares.take(NETWORK, DAY + timedelta(days=1), 5)


async def test_a_share_of_nothing_lets_nothing_pass(shares: UsageCounter) -> None:
    assert not await shares.take(NETWORK, DAY, 0)


async def test_replicas_and_restarts_count_together(database: Database) -> None:
    passed = [await StoredUsageCounter(database, KEY).take(NETWORK, DAY, 2) for _ in range(3)]

    assert passed == [True, True, False]


async def test_no_address_is_stored_and_past_days_go(database: Database) -> None:
    shares = StoredUsageCounter(database, KEY)
    await shares.take(NETWORK, DAY - timedelta(days=1), 5)
    await shares.take(NETWORK, DAY, 5)

    rows = await database.fetch("SELECT day, network_key FROM glossator.rewriting_shares")

    assert [row["day"] for row in rows] == [DAY]
    assert len(rows[0]["network_key"]) == 32
    assert NETWORK.encode() not in rows[0]["network_key"]
