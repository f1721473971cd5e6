import asyncio
from typing import Any

import pytest

from glossator.commands.server.serving import InFlightCounter

pytestmark = pytest.mark.virtual_time

PATIENCE = 5.0


class ControlledApp:
    """An app whose requests finish when the test says so."""

    def __init__(self) -> None:
        self.ready = asyncio.Event()
        self.given = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.ready.wait()
        self.given += 1


async def test_wait_idle_waits_for_every_request() -> None:
    answers = ControlledApp()
    in_flight = InFlightCounter(answers)
    asking = [asyncio.create_task(in_flight({}, None, None)) for _ in range(3)]
    ending = asyncio.create_task(in_flight.wait_idle(PATIENCE))
    await asyncio.sleep(0.2)
    assert not ending.done()

    answers.ready.set()

    await ending
    assert answers.given == 3
    await asyncio.gather(*asking)


async def test_wait_idle_waits_for_a_late_request() -> None:
    answers = ControlledApp()
    in_flight = InFlightCounter(answers)
    ending = asyncio.create_task(in_flight.wait_idle(PATIENCE))
    await asyncio.sleep(0)
    asking = asyncio.create_task(in_flight({}, None, None))
    await asyncio.sleep(0.2)
    assert not ending.done()

    answers.ready.set()

    await ending
    await asking


async def test_wait_idle_has_a_time_limit() -> None:
    in_flight = InFlightCounter(ControlledApp())
    asking = asyncio.create_task(in_flight({}, None, None))

    await in_flight.wait_idle(0.05)

    assert not asking.done()
    asking.cancel()


async def test_wait_idle_returns_soon_without_requests() -> None:
    async with asyncio.timeout(PATIENCE):
        await InFlightCounter(ControlledApp()).wait_idle(2 * PATIENCE)
