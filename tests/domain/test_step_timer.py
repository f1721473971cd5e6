import asyncio

import pytest

from glossator.domain.clock import StepTimer


async def test_the_step_that_runs_ends_with_a_timeout() -> None:
    timer = StepTimer()
    asyncio.get_running_loop().call_soon(timer.expire)

    with pytest.raises(TimeoutError), timer:
        await asyncio.Event().wait()


async def test_between_two_steps_the_reader_is_not_cancelled_and_the_next_step_ends_at_once() -> None:
    timer, read = StepTimer(), False
    with timer:
        await asyncio.sleep(0)
    asyncio.get_running_loop().call_soon(timer.expire)
    await asyncio.sleep(0.01)

    with pytest.raises(TimeoutError), timer:
        read = True

    assert not read


async def test_a_cancellation_from_elsewhere_goes_on_although_the_timer_expires_with_it() -> None:
    timer, entered = StepTimer(), asyncio.Event()

    async def step() -> None:
        with timer:
            entered.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(step())
    await entered.wait()
    timer.expire()
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


async def test_an_error_of_the_step_stays_that_error() -> None:
    timer = StepTimer()

    with pytest.raises(ConnectionError), timer:
        raise ConnectionError
