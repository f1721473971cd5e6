import asyncio
from collections.abc import AsyncGenerator

from glossator.kernel.draining import Draining
from glossator.web.http.stream import Event, encode_events


async def test_an_answer_is_produced_to_its_end_while_its_client_reads_slowly() -> None:
    ended = asyncio.Event()

    async def answer() -> AsyncGenerator[Event, None]:
        for _ in range(1000):
            yield Event("delta", {"text": "word"})
        ended.set()

    encoded = encode_events(answer(), Draining(), 15.0)
    await anext(aiter(encoded))
    await ended.wait()
    assert len([event async for event in encoded]) == 999
