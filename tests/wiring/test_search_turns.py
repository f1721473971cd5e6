import asyncio
from contextlib import ExitStack

import pytest

from glossator.domain.errors import Overloaded
from glossator.wiring.book import PLACES, SEARCHES, SPARE_PLACES, SearchTurns


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
