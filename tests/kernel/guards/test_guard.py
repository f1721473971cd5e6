"""Guards in virtual time: the breaker, the deadline, retries, and what counts."""

import asyncio
import logging

import pytest

from glossator.kernel.errors import CircuitOpen, DeadlineExceeded
from glossator.kernel.guards.breaker import FAILURES, OPEN_SECONDS
from glossator.kernel.guards.call import Fault, FaultKind
from glossator.kernel.guards.guard import Guard, GuardOptions
from tests.virtual_time import VirtualTimeLoop

pytestmark = pytest.mark.virtual_time


class Upstream:
    """Fails with the faults of the list, one per call, then answers; takes `seconds`."""

    def __init__(self, *faults: Fault, seconds: float = 0.0) -> None:
        self.faults = list(faults)
        self.seconds = seconds
        self.calls = 0

    async def __call__(self) -> str:
        self.calls += 1
        await asyncio.sleep(self.seconds)
        if self.faults:
            raise UpstreamError(self.faults.pop(0))
        return "answer"


class UpstreamError(Exception):
    def __init__(self, fault: Fault) -> None:
        super().__init__()
        self.fault = fault


def judge(error: Exception) -> Fault:
    return error.fault if isinstance(error, UpstreamError) else Fault()


FAILED = Fault(FaultKind.FAILED, "it failed")
TRANSIENT = Fault(FaultKind.TRANSIENT)
REQUEST = Fault(FaultKind.REQUEST)
REFUSED = Fault(FaultKind.REFUSED, "the key was rejected")


def guard_of(retries: int = 0, concurrency: int = 100) -> Guard:
    return Guard("model.chat", GuardOptions(concurrency=concurrency, retries=retries, judge=judge))


async def opened() -> Guard:
    guard = guard_of()
    with pytest.raises(UpstreamError):
        await guard.run(Upstream(REFUSED))
    return guard


async def test_failures_in_a_row_open_the_breaker_and_no_further_call_is_sent() -> None:
    guard, upstream = guard_of(), Upstream(*[FAILED] * 100)
    for _ in range(FAILURES):
        with pytest.raises(UpstreamError):
            await guard.run(upstream)
    with pytest.raises(CircuitOpen, match="it failed"):
        await guard.run(upstream)
    assert (guard.state, guard.failure_count, guard.last_error, upstream.calls) == (
        "open", FAILURES, "UpstreamError", FAILURES,
    )  # fmt: skip


async def test_a_success_resets_the_count() -> None:
    guard = guard_of()
    for _ in range(3):
        for _ in range(FAILURES - 1):
            with pytest.raises(UpstreamError):
                await guard.run(Upstream(FAILED))
        await guard.run(Upstream())
    assert (guard.state, guard.failure_count) == ("closed", 0)


async def test_failures_are_timed_from_the_first_one_after_a_success() -> None:
    guard = guard_of()
    await guard.run(Upstream())
    working = guard.failing_seconds
    for _ in range(FAILURES):
        with pytest.raises(UpstreamError):
            await guard.run(Upstream(FAILED, seconds=2.0))
    await asyncio.sleep(OPEN_SECONDS)
    failing = guard.failing_seconds
    await guard.run(Upstream())

    assert (working, failing, guard.failing_seconds) == (None, 2.0 * (FAILURES - 1) + OPEN_SECONDS, None)


async def test_a_rejected_key_opens_the_breaker_at_once() -> None:
    guard = await opened()
    assert guard.state == "open"


async def test_errors_of_the_request_are_neither_counted_nor_retried() -> None:
    guard = guard_of(retries=2)
    for _ in range(2 * FAILURES):
        upstream = Upstream(REQUEST)
        with pytest.raises(UpstreamError):
            await guard.run(upstream)
        assert upstream.calls == 1
    assert (guard.state, guard.failure_count, guard.works) == ("closed", 0, True)


async def test_after_a_pause_one_of_many_calls_is_the_probe_and_closes_the_breaker() -> None:
    guard, upstream = await opened(), Upstream(seconds=0.5)
    await asyncio.sleep(OPEN_SECONDS)
    results = await asyncio.gather(*(guard.run(upstream) for _ in range(50)), return_exceptions=True)
    assert (results.count("answer"), upstream.calls, guard.state) == (1, 1, "closed")
    assert sum(isinstance(result, CircuitOpen) for result in results) == 49


async def test_a_failed_probe_opens_the_breaker_for_another_pause() -> None:
    guard = await opened()
    await asyncio.sleep(OPEN_SECONDS)
    with pytest.raises(UpstreamError):
        await guard.run(Upstream(FAILED))
    await asyncio.sleep(OPEN_SECONDS / 2)
    with pytest.raises(CircuitOpen):
        await guard.run(Upstream())


async def test_a_cancelled_probe_lets_the_next_call_be_the_probe() -> None:
    guard = await opened()
    await asyncio.sleep(OPEN_SECONDS)
    probe = asyncio.create_task(guard.run(Upstream(seconds=60)))
    await asyncio.sleep(0.1)
    states = [guard.state]
    probe.cancel()
    await asyncio.wait({probe})
    await guard.run(Upstream())
    assert [*states, guard.state] == ["half_open", "closed"]


