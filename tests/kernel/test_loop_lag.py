"""How late the event loop is."""

import asyncio

import pytest

from glossator.kernel.loop_lag import TICK_SECONDS, TICKS, LoopLag
from tests.virtual_time import VirtualTimeLoop

pytestmark = pytest.mark.virtual_time


async def rounds(number: int, seconds: float) -> None:
    """Each round of the loop takes so long."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualTimeLoop)
    for _ in range(number):
        loop.now += seconds
        await asyncio.sleep(0)
        await asyncio.sleep(0)


async def test_loop_that_waits_is_not_late() -> None:
    async with LoopLag() as lag:
        await rounds(10, TICK_SECONDS)
        assert not lag.is_late


async def test_single_long_step_is_not_late() -> None:
    async with LoopLag() as lag:
        await rounds(1, 5.0)
        assert not lag.is_late


async def test_long_rounds_are_late_until_one_is_short() -> None:
    async with LoopLag() as lag:
        await rounds(TICKS + 1, 1.0)
        assert lag.is_late
        await rounds(2, TICK_SECONDS)
        assert not lag.is_late


async def test_ticks_end_with_the_block() -> None:
    async with LoopLag() as lag:
        pass
    await rounds(TICKS + 1, 1.0)
    assert not lag.is_late
