import asyncio
import os
import sys
import threading
from threading import Event, Lock

import pytest

from glossator.domain.errors import Overloaded
from glossator.kernel.guards.fair_queue import CALLER, FairQueue
from glossator.kernel.guards.worker_pool import WorkerPool

pytestmark = pytest.mark.virtual_time


class Work:
    """Blocks its thread until it may end; counts concurrent runs."""

    def __init__(self) -> None:
        self.may_end = Event()
        self.running = 0
        self.max_running = 0
        self._lock = Lock()

    def __call__(self) -> str:
        with self._lock:
            self.running += 1
            self.max_running = max(self.max_running, self.running)
        self.may_end.wait(60)
        with self._lock:
            self.running -= 1
        return "done"


def worker_pool(workers: int = 2, max_queue: int = 200, max_wait: float = 20.0) -> WorkerPool:
    return WorkerPool("tests", FairQueue(workers, max_waiting=max_queue, max_wait=max_wait, refusal=Overloaded))


async def until(condition: object) -> None:
    while not (callable(condition) and condition()):
        await asyncio.sleep(0.005)


async def test_two_workers_run_at_once_and_all_work_is_done() -> None:
    pool, work = worker_pool(workers=2), Work()
    tasks = [asyncio.create_task(pool.run(work)) for _ in range(8)]
    await until(lambda: work.running == 2)

    work.may_end.set()

    assert await asyncio.gather(*tasks) == ["done"] * 8
    assert work.max_running == 2


async def test_the_event_loop_is_not_blocked() -> None:
    pool, work = worker_pool(), Work()
    task = asyncio.create_task(pool.run(work))
    await until(lambda: work.running == 1)

    assert work.running == 1  # this line runs while the thread works
    work.may_end.set()

    assert await task == "done"


async def test_a_full_queue_is_refused_with_retry_after() -> None:
    pool, work = worker_pool(workers=1, max_queue=2, max_wait=20), Work()
    tasks = [asyncio.create_task(pool.run(work)) for _ in range(3)]
    await until(lambda: work.running == 1)

    with pytest.raises(Overloaded) as refused:
        await pool.run(work)

    assert refused.value.retry_after == 20
    work.may_end.set()
    assert await asyncio.gather(*tasks) == ["done"] * 3


async def test_nobody_waits_longer_than_the_patience() -> None:
    pool, work = worker_pool(workers=1, max_wait=0.05), Work()
    task = asyncio.create_task(pool.run(work))
    await until(lambda: work.running == 1)

    with pytest.raises(Overloaded):
        await pool.run(work)

    work.may_end.set()
    assert await task == "done"
    assert await pool.run(work) == "done"


async def test_a_caller_who_leaves_keeps_the_place_until_the_work_has_ended() -> None:
    pool, work = worker_pool(workers=1, max_wait=0.05), Work()
    task = asyncio.create_task(pool.run(work))
    await until(lambda: work.running == 1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    with pytest.raises(Overloaded):
        await pool.run(work)

    work.may_end.set()
    await until(lambda: work.running == 0)
    assert await pool.run(work) == "done"


async def test_work_that_fails_gives_its_place_back() -> None:
    pool = worker_pool(workers=1)

    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            await pool.run(lambda: 1 // 0)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux knows priorities of threads")
async def test_work_steps_back_behind_the_event_loop() -> None:
    pool = worker_pool()

    theirs = await pool.run(lambda: os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))

    assert theirs > os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


async def test_a_closed_room_ends_its_threads_when_their_work_is_done() -> None:
    others, pool, work = set(threading.enumerate()), worker_pool(), Work()
    task = asyncio.create_task(pool.run(work))
    await until(lambda: work.running == 1)
    threads = set(threading.enumerate()) - others

    pool.close()
    work.may_end.set()

    assert await task == "done"
    assert len(threads) == 1
    await until(lambda: not any(thread.is_alive() for thread in threads))
    with pytest.raises(RuntimeError):
        await pool.run(work)


async def test_the_networks_of_the_callers_take_turns() -> None:
    pool, work, served = worker_pool(workers=1), Work(), list[str]()
    first = asyncio.create_task(pool.run(work))
    await until(lambda: work.running == 1)

    async def call(network: str) -> None:
        CALLER.set(network)
        await pool.run(lambda: served.append(network))

    tasks = [asyncio.create_task(call(network)) for network in ("a", "a", "a", "b")]
    await asyncio.sleep(0)
    work.may_end.set()
    await asyncio.gather(first, *tasks)

    assert served == ["a", "b", "a", "a"]
