import asyncio
from typing import Any

import pytest

from glossator.commands.server.serving import InFlightCounter

pytestmark = pytest.mark.virtual_time

PATIENCE = 5.0


class Answers:
    """An app whose answers are ready when the test says so."""

    def __init__(self) -> None:
        self.ready = asyncio.Event()
        self.given = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.ready.wait()
        self.given += 1


async def test_the_end_waits_for_every_request() -> None:
    answers = Answers()
    in_flight = InFlightCounter(answers)
    asking = [asyncio.create_task(in_flight({}, None, None)) for _ in range(3)]
    ending = asyncio.create_task(in_flight.wait_idle(PATIENCE))
    await asyncio.sleep(0.2)
    assert not ending.done()

    answers.ready.set()

    await ending
    assert answers.given == 3
    await asyncio.gather(*asking)


async def test_a_request_that_comes_late_is_waited_for_too() -> None:
    answers = Answers()
    in_flight = InFlightCounter(answers)
    ending = asyncio.create_task(in_flight.wait_idle(PATIENCE))
    await asyncio.sleep(0)
    asking = asyncio.create_task(in_flight({}, None, None))
    await asyncio.sleep(0.2)
    assert not ending.done()

    answers.ready.set()

    await ending
    await asking


async def test_no_request_is_waited_for_longer_than_that() -> None:
    in_flight = InFlightCounter(Answers())
    asking = asyncio.create_task(in_flight({}, None, None))

    await in_flight.wait_idle(0.05)

    assert not asking.done()
    asking.cancel()


async def test_where_nothing_is_asked_the_end_comes_at_once() -> None:
    async with asyncio.timeout(PATIENCE):
        await InFlightCounter(Answers()).wait_idle(2 * PATIENCE)
