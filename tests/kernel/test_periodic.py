import asyncio

import pytest

from glossator.kernel.periodic import run_periodically

pytestmark = pytest.mark.virtual_time


class Runs:
    """Work whose first run fails; the third and later runs never end."""

    def __init__(self) -> None:
        self.started = 0
        self.third = asyncio.Event()
        self.cancelled = False

    async def __call__(self) -> None:
        self.started += 1
        if self.started == 1:
            raise OSError("the first run fails")
        if self.started < 3:
            return
        self.third.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled = True
            raise


async def test_a_failed_run_is_logged_and_the_next_one_follows(caplog: pytest.LogCaptureFixture) -> None:
    runs = Runs()

    async with asyncio.timeout(5), run_periodically(runs, first=0.0, every=0.0):
        await runs.third.wait()

    assert "periodic_work_failed" in caplog.text
    assert runs.cancelled


async def test_nothing_runs_before_the_first_delay() -> None:
    runs = Runs()

    async with run_periodically(runs, first=3600.0, every=0.0):
        await asyncio.sleep(0)

    assert runs.started == 0


async def test_an_error_in_the_block_propagates() -> None:
    with pytest.raises(LookupError):
        async with run_periodically(Runs(), first=3600.0, every=0.0):
            raise LookupError
