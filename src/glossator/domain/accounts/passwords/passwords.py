"""Hashes and verifies passwords in a bounded worker pool, off the event loop."""

import asyncio
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from math import ceil
from time import monotonic
from typing import Final, TypeVar

from glossator.domain.accounts.passwords.hashing import PasswordHasher
from glossator.domain.errors import Overloaded

T = TypeVar("T")

NICENESS: Final = 10


def _lower_priority() -> None:
    """Lowers this thread's priority, so that hashing does not slow down the event loop."""
    if sys.platform != "linux":  # elsewhere this would change the whole process
        return
    thread = threading.get_native_id()
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, thread, os.getpriority(os.PRIO_PROCESS, thread) + NICENESS)


class WorkerPool:
    """Runs work in `workers` threads; at most `max_queue` callers wait, each for at most `max_wait` seconds."""

    def __init__(self, *, workers: int = 2, max_queue: int = 200, max_wait: float = 20.0) -> None:
        self._free = asyncio.Semaphore(workers)
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="password", initializer=_lower_priority)
        self._max_queue = max_queue
        self._max_wait = max_wait
        self._waiting = 0

    async def run(self, work: Callable[[], T], on_start: Callable[[], object] = lambda: None) -> T:
        """Raises Overloaded before the work starts. `on_start` is called when a worker is free.

        A caller that is cancelled after that occupies the worker until the work ends.
        """
        await self._acquire()
        on_start()
        future = asyncio.get_running_loop().run_in_executor(self._threads, work)
        future.add_done_callback(self._release)
        return await asyncio.shield(future)

    def close(self) -> None:
        """Accepts no more work and does not wait for running work."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _acquire(self) -> None:
        if self._waiting >= self._max_queue:
            raise Overloaded(ceil(self._max_wait))
        self._waiting += 1
        try:
            async with asyncio.timeout(self._max_wait):
                await self._free.acquire()
        except TimeoutError:
            raise Overloaded(ceil(self._max_wait)) from None
        finally:
            self._waiting -= 1

    def _release(self, future: asyncio.Future[T]) -> None:
        self._free.release()
        if not future.cancelled():
            future.exception()  # marks it as retrieved, in case the caller was cancelled


@dataclass(frozen=True)
class Verdict:
    """`new_hash`: replaces an outdated stored hash. `started` is a time of the monotonic clock."""

    is_right: bool
    started: float
    new_hash: str | None = field(default=None, repr=False)


class Passwords:
    """`refusal_time`: minimum seconds from the start of verification to a refusal, whatever the kind of hash."""

    def __init__(
        self,
        hasher: PasswordHasher,
        pool: WorkerPool,
        *,
        refusal_time: float = 0.4,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._hasher = hasher
        self._pool = pool
        self._refusal_time = refusal_time
        self._clock = clock

    async def hash(self, password: str) -> str:
        """Raises Overloaded."""
        return await self._pool.run(partial(self._hasher.hash, password))

    async def verify(
        self, password: str, password_hash: str | None, on_start: Callable[[], object] = lambda: None
    ) -> Verdict:
        """None as hash means that there is no account: takes as long and is always wrong. Raises Overloaded.

        `on_start` is called when verification starts.
        """
        verdict = await self._pool.run(partial(self._verify, password, password_hash), on_start)
        if not verdict.is_right:
            await asyncio.sleep(verdict.started + self._refusal_time - self._clock())
        return verdict

    def _verify(self, password: str, password_hash: str | None) -> Verdict:
        started = self._clock()
        is_right = self._hasher.verify(password_hash or self._hasher.dummy, password)
        if not is_right or password_hash is None:
            return Verdict(is_right=False, started=started)
        new_hash = self._hasher.hash(password) if self._hasher.is_outdated(password_hash) else None
        return Verdict(is_right=True, started=started, new_hash=new_hash)
