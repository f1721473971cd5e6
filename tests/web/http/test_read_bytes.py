import asyncio

import pytest
from quart import Quart, request

from glossator.web.http.bodies import read_bytes


@pytest.mark.parametrize("rounds", range(6))
async def test_a_request_that_is_cancelled_as_its_body_arrives_ends(rounds: int) -> None:
    async with Quart("bodies").test_request_context("/", method="POST"):
        request.body = request.body_class(None, None)  # has not arrived yet
        reading = asyncio.create_task(read_bytes())
        await asyncio.sleep(0)
        request.body.set_result(b"{}")
        for _ in range(rounds):
            await asyncio.sleep(0)

        is_running = reading.cancel()
        await asyncio.wait({reading})

    assert reading.cancelled() or (not is_running and reading.result() == b"{}")
