"""The current time as a parameter, so that tests need not wait, and a limit on how long to wait for a service."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from typing import Any, TypeVar

from glossator.domain.errors import Unavailable

T = TypeVar("T")
Clock = Callable[[], datetime]
"""Returns an aware datetime."""


def now() -> datetime:
    return datetime.now(UTC)


async def within(seconds: float | None, work: Coroutine[Any, Any, T], service: str) -> T:
    """The result of `work`, or Unavailable after `seconds`; None waits for as long as the work takes.

    Work that is late is cancelled, but not waited for: a connection to a frozen server takes a while to close.
    """
    task = asyncio.create_task(work)
    try:
        await asyncio.wait({task}, timeout=seconds)
    finally:
        if not task.done():
            task.cancel()
            task.add_done_callback(_retrieve)
    if task.cancelled() or not task.done():
        raise Unavailable(service, f"no answer within {seconds:g} s")
    return task.result()


def _retrieve(task: "asyncio.Task[Any]") -> None:
    """Nobody waits for its error any more."""
    if not task.cancelled():
        task.exception()
