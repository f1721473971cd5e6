"""One call to an upstream in progress: its limits, its retries, and what its errors mean."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Set
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final, TypeVar

from glossator.kernel.errors import DeadlineExceeded
from glossator.kernel.guards.breaker import Breaker
from glossator.kernel.spans import NO_SPAN, TRACE_HEADERS, Span

T = TypeVar("T")

RETRY_SECONDS: Final = 0.2
PATIENCE_SECONDS: Final = 2.0
TICK_SECONDS: Final = 0.25
PROBE_SECONDS: Final = 2.0
"""A probe may take this long, or twice as long as the last success: a hanging upstream must not hide its recovery."""


class FaultKind(Enum):
    REQUEST = auto()
    """The request is wrong, and the upstream works: not retried and not counted."""
    TRANSIENT = auto()
    """Counted; it was not executed, and the same call may succeed in a moment."""
    LOST = auto()
    """As TRANSIENT, but it may have been executed: retried only if that does no harm."""
    FAILED = auto()
    """Counted and not retried."""
    REFUSED = auto()
    """The key was rejected, or the account has no credit: opens the breaker at once."""


@dataclass(frozen=True)
class Fault:
    """What an error means. `reason` is our own sentence; `retry_after` is what the upstream asks for, in seconds.

    `names_unknown`: a setting names a model that does not exist, so every call fails in the same way.
    """

    kind: FaultKind = FaultKind.FAILED
    reason: str = ""
    retry_after: float | None = None
    names_unknown: bool = False


Judge = Callable[[Exception], Fault]


def judge_failed(_: Exception) -> Fault:
    return Fault()


class Call:
    """Has its turn; may be the breaker's probe. `usual` is how long the last success took, in seconds."""

    def __init__(self, breaker: Breaker, judge: Judge, retries: int, usual: float | None) -> None:
        self.probe = breaker.admit()
        self.answer_seconds: float | None = None
        """Seconds until the first step succeeded."""
        self.span: Span = NO_SPAN
        self._breaker = breaker
        self._judge = judge
        self._retries = retries
        self._usual = usual

    @asynccontextmanager
    async def limit(self, seconds: float | None) -> AsyncIterator[None]:
        """Raises DeadlineExceeded after `seconds`, or earlier if the call is the probe."""
        async with time_limit(self._probe_limit(seconds)):
            yield

    async def run(
        self,
        attempt: Callable[[], Awaitable[T]],
        seconds: float | None,
        *,
        patience: float = PATIENCE_SECONDS,
        repeatable: bool = True,
    ) -> T:
        """The first step, with retries."""
        start = asyncio.get_running_loop().time()
        retried = {FaultKind.TRANSIENT, FaultKind.LOST} if repeatable else {FaultKind.TRANSIENT}
        headers = TRACE_HEADERS.set(self.span.headers)
        try:
            async with self.limit(seconds):
                result = await self._attempts(attempt, retried, patience)
        finally:
            TRACE_HEADERS.reset(headers)
        self.answer_seconds = asyncio.get_running_loop().time() - start
        self._breaker.works(probe=self.probe)
        return result

    async def _attempts(self, attempt: Callable[[], Awaitable[T]], retried: Set[FaultKind], patience: float) -> T:
        for number in range(self._retries):
            try:
                return await attempt()
            except Exception as error:
                fault = self._judge(error)
                if fault.kind not in retried or not self._may_retry(fault, patience):
                    raise
                pause = retry_pause(fault, number)
            await asyncio.sleep(pause)
        return await attempt()

    def _may_retry(self, fault: Fault, patience: float) -> bool:
        return (fault.retry_after or 0.0) <= patience and not self.probe and self._breaker.state == "closed"

    def _probe_limit(self, seconds: float | None) -> float | None:
        if not self.probe or self._usual is None:
            return seconds
        limit = max(PROBE_SECONDS, 2 * self._usual)
        return limit if seconds is None else min(seconds, limit)


def retry_pause(fault: Fault, number: int) -> float:
    """Seconds before retry `number`, counted from 0. The jitter spreads the retries of calls that failed together."""
    jitter = random.uniform(0, RETRY_SECONDS)  # noqa: S311 - no secret
    return max(fault.retry_after or 0.0, RETRY_SECONDS * (1 << number)) + jitter


@asynccontextmanager
async def time_limit(seconds: float | None) -> AsyncIterator[None]:
    """Raises DeadlineExceeded after `seconds`, not counting the time for which our own event loop was late."""
    if seconds is None:
        yield
        return
    try:
        async with asyncio.timeout(None) as timeout:
            loop = asyncio.get_running_loop()
            countdown = Countdown(seconds, lambda: timeout.reschedule(loop.time()))
            try:
                yield
            finally:
                countdown.stop()
    except TimeoutError:
        if not timeout.expired():
            raise
        raise DeadlineExceeded(seconds) from None


class Countdown:
    """Counts in ticks of the event loop: a late tick counts as much as one in time. Calls `expire` at the end."""

    def __init__(self, seconds: float, expire: Callable[[], object]) -> None:
        self._left = seconds
        self._expire = expire
        self._loop = asyncio.get_running_loop()
        self._handle = self._schedule()

    def restart(self, seconds: float) -> None:
        """Counts from the next tick on; sets no timer, so that it costs nothing."""
        self._left = seconds + TICK_SECONDS

    def stop(self) -> None:
        self._handle.cancel()

    def _schedule(self) -> asyncio.TimerHandle:
        return self._loop.call_later(min(TICK_SECONDS, self._left), self._tick)

    def _tick(self) -> None:
        self._left -= TICK_SECONDS
        if self._left > 0:
            self._handle = self._schedule()
        else:
            self._expire()
