"""The current time as a parameter, so that tests need not wait, and limits on how long to wait."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from types import TracebackType
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


class StepTimer:
    """A limit for the steps of a stream: a timeout of its own for each step costs more than most steps.

    `with timer:` is one step; `expire` ends the one that runs, else the next one, with TimeoutError.

    Between two steps the reader of the stream is at work, whom `expire` does not cancel.
    """

    def __init__(self) -> None:
        self.expired = False
        self._task: asyncio.Task[object] | None = None
        self._cancellations = 0
        self._interrupted = False

    def expire(self) -> None:
        self.expired = True
        if self._task is not None and not self._interrupted:
            self._interrupted = True
            self._task.cancel()

    def __enter__(self) -> None:
        if self.expired:
            raise TimeoutError
        self._task = asyncio.current_task()
        self._cancellations = self._task.cancelling() if self._task else 0

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        """As `asyncio.timeout`: a cancellation from elsewhere goes on."""
        task, self._task = self._task, None
        if task is None or not self._interrupted:
            return
        self._interrupted = False
        if task.uncancel() <= self._cancellations and kind is asyncio.CancelledError:
            raise TimeoutError from error
