import asyncio

import pytest

from glossator.kernel.periodic import run_periodically

pytestmark = pytest.mark.virtual_time


class Rounds:
    """Work whose first round fails; the third and later ones never end."""

    def __init__(self) -> None:
        self.begun = 0
        self.third = asyncio.Event()
        self.cancelled = False

    async def __call__(self) -> None:
        self.begun += 1
        if self.begun == 1:
            raise OSError("the first round fails")
        if self.begun < 3:
            return
        self.third.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled = True
            raise


async def test_a_round_that_fails_is_logged_and_followed_by_others(caplog: pytest.LogCaptureFixture) -> None:
    rounds = Rounds()

    async with asyncio.timeout(5), run_periodically(rounds, first=0.0, every=0.0):
        await rounds.third.wait()

    assert "periodic_work_failed" in caplog.text
    assert rounds.cancelled


async def test_nothing_is_done_before_the_first_pause_has_passed() -> None:
    rounds = Rounds()

    async with run_periodically(rounds, first=3600.0, every=0.0):
        await asyncio.sleep(0)

    assert rounds.begun == 0


async def test_what_ends_the_block_goes_on() -> None:
    with pytest.raises(LookupError):
        async with run_periodically(Rounds(), first=3600.0, every=0.0):
            raise LookupError
