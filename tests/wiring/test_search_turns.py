import asyncio
from contextlib import ExitStack

import pytest

from glossator.domain.errors import Overloaded
from glossator.wiring.book import ACCEPTED_SECONDS, PLACES, SEARCHES, SPARE_PLACES, SearchTurns


def test_a_further_question_is_refused_while_every_place_is_taken() -> None:
    turns = SearchTurns()

    with ExitStack() as taken:
        for _ in range(PLACES - 1):
            taken.enter_context(turns.place())
        turns.refuse_if_full()
        taken.enter_context(turns.place())
        with pytest.raises(Overloaded):
            turns.refuse_if_full()


def test_questions_that_were_accepted_at_the_same_moment_get_the_spare_places() -> None:
    turns = SearchTurns()

    with ExitStack() as taken:
        for _ in range(PLACES + SPARE_PLACES):
            taken.enter_context(turns.place())
        with pytest.raises(Overloaded), turns.place():
            pass


def test_a_question_that_fails_gives_its_place_back() -> None:
    turns = SearchTurns()

    for _ in range(PLACES + SPARE_PLACES + 1):
        with pytest.raises(ConnectionError), turns.place():
            raise ConnectionError

    turns.refuse_if_full()


class Clock:
    """Seconds."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def search_in_turn(turns: SearchTurns, clock: Clock, *, waiting: int, searches: int, seconds: float) -> None:
    """The searches end one after the other, while so many others wait."""
    with ExitStack() as taken:
        for _ in range(waiting):
            taken.enter_context(turns.place())
        for _ in range(searches):
            with turns.place():
                clock.now += seconds


def test_a_slow_machine_accepts_as_many_questions_as_it_searches_in_time() -> None:
    clock, seconds = Clock(), 0.1
    turns = SearchTurns(clock)
    search_in_turn(turns, clock, waiting=SEARCHES, searches=500, seconds=seconds)

    in_time = int(ACCEPTED_SECONDS / seconds)
    with ExitStack() as taken:
        for _ in range(in_time - 1):
            taken.enter_context(turns.place())
        turns.refuse_if_full()
        for _ in range(2):
            taken.enter_context(turns.place())
        with pytest.raises(Overloaded):
            turns.refuse_if_full()


def test_seconds_without_a_question_do_not_count_as_slow_searches() -> None:
    clock = Clock()
    turns = SearchTurns(clock)
    for _ in range(100):
        clock.now += 60.0
        search_in_turn(turns, clock, waiting=SEARCHES + 1, searches=1, seconds=0.01)

    with ExitStack() as taken:
        for _ in range(PLACES - 1):
            taken.enter_context(turns.place())
        turns.refuse_if_full()


def test_few_questions_are_accepted_however_slow_the_last_searches_were() -> None:
    clock = Clock()
    turns = SearchTurns(clock)
    search_in_turn(turns, clock, waiting=SEARCHES, searches=50, seconds=60.0)

    with ExitStack() as taken:
        for _ in range(SEARCHES):
            taken.enter_context(turns.place())
        turns.refuse_if_full()


async def test_only_a_few_searches_run_at_a_time_and_the_others_wait() -> None:
    turns, ended, running, most = SearchTurns(), asyncio.Event(), 0, 0

    async def search() -> None:
        nonlocal running, most
        async with turns.turn():
            running += 1
            most = max(most, running)
            await ended.wait()
            running -= 1

    searches = [asyncio.create_task(search()) for _ in range(3 * SEARCHES)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    ended.set()
    await asyncio.gather(*searches)
    assert most == SEARCHES
