"""A limit for the steps of a stream. A timeout of its own for each step costs more than most steps."""

import asyncio
from types import TracebackType


class StepTimer:
    """`with timer:` is one step; `expire` ends the one that runs, else the next one, with TimeoutError.

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
