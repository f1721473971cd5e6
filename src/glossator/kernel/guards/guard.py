"""One Guard for each upstream and kind of call. In this order, a call

1. is refused at once while the circuit breaker is open,
2. waits for its turn in a fair, bounded queue,
3. runs within its deadline, which begins only now,
4. is retried after a transient failure, and
5. leaves its outcome.

A cancelled call has no outcome. The guard is the only place that retries.
"""

import asyncio
import logging
import math
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

from glossator.kernel.errors import QueueFull
from glossator.kernel.guards.breaker import Breaker, CircuitState
from glossator.kernel.guards.call import PATIENCE_SECONDS, Call, FaultKind, Judge, judge_failed, time_limit
from glossator.kernel.guards.fair_queue import CALLER, FairQueue
from glossator.kernel.spans import Spans, TracedOperation

log = logging.getLogger(__name__)

T = TypeVar("T")


@dataclass(frozen=True)
class GuardOptions:
    """`concurrency` calls run at a time; `queue` others wait, each for at most `wait` seconds."""

    concurrency: int = 100
    queue: int = 200
    wait: float = 5.0
    retries: int = 0
    judge: Judge = judge_failed
    operation: TracedOperation | None = None
    """Of a call without its own."""


@dataclass(frozen=True)
class CallOutcome:
    """The outcome of a call that was not cancelled. `at` is the loop's time in seconds."""

    ok: bool
    latency_ms: float
    at: float


def loop_time() -> float:
    return asyncio.get_running_loop().time()


class Guard:
    """`failure_count` counts the failures since the last success."""

    def __init__(self, name: str, options: GuardOptions | None = None, spans: Spans | None = None) -> None:
        self.name = name
        self.last: CallOutcome | None = None
        self.last_error: str | None = None
        self.outcomes = 0
        """Number of calls with an outcome."""
        self._options = options or GuardOptions()
        self._breaker = Breaker(name, loop_time)
        self._queue = FairQueue(
            self._options.concurrency,
            max_waiting=self._options.queue,
            max_wait=self._options.wait,
            refusal=QueueFull,
        )
        self._success_seconds: float | None = None
        self._spans = spans or Spans()
        self._operation = self._options.operation or TracedOperation(name)

    @property
    def state(self) -> CircuitState:
        return self._breaker.state

    @property
    def failure_count(self) -> int:
        return self._breaker.failure_count

    @property
    def failing_seconds(self) -> float | None:
        return self._breaker.failing_seconds

    @property
    def slots(self) -> int:
        return self._queue.slots

    @property
    def running(self) -> int:
        return self._queue.running

    @property
    def waiting(self) -> int:
        return self._queue.waiting

    @property
    def is_full(self) -> bool:
        """Whether the next call would be refused, because too many wait."""
        return self._queue.is_full

    @property
    def is_refusing(self) -> bool:
        """Whether the next call would be refused, because the breaker is open."""
        return self._breaker.is_refusing

    @property
    def works(self) -> bool:
        """Whether the breaker is closed and the last call, if any, succeeded."""
        return self.state == "closed" and (self.last is None or self.last.ok)

    @property
    def age(self) -> float:
        """Seconds since the last outcome."""
        return math.inf if self.last is None else loop_time() - self.last.at

    def allow_probe(self) -> None:
        """The next call runs even if the breaker is open."""
        self._breaker.allow_probe()

    @asynccontextmanager
    async def call(
        self, deadline: float | None = None, operation: TracedOperation | None = None
    ) -> AsyncIterator[None]:
        """Run the block as one call. Raises CallRefused, and DeadlineExceeded after `deadline` seconds."""
        async with self.steps(operation) as call, call.limit(deadline):
            yield

    async def run(
        self,
        attempt: Callable[[], Awaitable[T]],
        deadline: float | None = None,
        *,
        patience: float = PATIENCE_SECONDS,
        repeatable: bool = True,
        operation: TracedOperation | None = None,
    ) -> T:
        """Retries transient failures. Raises CallRefused, and DeadlineExceeded after `deadline` seconds in all.

        If the upstream asks for a pause longer than `patience`, its error is raised at once. A call that is not
        `repeatable` is retried only if it was not executed.
        """
        async with self.steps(operation) as call:
            return await call.run(attempt, deadline, patience=patience, repeatable=repeatable)

    @asynccontextmanager
    async def steps(self, operation: TracedOperation | None = None, *, background: bool = False) -> AsyncIterator[Call]:
        """The block is one call in steps, such as a stream; each step has its own limit. Raises CallRefused.

        A `background` call waits, as long as it takes, until no other call waits.
        """
        with self._spans.start(operation or self._operation) as span:
            self._breaker.refuse_if_open()
            async with self._queue.background_slot() if background else self._queue.slot(CALLER.get()):
                call = Call(self._breaker, self._options.judge, self._options.retries, self._success_seconds)
                call.span = span
                start = loop_time()
                try:
                    yield call
                except Exception as error:
                    self._failed(error, start, call)
                    raise
                except BaseException:
                    self._breaker.released(probe=call.probe)
                    raise
                self._succeeded(start, call)

    async def check(self, check: Callable[[], Awaitable[None]], seconds: float | None = None) -> None:
        """Runs a check, and records its outcome if the check makes no call through this guard."""
        outcomes, start = self.outcomes, loop_time()
        try:
            async with time_limit(seconds):
                await check()
        except Exception as error:
            if self.outcomes == outcomes:
                self._record(start, error)
                self._breaker.failed(type(error).__name__, probe=False, at_once=False)
            raise
        if self.outcomes == outcomes:
            self._record(start)
            self._breaker.close()

    def _succeeded(self, start: float, call: Call) -> None:
        self._breaker.succeeded(probe=call.probe)
        self._success_seconds = call.answer_seconds or loop_time() - start
        self._record(start)

    def _failed(self, error: Exception, start: float, call: Call) -> None:
        fault = self._options.judge(error)
        if fault.kind is FaultKind.REQUEST:
            level = logging.ERROR if fault.names_unknown else logging.INFO
            log.log(level, "call_rejected: %s: %s", self.name, fault.reason or type(error).__name__)
            self._breaker.works(probe=call.probe)
            self._record(start)
            return
        self._record(start, error)
        reason = fault.reason or f"its calls fail ({type(error).__name__})"
        log.warning("call_failed: %s: %s", self.name, reason)
        self._breaker.failed(reason, probe=call.probe, at_once=fault.kind is FaultKind.REFUSED)
        if self.state == "open":
            self._queue.refuse_waiting(self._breaker.refusal())

    def _record(self, start: float, error: Exception | None = None) -> None:
        now = loop_time()
        self.outcomes += 1
        self.last = CallOutcome(error is None, (now - start) * 1000, now)
        if error is not None:
            self.last_error = type(error).__name__
