"""A thousand readers who stream their answers at the same time; `python -m bench chats` has the figures."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Final

import pytest

from bench.chats import CROWD
from bench.readers import Reading, arriving, ask
from bench.site import running_site
from bench.upstreams import Delays

pytestmark = [pytest.mark.long, pytest.mark.timeout(1500)]

STREAM: Final = "/chat/stream"
MODEL: Final = Delays(chunk=0.25)
WAITING: Final = 8
"""As many as are searched for at a time, so that none waits for a turn, which has a time limit."""
PATIENT: Final = {"OPENAI__CONCURRENCY": str(CROWD), "ANSWERING__DEADLINE": "600"}
"""On a busy machine an answer takes long, and that is no fault of the server."""
RUSH: Final = 200.0


async def calmly(url: str) -> list[Reading]:
    """No reader arrives while eight others wait for their first word, so that every machine keeps up."""
    turns = asyncio.Semaphore(WAITING)

    async def arrive(number: int) -> Reading:
        reading = Reading()
        async with turns:
            task = asyncio.create_task(ask(url, STREAM, number, reading))
            while "delta" not in reading.events and not task.done():
                await asyncio.sleep(0.01)
        return await task

    return await asyncio.gather(*map(arrive, range(CROWD)))


def ends_of(readings: Sequence[Reading]) -> Counter[tuple[int, str, str]]:
    return Counter((one.status, list(one.events)[-1] if one.events else "", one.mode) for one in readings)


async def test_a_thousand_readers_who_arrive_calmly_get_their_whole_answers() -> None:
    async with running_site(MODEL, **PATIENT) as site:
        readings = await calmly(site.url)

    assert ends_of(readings) == {(200, "final", "generated"): CROWD}


async def test_of_a_thousand_readers_in_a_rush_each_gets_a_start_or_a_refusal() -> None:
    async with running_site(MODEL, **PATIENT) as site:
        readings = await arriving(site.url, STREAM, CROWD, RUSH)

    print(ends_of(readings))  # noqa: T201 - a figure of a long test
    assert [one for one in readings if "start" not in one.events and not one.is_refused] == []
    assert [one for one in readings if one.blames_upstream] == []
