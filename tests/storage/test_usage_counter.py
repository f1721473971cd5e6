"""Daily usage: one suite for memory and PostgreSQL."""

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
def counter(request: pytest.FixtureRequest) -> UsageCounter:
    if request.param == "memory":
        return MemoryUsageCounter()
    return StoredUsageCounter(request.getfixturevalue("database"), KEY)


async def test_concurrent_requests_cannot_exceed_the_limit(counter: UsageCounter) -> None:
    allowed = await asyncio.gather(*(counter.take(NETWORK, DAY, 5) for _ in range(20)))

    assert sum(allowed) == 5
    assert await counter.take("203.0.113.1", DAY, 5)
    assert await counter.take(NETWORK, DAY + timedelta(days=1), 5)


async def test_a_limit_of_zero_refuses_everything(counter: UsageCounter) -> None:
    assert not await counter.take(NETWORK, DAY, 0)


async def test_replicas_and_restarts_share_the_count(database: Database) -> None:
    allowed = [await StoredUsageCounter(database, KEY).take(NETWORK, DAY, 2) for _ in range(3)]

    assert allowed == [True, True, False]


async def test_no_address_is_stored_and_past_days_are_removed(database: Database) -> None:
    counter = StoredUsageCounter(database, KEY)
    await counter.take(NETWORK, DAY - timedelta(days=1), 5)
    await counter.take(NETWORK, DAY, 5)

    rows = await database.fetch("SELECT day, network_key FROM glossator.rewriting_shares")

    assert [row["day"] for row in rows] == [DAY]
    assert len(rows[0]["network_key"]) == 32
    assert NETWORK.encode() not in rows[0]["network_key"]
