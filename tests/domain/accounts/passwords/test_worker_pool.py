import asyncio
import os
import sys
import threading
from threading import Event, Lock

import pytest

from glossator.domain.accounts.passwords.passwords import WorkerPool
from glossator.domain.errors import Overloaded

pytestmark = pytest.mark.virtual_time


class Work:
    """Stays in its thread until it may end; counts how many are inside at once."""

    def __init__(self) -> None:
        self.may_end = Event()
        self.inside = 0
        self.most_inside = 0
        self._lock = Lock()

    def __call__(self) -> str:
        with self._lock:
            self.inside += 1
            self.most_inside = max(self.most_inside, self.inside)
        self.may_end.wait(60)
        with self._lock:
            self.inside -= 1
        return "done"


async def until(condition: object) -> None:
    while not (callable(condition) and condition()):
        await asyncio.sleep(0.005)


async def test_two_work_at_once_and_all_are_served() -> None:
    room, work = WorkerPool(places=2), Work()
    tasks = [asyncio.create_task(room.run(work)) for _ in range(8)]
    await until(lambda: work.inside == 2)

    work.may_end.set()

    assert await asyncio.gather(*tasks) == ["done"] * 8
    assert work.most_inside == 2


async def test_the_loop_goes_on_meanwhile() -> None:
    room, work = WorkerPool(), Work()
    task = asyncio.create_task(room.run(work))
    await until(lambda: work.inside == 1)

    assert work.inside == 1  # this line runs while the thread works
    work.may_end.set()

    assert await task == "done"


async def test_who_finds_the_line_full_is_told_when_to_come_back() -> None:
    room, work = WorkerPool(places=1, line=2, patience=20), Work()
    tasks = [asyncio.create_task(room.run(work)) for _ in range(3)]
    await until(lambda: work.inside == 1)

    with pytest.raises(Overloaded) as refused:
        await room.run(work)

    assert refused.value.retry_after == 20
    work.may_end.set()
    assert await asyncio.gather(*tasks) == ["done"] * 3


async def test_nobody_waits_longer_than_the_patience() -> None:
    room, work = WorkerPool(places=1, patience=0.05), Work()
    task = asyncio.create_task(room.run(work))
    await until(lambda: work.inside == 1)

    with pytest.raises(Overloaded):
        await room.run(work)

    work.may_end.set()
    assert await task == "done"
    assert await room.run(work) == "done"


async def test_a_caller_who_leaves_keeps_the_place_until_the_work_has_ended() -> None:
    room, work = WorkerPool(places=1, patience=0.05), Work()
    task = asyncio.create_task(room.run(work))
    await until(lambda: work.inside == 1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    with pytest.raises(Overloaded):
        await room.run(work)

    work.may_end.set()
    await until(lambda: work.inside == 0)
    assert await room.run(work) == "done"


async def test_work_that_fails_gives_its_place_back() -> None:
    room = WorkerPool(places=1)

    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            await room.run(lambda: 1 // 0)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux knows priorities of threads")
async def test_work_steps_back_behind_the_event_loop() -> None:
    room = WorkerPool()

    theirs = await room.run(lambda: os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))

    assert theirs > os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


async def test_a_closed_room_ends_its_threads_when_their_work_is_done() -> None:
    others, room, work = set(threading.enumerate()), WorkerPool(), Work()
    task = asyncio.create_task(room.run(work))
    await until(lambda: work.inside == 1)
    threads = set(threading.enumerate()) - others

    room.close()
    work.may_end.set()

    assert await task == "done"
    assert len(threads) == 1
    await until(lambda: not any(thread.is_alive() for thread in threads))
    with pytest.raises(RuntimeError):
        await room.run(work)
