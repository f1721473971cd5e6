"""Reservations in memory, from leases of the ledger."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest

from glossator.domain.budget.caps import USD, Cap, Payer, nanos
from glossator.domain.budget.leases import MAX_LEASES, Leases
from glossator.domain.budget.ports import Draw, Drawn
from tests.domain.budget.cap_leases import CAPS, DAY_CAP, GUEST, NOON, READER, HandClock, Process, WatchedLedger

TOMORROW = replace(DAY_CAP, period=date(2026, 2, 1))
LEASE = USD // 10


async def test_a_question_after_the_first_makes_no_round_trip_while_the_lease_lasts() -> None:
    ledger = WatchedLedger()
    process = Process(ledger)

    await process.ask()
    after_first = len(ledger.draws)
    for _ in range(4):
        await process.ask()

    assert (after_first, len(ledger.draws)) == (1, 1)


async def test_another_network_draws_for_itself_alone() -> None:
    ledger = WatchedLedger()
    process = Process(ledger)

    await process.ask()
    await process.ask(Payer("198.51.100.7"))

    assert [[cap.limit for cap in caps] for caps in ledger.draws] == [
        ["site_month", "site_day", "guests_day", "network_day"],
        ["network_day"],
    ]


async def test_a_lease_is_at_most_two_percent_of_a_cap() -> None:
    process = Process()

    await process.ask()

    assert await process.counted() == LEASE == DAY_CAP.amount * 0.02


async def test_a_large_reservation_takes_whole_leases() -> None:
    process = Process()

    await process.ask(READER, worst=0.25)

    assert await process.counted() == 3 * LEASE


async def test_what_was_reserved_and_not_spent_is_free_again() -> None:
    process = Process(caps=replace(CAPS, network_day=nanos(0.01)))

    refused = [await process.ask(worst=0.006, cost=0.001) for _ in range(5)]

    assert refused == [None] * 5


async def test_a_cap_refuses_what_does_not_fit_and_the_others_keep_nothing() -> None:
    process = Process(caps=replace(CAPS, network_day=nanos(0.004)))

    refused = [await process.ask(worst=0.003, cost=0.003) for _ in range(2)]
    other = await process.ask(Payer("198.51.100.7"), worst=0.003)

    assert [cap and cap.limit for cap in refused] == [None, "network_day"]
    assert other is None
    assert process.leases.free(DAY_CAP) == LEASE - nanos(0.003) - nanos(0.001)


async def test_a_refusal_costs_one_round_trip_in_ten_seconds() -> None:
    ledger, clock = WatchedLedger(), HandClock()
    process = Process(ledger, replace(CAPS, site_day=nanos(0.001)), clock)

    for _ in range(20):
        await process.ask(READER)
    refused = len(ledger.draws)
    clock.forward(seconds=11)
    await process.ask(READER)

    assert (refused, len(ledger.draws)) == (1, 2)


async def test_a_smaller_question_is_not_refused_because_a_larger_one_was() -> None:
    process = Process(caps=replace(CAPS, site_day=nanos(0.01)))

    large = await process.ask(READER, worst=0.05)
    small = await process.ask(READER, worst=0.002)

    assert large is not None
    assert small is None


async def test_what_a_large_reservation_left_is_given_back_when_the_lease_expires() -> None:
    clock = HandClock()
    process = Process(clock=clock)
    await process.ask(READER, worst=0.35, cost=0.001)
    held = await process.counted()

    for _ in range(11):
        await process.ask(READER)
        clock.forward(minutes=1)
        await process.budget.renew()

    assert held == 4 * LEASE
    assert await process.counted() == LEASE + nanos(0.011)  # the last question is paid from the lease


async def test_an_unused_lease_is_given_back_after_ten_minutes() -> None:
    clock = HandClock()
    process = Process(clock=clock)
    await process.ask()

    for _ in range(3):
        clock.forward(minutes=5)
        await process.budget.renew()

    assert await process.counted() == nanos(0.001)
    assert await process.counted(Cap("network_day", GUEST.network, NOON.date(), USD // 2)) == nanos(0.001)


async def test_a_used_lease_is_renewed_in_the_background() -> None:
    ledger, clock = WatchedLedger(), HandClock()
    process = Process(ledger, clock=clock)

    for _ in range(30):
        await process.ask(READER, cost=0.001)
        clock.forward(seconds=60)
        await process.budget.renew()

    assert len(ledger.draws[0]) == 3
    assert process.leases.free(DAY_CAP) > 0
    assert await process.counted() == nanos(0.03) + process.leases.free(DAY_CAP)


async def test_a_clean_stop_leaves_only_what_was_spent() -> None:
    process = Process()
    await process.ask()

    await process.budget.close()

    assert await process.counted() == nanos(0.001)


async def test_what_a_killed_process_held_stays_spent() -> None:
    ledger = WatchedLedger()
    killed, other = Process(ledger), Process(ledger)
    await killed.ask()
    del killed

    await other.ask()
    await other.budget.close()

    assert await other.counted() == LEASE + nanos(0.001)


async def test_running_work_keeps_its_reservation_at_the_end_of_its_day() -> None:
    clock = HandClock()
    process = Process(clock=clock)
    async with process.budget.spending(READER, "question", 0.002) as spending:
        clock.forward(days=1)
        await process.budget.renew()
        held = await process.counted()
        spending.add_embedding(1, 1000)
    await process.budget.renew()

    assert held == nanos(0.002)
    assert await process.counted() == nanos(0.001)


async def test_a_new_day_has_its_own_budget() -> None:
    clock = HandClock()
    process = Process(caps=replace(CAPS, site_day=nanos(0.002)), clock=clock)
    first = [await process.ask(READER, cost=0.002) for _ in range(2)]
    clock.forward(days=1)

    again = await process.ask(READER)

    assert [cap and cap.limit for cap in first] == [None, "site_day"]
    assert again is None


async def test_a_month_lasts_to_its_last_day() -> None:
    clock = HandClock(NOON - timedelta(days=1))
    process = Process(caps=replace(CAPS, site_month=nanos(0.002)), clock=clock)
    await process.ask(READER, cost=0.002)

    clock.forward(days=1)
    last_day = await process.ask(READER)
    clock.forward(days=1)
    next_month = await process.ask(READER)

    assert last_day is not None
    assert (last_day.limit, last_day.resets_at.date()) == ("site_month", date(2026, 2, 1))
    assert next_month is None


async def test_more_than_the_worst_case_is_counted_too() -> None:
    process = Process()

    await process.ask(worst=0.01, cost=0.5)
    await process.budget.close()

    assert await process.counted() == nanos(0.5)


async def test_while_the_ledger_is_down_a_process_grants_its_part_of_what_was_left() -> None:
    ledger, clock = WatchedLedger(), HandClock()
    process = Process(ledger, replace(CAPS, site_day=USD, guests_share=1.0, network_day=USD), clock, processes=2)
    ledger.down = True

    refused = [await process.ask(worst=0.1, cost=0.1) for _ in range(8)]
    ledger.down = False
    clock.forward(seconds=6)
    await process.budget.renew()

    assert [cap and cap.limit for cap in refused] == [None] * 5 + ["site_day"] * 3
    assert await process.counted(replace(DAY_CAP, amount=USD)) >= nanos(0.5)


async def test_a_ledger_that_failed_is_not_asked_again_for_five_seconds() -> None:
    ledger, clock = WatchedLedger(down=True), HandClock()
    process = Process(ledger, clock=clock)

    for number in range(5):
        await process.ask(Payer(f"192.0.2.{number}"))

    assert len(ledger.draws) == 1


@pytest.mark.virtual_time
async def test_a_frozen_ledger_delays_one_question_by_a_second() -> None:
    class Frozen(WatchedLedger):
        async def draw(self, draws: Sequence[Draw]) -> Sequence[Drawn]:
            await asyncio.sleep(3600)
            return []

    began = asyncio.get_running_loop().time()
    process = Process(Frozen())

    assert await process.ask() is None
    assert await process.ask() is None

    assert asyncio.get_running_loop().time() - began == pytest.approx(1.0)


@pytest.mark.virtual_time
async def test_a_stop_does_not_wait_for_a_frozen_ledger() -> None:
    class Frozen(WatchedLedger):
        async def add(self, amounts: Sequence[tuple[Cap, int]]) -> None:
            await asyncio.sleep(3600)

    process = Process(Frozen())
    await process.ask()
    began = asyncio.get_running_loop().time()

    await process.budget.close()

    assert asyncio.get_running_loop().time() - began == pytest.approx(2.0)


async def test_memory_is_bounded_for_many_networks() -> None:
    ledger = WatchedLedger()
    leases = Leases(ledger, clock=HandClock(), size=10)
    caps = [Cap("network_day", f"192.0.2.{number}", NOON.date(), USD) for number in range(100)]

    for cap in caps:
        await leases.hold([cap], 1)
        leases.settle([cap], 1, 1)
        await leases.renew()
    await leases.close()

    assert len(leases._leases) <= 10 < MAX_LEASES
    assert sum(await ledger.counted(caps)) == 100


async def test_concurrent_questions_draw_once_for_the_site() -> None:
    ledger = WatchedLedger()
    process = Process(ledger)

    await asyncio.gather(*(process.ask(Payer(f"192.0.2.{number}")) for number in range(20)))

    assert sum(any(cap.limit == "site_day" for cap in caps) for caps in ledger.draws) == 1
