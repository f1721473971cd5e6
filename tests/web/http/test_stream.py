import asyncio
from collections.abc import AsyncGenerator

import pytest

from glossator.kernel.draining import Draining
from glossator.web.http.stream import GATHER_SECONDS, Event, encode_event, encode_events


async def test_an_answer_is_produced_to_its_end_while_its_client_reads_slowly() -> None:
    ended = asyncio.Event()

    async def answer() -> AsyncGenerator[Event, None]:
        for _ in range(1000):
            yield Event("delta", {"text": "word"})
        ended.set()

    encoded = encode_events(answer(), Draining(), 15.0, encode_event)
    first = await anext(aiter(encoded))
    await ended.wait()
    assert b"".join([first, *[events async for events in encoded]]).count(b"word") == 1000


async def word_each(seconds: float) -> AsyncGenerator[Event, None]:
    for number in range(40):
        yield Event("delta", {"text": f"<{number}>"})
        await asyncio.sleep(seconds)
    yield Event("final", {"text": "end"})


async def arrivals(events: AsyncGenerator[Event, None], heartbeat: float = 15.0) -> list[tuple[float, bytes]]:
    loop = asyncio.get_running_loop()
    return [(loop.time(), encoded) async for encoded in encode_events(events, Draining(), heartbeat, encode_event)]


@pytest.mark.virtual_time
async def test_deltas_that_follow_close_on_each_other_leave_together_and_in_time() -> None:
    found = await arrivals(word_each(GATHER_SECONDS / 4))

    shown = {number: at for at, encoded in found for number in range(40) if f"<{number}>".encode() in encoded}
    assert len(found) <= 40 / 4 + 2
    assert found[0] == (0.0, b'id: 1\nevent: delta\ndata: {"text": "<0>"}\n\n')
    assert all(at <= (number / 4 + 1.01) * GATHER_SECONDS for number, at in shown.items())


@pytest.mark.virtual_time
async def test_a_delta_after_a_pause_leaves_at_once() -> None:
    found = await arrivals(word_each(2 * GATHER_SECONDS))

    assert [round(at / GATHER_SECONDS) for at, _ in found] == list(range(0, 82, 2))


@pytest.mark.virtual_time
async def test_pings_are_sent_only_in_idle_times() -> None:
    busy = await arrivals(word_each(0.9), heartbeat=1.0)
    idle = await arrivals(word_each(1.6), heartbeat=1.0)

    assert sum(b": still here" in encoded for _, encoded in busy) == 0
    assert sum(b": still here" in encoded for _, encoded in idle) == 40
