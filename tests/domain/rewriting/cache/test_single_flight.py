"""Calls that several waiters share."""

import asyncio

import pytest

from glossator.domain.rewriting.cache.single_flight import SingleFlight

pytestmark = pytest.mark.virtual_time


async def test_the_call_is_cancelled_and_closed_when_the_last_waiter_leaves() -> None:
    closed = False

    async def work() -> str:
        nonlocal closed
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.01)
            closed = True
        return "never"

    flights = SingleFlight[str]()
    waiting = [asyncio.create_task(flights.share(b"key", work)) for _ in range(2)]
    await asyncio.sleep(0)
    for task in waiting:
        task.cancel()
    await asyncio.wait(waiting)

    assert closed
    assert b"key" not in flights


async def test_an_error_reaches_every_waiter() -> None:
    async def work() -> str:
        await asyncio.sleep(0.01)
        raise LookupError("lost")

    flights = SingleFlight[str]()
    results = await asyncio.gather(*(flights.share(b"key", work) for _ in range(3)), return_exceptions=True)

    assert [str(result) for result in results] == ["lost"] * 3
    with pytest.raises(LookupError):
        await flights.share(b"key", work)