async def test_a_probe_that_hangs_ends_after_two_seconds_if_calls_are_usually_fast() -> None:
    guard = guard_of()
    await guard.run(Upstream(seconds=0.1))
    with pytest.raises(UpstreamError):
        await guard.run(Upstream(REFUSED))
    await asyncio.sleep(OPEN_SECONDS)
    with pytest.raises(DeadlineExceeded, match="within 2 s"):
        await guard.run(Upstream(seconds=60), deadline=20)


async def test_the_first_token_of_a_probe_closes_the_breaker_and_one_failure_after_it_opens_it_again() -> None:
    guard = guard_of()
    for _ in range(FAILURES):
        with pytest.raises(UpstreamError):
            await guard.run(Upstream(FAILED))
    await asyncio.sleep(OPEN_SECONDS)
    states: list[str] = []

    async def stream() -> None:
        async with guard.steps() as call:
            await call.run(Upstream(), 1)
            states.append(guard.state)
            await Upstream(FAILED)()

    with pytest.raises(UpstreamError):
        await stream()
    assert [*states, guard.state] == ["closed", "open"]


async def test_the_deadline_counts_from_the_start_of_the_call_and_not_from_the_wait() -> None:
    guard = guard_of(concurrency=1)
    upstream = Upstream(seconds=2)
    results = await asyncio.gather(guard.run(upstream, 3), guard.run(upstream, 3))
    assert set(results) == {"answer"}
    assert guard.failure_count == 0


async def test_the_time_for_which_our_own_loop_is_late_does_not_count() -> None:
    loop, guard = asyncio.get_running_loop(), guard_of()
    assert isinstance(loop, VirtualTimeLoop)

    async def answer_after_ten_late_rounds() -> str:
        for _ in range(10):
            await asyncio.sleep(0.01)
            loop.now += 5
        return "answer"

    assert await guard.run(answer_after_ten_late_rounds, 3) == "answer"


async def test_a_call_over_its_deadline_is_counted() -> None:
    guard = guard_of()
    with pytest.raises(DeadlineExceeded):
        await guard.run(Upstream(seconds=60), 1)
    assert (guard.failure_count, guard.last_error) == (1, "DeadlineExceeded")


async def test_a_cancelled_call_has_no_outcome() -> None:
    guard = guard_of()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(1):
            await guard.run(Upstream(seconds=60), 20)
    assert (guard.last, guard.failure_count, guard.running) == (None, 0, 0)


async def test_transient_failures_are_retried_and_count_as_one_call() -> None:
    guard, upstream = guard_of(retries=2), Upstream(TRANSIENT, TRANSIENT)
    assert await guard.run(upstream) == "answer"
    assert (upstream.calls, guard.failure_count, guard.outcomes) == (3, 0, 1)


@pytest.mark.parametrize(("kind", "calls"), [(FaultKind.TRANSIENT, 2), (FaultKind.LOST, 1)])
async def test_a_call_that_may_have_been_executed_is_retried_only_if_it_is_repeatable(
    kind: FaultKind, calls: int
) -> None:
    upstream = Upstream(Fault(kind), Fault(kind))
    with pytest.raises(UpstreamError):
        await guard_of(retries=1).run(upstream, repeatable=False)
    assert upstream.calls == calls


async def test_the_last_retry_raises_the_error() -> None:
    guard, upstream = guard_of(retries=2), Upstream(*[TRANSIENT] * 3)
    with pytest.raises(UpstreamError):
        await guard.run(upstream)
    assert (upstream.calls, guard.failure_count) == (3, 1)


async def test_a_retry_comes_no_earlier_than_the_upstream_asks() -> None:
    start = asyncio.get_running_loop().time()
    await guard_of(retries=1).run(Upstream(Fault(FaultKind.TRANSIENT, retry_after=2.0)))
    assert asyncio.get_running_loop().time() - start >= 2


async def test_an_upstream_that_asks_for_a_long_pause_is_not_waited_for() -> None:
    start = asyncio.get_running_loop().time()
    with pytest.raises(UpstreamError):
        await guard_of(retries=1).run(Upstream(Fault(FaultKind.TRANSIENT, retry_after=60)))
    assert asyncio.get_running_loop().time() == start


async def test_an_open_breaker_refuses_those_who_wait_for_their_turn() -> None:
    guard = guard_of(concurrency=1)
    running = asyncio.create_task(guard.run(Upstream(REFUSED, seconds=1)))
    await asyncio.sleep(0.5)
    with pytest.raises(CircuitOpen):
        await guard.run(Upstream())
    await asyncio.gather(running, return_exceptions=True)
    assert (asyncio.get_running_loop().time(), guard.waiting) == (1.0, 0)


async def test_each_change_of_the_state_is_one_log_line(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        guard = await opened()
        await asyncio.sleep(OPEN_SECONDS)
        await guard.run(Upstream())
    assert [record.getMessage() for record in caplog.records] == [
        "call_failed: model.chat: the key was rejected",
        "circuit_open: model.chat: the key was rejected",
        "circuit_half_open: model.chat",
        "circuit_closed: model.chat",
    ]
