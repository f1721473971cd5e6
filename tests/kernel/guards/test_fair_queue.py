import asyncio
import contextlib
from collections.abc import Callable

import pytest

from glossator.kernel.guards.fair_queue import FairQueue

pytestmark = pytest.mark.virtual_time


class Refused(Exception):
    """`args` are the seconds after which to try again."""


class Callers:
    """Callers of a queue with one slot, which is taken; `served` lists those that got it, in order."""

    def __init__(self, *, max_waiting: int = 100, max_wait: float = 10.0) -> None:
        self.queue = FairQueue(1, max_waiting=max_waiting, max_wait=max_wait, refusal=Refused)
        self.served: list[str] = []

    async def begin(self) -> None:
        await self.queue.acquire("first")

    async def call(self, key: str, until: Callable[[], asyncio.Future[None]] | None = None) -> None:
        async with self.queue.slot(key):
            self.served.append(key)
            if until:
                await until()

    async def send(self, *keys: str) -> list[asyncio.Task[None]]:
        """They wait in this order when this returns."""
        tasks = [asyncio.create_task(self.call(key)) for key in keys]
        await asyncio.sleep(0)
        return tasks


async def outcomes(tasks: list[asyncio.Task[None]]) -> list[object]:
    return await asyncio.gather(*tasks, return_exceptions=True)


async def test_networks_take_turns_however_many_calls_each_has() -> None:
    callers = Callers()
    await callers.begin()
    tasks = await callers.send("a", "a", "a", "a", "b", "b", "c")

    callers.queue.release()
    await outcomes(tasks)

    assert callers.served == ["a", "b", "c", "a", "b", "a", "a"]


async def test_a_free_slot_is_taken_at_once() -> None:
    queue = FairQueue(2, max_waiting=0, max_wait=1.0, refusal=Refused)
    async with queue.slot("a"), queue.slot("a"):
        with pytest.raises(Refused):
            await queue.acquire("a")

    async with queue.slot("a"), queue.slot("b"):
        pass


async def test_a_full_queue_refuses_at_once_with_the_time_to_wait() -> None:
    callers = Callers(max_waiting=2, max_wait=9.5)
    await callers.begin()
    await callers.send("a", "b")

    with pytest.raises(Refused) as refused:
        await callers.call("c")

    assert refused.value.args == (10,)
    assert asyncio.get_running_loop().time() == 0.0


async def test_a_network_that_fills_the_queue_gives_its_newest_place_to_another() -> None:
    callers = Callers(max_waiting=3)
    await callers.begin()
    many = await callers.send("many", "many", "many")
    other = await callers.send("other")

    callers.queue.release()

    assert [type(outcome) for outcome in await outcomes(many)] == [type(None), type(None), Refused]
    assert await outcomes(other) == [None]


async def test_nobody_waits_longer_than_allowed() -> None:
    callers = Callers(max_wait=10.0)
    await callers.begin()
    waiting = await callers.send("a", "b")

    assert [type(outcome) for outcome in await outcomes(waiting)] == [Refused, Refused]
    assert asyncio.get_running_loop().time() == 10.0
    assert callers.queue.waiting == 0
    callers.queue.release()
    await callers.call("c")


async def test_a_cancelled_caller_leaves_the_queue() -> None:
    callers = Callers()
    await callers.begin()
    leaving, staying = await callers.send("a", "b")

    leaving.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await leaving
    callers.queue.release()

    await staying
    assert callers.served == ["b"]


@pytest.mark.parametrize("cancelled_first", [True, False])
async def test_a_slot_that_arrives_as_its_caller_leaves_is_passed_on(cancelled_first: bool) -> None:
    callers = Callers()
    await callers.begin()
    leaving, staying = await callers.send("a", "b")

    if cancelled_first:
        leaving.cancel()
    callers.queue.release()
    if not cancelled_first:
        leaving.cancel()

    await staying
    assert leaving.cancelled() or leaving.cancelling()
    assert callers.served == ["b"]
    await asyncio.wait_for(callers.call("c"), 1.0)


async def test_a_thousand_calls_of_one_network_delay_another_by_one_turn() -> None:
    callers = Callers(max_waiting=200)
    await callers.begin()
    flood = await callers.send(*["flood"] * 1000)
    honest = await callers.send("honest", "honest")

    callers.queue.release()
    await outcomes([*flood, *honest])

    assert callers.served[:4] == ["flood", "honest", "flood", "honest"]
    assert len(callers.served) == 200


async def hold(queue: FairQueue, running: list[str], name: str, *, background: bool = True) -> None:
    async with queue.background_slot() if background else queue.slot(name):
        running.append(name)
        await asyncio.sleep(1)


async def test_background_work_has_at_most_half_of_the_slots() -> None:
    queue, running = FairQueue(4, max_waiting=0, max_wait=1.0, refusal=Refused), list[str]()

    async with asyncio.TaskGroup() as group:
        for number in range(5):
            group.create_task(hold(queue, running, f"book {number}"))
        await asyncio.sleep(0.5)
        assert (running, queue.running) == (["book 0", "book 1"], 2)

    assert len(running) == 5


async def test_background_work_waits_for_every_caller_and_is_not_refused() -> None:
    queue, running = FairQueue(1, max_waiting=10, max_wait=10.0, refusal=Refused), list[str]()

    async with asyncio.TaskGroup() as group:
        group.create_task(hold(queue, running, "first", background=False))
        await asyncio.sleep(0)
        group.create_task(hold(queue, running, "book"))
        await asyncio.sleep(0.5)
        for reader in ("a", "b"):
            group.create_task(hold(queue, running, reader, background=False))

    assert running == ["first", "a", "b", "book"]


async def test_cancelled_background_work_leaves_its_place_and_its_slot() -> None:
    queue, running = FairQueue(2, max_waiting=10, max_wait=10.0, refusal=Refused), list[str]()
    await queue.acquire("a")
    await queue.acquire("b")
    book = asyncio.create_task(hold(queue, running, "book"))
    await asyncio.sleep(0)

    book.cancel()
    queue.release()  # in the same round
    await asyncio.gather(book, return_exceptions=True)
    queue.release()

    assert (queue.running, running) == (0, [])


async def test_an_open_breaker_ends_waiting_background_work_too() -> None:
    queue, running = FairQueue(1, max_waiting=10, max_wait=10.0, refusal=Refused), list[str]()
    await queue.acquire("a")
    book = asyncio.create_task(hold(queue, running, "book"))
    await asyncio.sleep(0)

    queue.refuse_waiting(Refused(3))

    assert isinstance((await outcomes([book]))[0], Refused)
