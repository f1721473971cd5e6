"""Work that is done again and again while something else runs."""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Final

log = logging.getLogger(__name__)

JITTER: Final = 0.1  # so that replicas that started together do not come together for ever


@asynccontextmanager
async def run_periodically(work: Callable[[], Awaitable[object]], *, first: float, every: float) -> AsyncIterator[None]:
    """`first` and `every` are seconds before each round. A round that fails is logged and ends nothing.

    Leaving cancels the round that is under way.
    """
    task = asyncio.create_task(_repeat(work, first, every))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _repeat(work: Callable[[], Awaitable[object]], first: float, every: float) -> None:
    pause = first
    while True:
        await asyncio.sleep(pause * random.uniform(1 - JITTER, 1 + JITTER))  # noqa: S311 - no secret
        pause = every
        try:
            await work()
        except Exception:
            log.exception("periodic_work_failed: it is tried again in %.0f seconds", every)
