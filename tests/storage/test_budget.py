"""The ledger: one suite for memory and PostgreSQL; and several processes that draw leases from one database."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import date
from typing import Final

import pytest

from glossator.domain.budget.caps import USD, Cap, CapName, Payer, nanos
from glossator.domain.budget.memory_ledger import MemoryLedger
from glossator.domain.budget.ports import Draw, Drawn, Ledger, Used
from glossator.domain.ports.database import Database
from glossator.kernel.guards.guard import Guard
from glossator.storage.budget import StoredLedger
from glossator_plugins.postgres.pool import open_pool
from tests.domain.budget.cap_leases import CAPS, DAY_CAP, NOON, HandClock, Process
from tests.options import POOL_OPTIONS

KEY: Final = b"k" * 32
NETWORK: Final = Cap("network_day", "192.0.2.1", NOON.date(), 100)
CALLERS: Final = 50
PATIENCE: Final = 60.0
"""Seconds: on a busy machine no process may count alone."""


@pytest.fixture(params=["memory", "postgres"])
def ledger(request: pytest.FixtureRequest) -> Ledger:
    if request.param == "memory":
        return MemoryLedger()
    return StoredLedger(request.getfixturevalue("database"), KEY)


async def test_leases_are_granted_until_the_cap_has_too_little_left(ledger: Ledger) -> None:
    drawn = [(await ledger.draw([Draw(NETWORK, needed, 40)]))[0] for needed in (40, 1, 1, 1)]

    assert drawn == [Drawn(40, 60), Drawn(40, 20), Drawn(20, 0), Drawn(0, 0)]
    assert await ledger.counted([NETWORK, DAY_CAP]) == [100, 0]


async def test_what_does_not_fit_is_not_granted_in_part(ledger: Ledger) -> None:
    assert await ledger.draw([Draw(NETWORK, 101, 120)]) == [Drawn(0, 100)]


async def test_several_caps_are_drawn_in_the_order_of_the_request(ledger: Ledger) -> None:
    other = replace(NETWORK, key="192.0.2.0", amount=10)

    assert await ledger.draw([Draw(NETWORK, 1, 5), Draw(other, 1, 20)]) == [Drawn(5, 95), Drawn(10, 0)]


async def test_amounts_are_added_and_given_back(ledger: Ledger) -> None:
    await ledger.add([(NETWORK, 150), (DAY_CAP, 7)])
    await ledger.add([(NETWORK, -30)])

    assert await ledger.counted([NETWORK, DAY_CAP]) == [120, 7]
    assert (await ledger.draw([Draw(NETWORK, 1, 1)]))[0].granted == 0


async def test_a_cap_is_counted_for_each_day(ledger: Ledger) -> None:
    await ledger.add([(NETWORK, 100)])

    assert (await ledger.draw([Draw(replace(NETWORK, period=date(2026, 2, 1)), 1, 40)]))[0].granted == 40


async def test_use_is_added_up_by_day_and_kind(ledger: Ledger) -> None:
    january, february = date(2026, 1, 31), date(2026, 2, 1)
    await ledger.record([Used(january, "question", 1, 10, 20, 30, 40), Used(february, "ingest", 1)])
    await ledger.record([Used(january, "question", 1, 1, 2, 3, 4), Used(january, "rewriting", 1)])

    assert list(await ledger.used(january)) == [
        Used(january, "question", 2, 11, 22, 33, 44),
        Used(january, "rewriting", 1),
        Used(february, "ingest", 1),
    ]
    assert list(await ledger.used(february)) == [Used(february, "ingest", 1)]


async def test_no_network_and_no_account_is_stored(database: Database) -> None:
    await StoredLedger(database, KEY).add([(NETWORK, 1), (replace(NETWORK, limit="account_day", key="account-1"), 1)])

    keys = [bytes(row["key"]) for row in await database.fetch("SELECT key FROM glossator.budget_counts")]

    assert {len(key) for key in keys} == {32}
    assert not any(b"192.0.2.1" in key or b"account-1" in key for key in keys)


@pytest.fixture
async def ledgers(database_dsn: str) -> AsyncIterator[list[StoredLedger]]:
    """Three processes, each with a pool of its own."""
    async with AsyncExitStack() as stack:
        pools = [await stack.enter_async_context(open_pool(database_dsn, Guard("tests"), POOL_OPTIONS)) for _ in "123"]
        yield [StoredLedger(pool, KEY) for pool in pools]


async def spend(processes: Sequence[Process], payers: Sequence[Payer]) -> int:
    """Asks until every caller was refused; returns what was spent."""
    spent = 0

    async def ask_until_refused(process: Process, payer: Payer) -> None:
        nonlocal spent
        while await process.ask(payer, worst=0.004, cost=0.003) is None:
            spent += nanos(0.003)
            await asyncio.sleep(0)

    async with asyncio.TaskGroup() as group:
        for number in range(CALLERS):
            for process in processes:
                group.create_task(ask_until_refused(process, payers[number % len(payers)]))
    return spent


@pytest.mark.parametrize(
    ("limit", "payers"),
    [
        ("site_day", [Payer("192.0.2.1", f"account-{number}") for number in range(CALLERS)]),
        ("guests_day", [Payer(f"192.0.2.{number}") for number in range(CALLERS)]),
        ("network_day", [Payer("192.0.2.1")]),
        ("account_day", [Payer("192.0.2.1", "account-1")]),
    ],
)
async def test_fifty_callers_on_three_processes_stay_within_a_cap(
    ledgers: list[StoredLedger], limit: CapName, payers: Sequence[Payer]
) -> None:
    caps = replace(CAPS, site_day=USD, account_day=USD // 4, network_day=USD // 4)
    processes = [Process(ledger, caps, patience=PATIENCE) for ledger in ledgers]
    [cap] = [cap for cap in caps.of(payers[0], "question", NOON.date()) if cap.limit == limit]

    spent = await spend(processes, payers)
    open_leases = sum(process.leases.free(cap) for process in processes)

    assert spent <= cap.amount
    assert spent >= cap.amount - open_leases - nanos(0.004)
    assert await ledgers[0].counted([cap]) == [spent + open_leases]


async def test_what_a_killed_process_held_is_not_spent_by_the_others(ledgers: list[StoredLedger]) -> None:
    processes = [Process(ledger, replace(CAPS, site_day=USD), patience=PATIENCE) for ledger in ledgers]
    reader = Payer("192.0.2.1", "account-1")
    for process in processes:
        await process.ask(reader)
    killed = processes.pop()
    held = killed.leases.free(replace(DAY_CAP, amount=USD))

    spent = await spend(processes, [Payer("192.0.2.1", f"account-{number}") for number in range(CALLERS)])

    assert held > 0
    assert spent + 3 * nanos(0.001) + held <= USD


async def test_a_stopped_process_leaves_its_lease_to_the_others(ledgers: list[StoredLedger]) -> None:
    caps, clock = replace(CAPS, site_day=nanos(0.1), account_day=0), HandClock()
    stopping, staying = (Process(ledger, caps, clock, patience=PATIENCE) for ledger in ledgers[:2])
    reader = Payer("192.0.2.1", "account-1")
    await stopping.ask(reader, worst=0.09, cost=0.001)

    refused = await staying.ask(reader, worst=0.05)
    await stopping.budget.close()
    clock.forward(seconds=11)

    assert refused is not None
    assert refused.limit == "site_day"
    assert await staying.ask(reader, worst=0.05) is None
