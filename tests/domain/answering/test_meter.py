import asyncio
from collections.abc import AsyncGenerator

import pytest

from glossator.domain.answering.meter import AnswerMeter
from glossator.domain.ports.chat_model import Completed, Delta, Prompt
from tests.domain.answering.models import ScriptedModel
from tests.virtual_time import VirtualTimeLoop

pytestmark = pytest.mark.virtual_time


class TirelessModel(ScriptedModel):
    """Never ends and never waits; each piece takes a tenth of a second of the clock."""

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Delta | Completed, None]:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualTimeLoop)
        while True:
            loop.now += 0.1
            yield Delta("word ")


async def test_the_deadline_ends_a_model_that_never_waits() -> None:
    pieces: list[str] = []

    async def read() -> None:
        async for piece in AnswerMeter(TirelessModel(), deadline=5).stream(Prompt("", "")):
            pieces.append(piece)

    with pytest.raises(TimeoutError):
        await read()
    assert 50 <= len(pieces) < 70
