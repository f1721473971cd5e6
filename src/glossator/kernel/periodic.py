"""Runs periodic work in the background."""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Final

log = logging.getLogger(__name__)

JITTER: Final = 0.1  # replicas that started at the same time drift apart


@asynccontextmanager
async def run_periodically(work: Callable[[], Awaitable[object]], *, first: float, every: float) -> AsyncIterator[None]:
    """Run `work` after `first` seconds and then every `every` seconds until the block ends, which cancels it.

    A failed run is logged, and the next one follows.
    """
    task = asyncio.create_task(_repeat(work, first, every))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _repeat(work: Callable[[], Awaitable[object]], first: float, every: float) -> None:
    delay = first
    while True:
        await asyncio.sleep(delay * random.uniform(1 - JITTER, 1 + JITTER))  # noqa: S311 - no secret
        delay = every
        try:
            await work()
        except Exception:
            log.exception("periodic_work_failed: next attempt in %.0f seconds", every)
