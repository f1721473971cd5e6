"""Passwords off the event loop; a refusal leaves at a fixed time, whatever the kind of hash or none.

Work that takes a processor for a while: a few at a time, a bounded line, a bounded wait.
"""

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

STEP_BACK: Final = 10  # of the 20 steps that Linux knows


def _step_back() -> None:
    """This thread works when the others rest, so that hashes do not keep the event loop from its processor."""
    if sys.platform != "linux":  # elsewhere this would be the whole process
        return
    thread = threading.get_native_id()
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, thread, os.getpriority(os.PRIO_PROCESS, thread) + STEP_BACK)


class WorkerPool:
    """`places` work at once in threads; at most `line` wait, each at most `patience` seconds."""

    def __init__(self, *, places: int = 2, line: int = 200, patience: float = 20.0) -> None:
        self._free = asyncio.Semaphore(places)
        self._threads = ThreadPoolExecutor(places, thread_name_prefix="password", initializer=_step_back)
        self._line = line
        self._patience = patience
        self._waiting = 0

    async def run(self, work: Callable[[], T], begun: Callable[[], object] = lambda: None) -> T:
        """Raises Overloaded before anything was done. `begun` is called when a place is free.

        A caller who leaves after that keeps the place until the work has ended.
        """
        await self._enter()
        begun()
        future = asyncio.get_running_loop().run_in_executor(self._threads, work)
        future.add_done_callback(self._leave)
        return await asyncio.shield(future)

    def close(self) -> None:
        """Nobody comes any more; a hash that is under way is not waited for."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _enter(self) -> None:
        if self._waiting >= self._line:
            raise Overloaded(ceil(self._patience))
        self._waiting += 1
        try:
            async with asyncio.timeout(self._patience):
                await self._free.acquire()
        except TimeoutError:
            raise Overloaded(ceil(self._patience)) from None
        finally:
            self._waiting -= 1

    def _leave(self, future: asyncio.Future[T]) -> None:
        self._free.release()
        if not future.cancelled():
            future.exception()  # retrieved also when nobody waits for it any more


@dataclass(frozen=True)
class Verdict:
    """`renewed`: the hash to store from now on, when the stored one is outdated. `began` is of the monotonic clock."""

    is_right: bool
    began: float
    renewed: str | None = field(default=None, repr=False)


class Passwords:
    """`refused_after`: seconds from the beginning of the work to the answer "wrong"; later if the work takes longer."""

    def __init__(
        self,
        hasher: PasswordHasher,
        room: WorkerPool,
        *,
        refused_after: float = 0.4,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._hasher = hasher
        self._room = room
        self._refused_after = refused_after
        self._clock = clock

    async def hash(self, password: str) -> str:
        """Raises Overloaded."""
        return await self._room.run(partial(self._hasher.hash, password))

    async def check(
        self, password: str, password_hash: str | None, begun: Callable[[], object] = lambda: None
    ) -> Verdict:
        """None as hash is an account that is not there: as much work, always wrong. Raises Overloaded.

        `begun` is called when the password's turn has come.
        """
        verdict = await self._room.run(partial(self._examine, password, password_hash), begun)
        if not verdict.is_right:
            await asyncio.sleep(verdict.began + self._refused_after - self._clock())
        return verdict

    def _examine(self, password: str, password_hash: str | None) -> Verdict:
        began = self._clock()
        is_right = self._hasher.verify(password_hash or self._hasher.dummy, password)
        if not is_right or password_hash is None:
            return Verdict(is_right=False, began=began)
        renewed = self._hasher.hash(password) if self._hasher.is_outdated(password_hash) else None
        return Verdict(is_right=True, began=began, renewed=renewed)
