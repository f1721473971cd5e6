"""Runs blocking work in a few threads, off the event loop, shared fairly by the networks of the callers."""

import asyncio
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Final, TypeVar

from glossator.kernel.guards.fair_queue import CALLER, FairQueue

T = TypeVar("T")

NICENESS: Final = 10


def _lower_priority() -> None:
    """Lowers this thread's priority, so that its work does not slow down the event loop."""
    if sys.platform != "linux":  # elsewhere this would change the whole process
        return
    thread = threading.get_native_id()
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, thread, os.getpriority(os.PRIO_PROCESS, thread) + NICENESS)


class WorkerPool:
    """One thread for each slot of the queue."""

    def __init__(self, name: str, queue: FairQueue) -> None:
        self._queue = queue
        self._threads = ThreadPoolExecutor(queue.slots, thread_name_prefix=name, initializer=_lower_priority)

    async def run(self, work: Callable[[], T], on_start: Callable[[], object] = lambda: None) -> T:
        """Raises the queue's refusal before the work starts. `on_start` is called when a worker is free.

        A caller that is cancelled after that occupies the worker until the work ends.
        """
        await self._queue.acquire(CALLER.get())
        try:
            on_start()
            future = asyncio.get_running_loop().run_in_executor(self._threads, work)
        except BaseException:
            self._queue.release()
            raise
        future.add_done_callback(self._release)
        return await asyncio.shield(future)

    def close(self) -> None:
        """Accepts no more work and does not wait for running work."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _release(self, future: asyncio.Future[T]) -> None:
        self._queue.release()
        if not future.cancelled():
            future.exception()  # marks it as retrieved, in case the caller was cancelled
