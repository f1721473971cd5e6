"""Caps by payer and kind of work, and what is recorded."""

import asyncio
from datetime import date

import pytest

from glossator.domain.budget.caps import OPERATOR, Caps, Payer, WorkKind, nanos
from glossator.domain.budget.memory_ledger import MemoryLedger
from glossator.domain.budget.ports import Draw
from tests.domain.budget.cap_leases import CAPS, GUEST, NOON, READER, YOUNG_READER, HandClock, Process

SITE = ["site_month", "site_day"]


@pytest.mark.parametrize(
    ("payer", "kind", "limits"),
    [
        (GUEST, "question", [*SITE, "guests_day", "network_day"]),
        (READER, "question", [*SITE, "account_day"]),
        (YOUNG_READER, "question", [*SITE, "guests_day", "account_day"]),
        (GUEST, "rewriting", [*SITE, "guests_day", "rewriting_day", "network_day"]),
        (READER, "rewriting", [*SITE, "rewriting_day", "account_day"]),
        (Payer(), "search", [*SITE, "guests_day"]),
        (OPERATOR, "evaluation", SITE),
    ],
)
def test_who_asks_for_what_decides_on_the_caps(payer: Payer, kind: WorkKind, limits: list[str]) -> None:
    assert [cap.limit for cap in CAPS.of(payer, kind, NOON.date())] == limits


def test_zero_means_no_cap() -> None:
    assert Caps().of(GUEST, "rewriting", NOON.date()) == []
    assert [cap.limit for cap in Caps(site_day=100).of(READER, "rewriting", NOON.date())] == ["site_day"]


def test_shares_are_of_the_day_of_the_site() -> None:
    amounts = {cap.limit: cap.amount for cap in CAPS.of(GUEST, "rewriting", NOON.date())}

    assert (amounts["guests_day"], amounts["rewriting_day"]) == (nanos(2.5), nanos(1.5))


@pytest.mark.parametrize(("day", "end"), [(date(2026, 1, 31), date(2026, 2, 1)), (date(2026, 12, 5), date(2027, 1, 1))])
def test_a_month_ends_before_the_first_of_the_next(day: date, end: date) -> None:
    [month, _] = CAPS.site(day)

    assert month.resets_at.date() == end


@pytest.mark.parametrize("payer", [GUEST, YOUNG_READER])
async def test_guests_and_young_accounts_use_at_most_half_of_the_day_together(payer: Payer) -> None:
    process = Process(caps=Caps(site_day=nanos(1), guests_share=0.5))
    await process.ask(Payer("198.51.100.7"), worst=0.5, cost=0.5)

    refused = await process.ask(payer)

    assert refused is not None
    assert refused.limit == "guests_day"
    assert await process.ask(READER) is None


async def test_use_is_reported_by_day_and_kind_with_what_is_left() -> None:
    clock = HandClock()
    process = Process(clock=clock)
    await process.ask(cost=0.001)
    clock.forward(days=1)
    await process.ask(cost=0.002)
    await process.ask(READER, cost=0.002)

    report = (await process.budget.report(days=2)).to_json()

    assert [(day["day"], day["questions"], day["tokens"], day["usd"]) for day in report["days"]] == [
        ("2026-01-31", 1, 1, 0.001),
        ("2026-02-01", 2, 2, 0.004),
    ]
    left = {cap["limit"]: cap["left_usd"] for cap in report["caps"]}
    assert left == {
        "site_month": 49.996,
        "site_day": 4.996,
        "guests_day": 2.498,
        "rewriting_day": 1.5,
        "account_day": None,
        "network_day": None,
    }
    assert [day["day"] for day in (await process.budget.report(days=1)).to_json()["days"]] == ["2026-02-01"]


async def test_cancelled_work_is_settled() -> None:
    process, began = Process(), asyncio.Event()

    async def work() -> None:
        async with process.budget.spending(GUEST, "question", 0.002) as spending:
            spending.add_embedding(1, 1000)
            began.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await began.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await process.budget.close()

    assert await process.counted() == nanos(0.001)


async def test_a_spent_cap_is_named_until_its_day_ends() -> None:
    clock = HandClock()
    process = Process(caps=Caps(site_day=nanos(0.001)), clock=clock)
    await process.ask(READER)

    today = [cap.limit for cap in process.budget.spent()]
    clock.forward(days=1)

    assert today == ["site_day"]
    assert process.budget.spent() == []


async def test_the_ledger_in_memory_forgets_the_least_recently_used_network() -> None:
    ledger = MemoryLedger(size=10)
    caps = [CAPS.of(Payer(f"192.0.2.{number}"), "question", NOON.date()) for number in range(50)]

    for of_network in caps:
        await ledger.draw([Draw(cap, 1, 1) for cap in of_network])

    counted = await ledger.counted([*caps[0], *caps[-1]])
    assert counted == [50, 50, 50, 0, 50, 50, 50, 1]
