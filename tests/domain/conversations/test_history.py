import asyncio
from dataclasses import replace

import pytest

from glossator.domain.answering.answer import source_lines
from glossator.domain.answering.question import Answer, Citation, Grounding, Question, Turn, Usage
from glossator.domain.conversations.conversation import Exchange
from glossator.domain.conversations.history import History, Storing
from glossator.domain.conversations.thread import Thread
from glossator.domain.errors import Unavailable
from tests.conversations_in_memory import MemoryConversations

pytestmark = pytest.mark.virtual_time

QUESTION = Question("What is a node?", history=(Turn("user", "what the client claims"),))
ANSWER = Answer("A process.", "generated", (), Grounding(None), Usage())


class BrokenConversations(MemoryConversations):
    async def store(self, account_id: str, conversation_id: str, exchange: Exchange, *, new_title: str | None) -> bool:
        raise RuntimeError("a mistake of ours")


def history(conversations: MemoryConversations, seconds: float = 1.0) -> History:
    return History(conversations, store_seconds=seconds, stop_seconds=seconds)


async def opened(kept: History, conversation_id: str | None = None) -> Thread:
    thread = await kept.open("ada", conversation_id, QUESTION, "request-1")
    assert thread is not None
    return thread


async def test_a_new_conversation_has_no_history_and_costs_no_round_trip() -> None:
    conversations = MemoryConversations()

    thread = await opened(history(conversations))

    assert (thread.question.history, thread.new_title) == ((), "What is a node?")
    assert conversations.calls == []


async def test_a_follow_up_gets_the_last_ten_stored_messages_and_nothing_the_client_claims() -> None:
    conversations = MemoryConversations()
    kept = history(conversations)
    thread = await opened(kept)
    for _ in range(6):
        exchange = Thread("ada", QUESTION, "r", conversation_id=thread.conversation_id).answered(ANSWER)
        await kept.keep(thread, exchange)

    follow_up = await opened(kept, thread.conversation_id)

    assert follow_up.question.history == (Turn("user", "What is a node?"), Turn("assistant", "A process.")) * 5
    assert follow_up.new_title is None


@pytest.mark.parametrize("heading", ["Nodes", "Timers"])
async def test_a_follow_up_gets_an_answer_without_its_list_of_sources(heading: str) -> None:
    kept = history(MemoryConversations())
    thread = await opened(kept)
    used = tuple(Citation(n, "p", "Nodes", heading, "/read/nodes", "A node.", 1.0) for n in (2, 4))
    said = "Nodes are processes [2].\n\n[4] says more."
    await kept.keep(thread, thread.answered(replace(ANSWER, response=said + source_lines(used), citations=used)))

    follow_up = await opened(kept, thread.conversation_id)

    assert follow_up.question.history[1].content == said


async def test_nothing_said_is_no_turn() -> None:
    conversations = MemoryConversations()
    kept = history(conversations)
    thread = await opened(kept)
    await kept.keep(thread, thread.broken_off("", ()))

    follow_up = await opened(kept, thread.conversation_id)

    assert follow_up.question.history == (Turn("user", "What is a node?"),)


@pytest.mark.parametrize("account", ["bob", "ada"])
async def test_a_conversation_that_is_not_there_or_not_ones_own_is_none(account: str) -> None:
    conversations = MemoryConversations()
    kept = history(conversations)
    thread = await opened(kept)
    if account == "bob":
        await kept.keep(thread, thread.answered(ANSWER))

    assert await kept.open(account, thread.conversation_id, QUESTION, "r") is None


async def test_a_history_that_cannot_be_read_is_told() -> None:
    conversations = MemoryConversations(failing=1)

    with pytest.raises(Unavailable):
        await history(conversations).open("ada", "any", QUESTION, "r")


async def test_an_exchange_is_stored_by_a_second_try() -> None:
    conversations = MemoryConversations(failing=1)
    kept = history(conversations)
    thread = await opened(kept)

    assert await kept.keep(thread, thread.answered(ANSWER)) is Storing.STORED

    assert [message.content for message in conversations.messages[thread.conversation_id]] == [
        "What is a node?",
        "A process.",
    ]


async def test_a_database_that_stays_away_is_no_error() -> None:
    conversations = MemoryConversations(failing=2)
    kept = history(conversations)
    thread = await opened(kept)

    assert await kept.keep(thread, thread.answered(ANSWER)) is Storing.FAILED

    assert conversations.calls == ["store", "store"]


async def test_a_database_that_hangs_is_given_up_and_the_log_says_so(caplog: pytest.LogCaptureFixture) -> None:
    conversations = MemoryConversations()
    conversations.open.clear()
    kept = history(conversations, 0.05)
    thread = await opened(kept)

    assert await kept.keep(thread, thread.answered(ANSWER)) is Storing.FAILED
    assert "exchange_not_stored: the database took too long" in caplog.text


async def test_a_conversation_that_was_deleted_meanwhile_is_not_made_again() -> None:
    conversations = MemoryConversations()
    kept = history(conversations)
    first = await opened(kept)
    await kept.keep(first, first.answered(ANSWER))
    second = await opened(kept, first.conversation_id)
    await conversations.delete(first.conversation_id, "ada")

    assert await kept.keep(second, second.answered(ANSWER)) is Storing.GONE

    assert conversations.rows == {}


async def test_a_mistake_in_storing_does_not_cost_the_answer(caplog: pytest.LogCaptureFixture) -> None:
    kept = history(BrokenConversations())
    thread = await opened(kept)

    assert await kept.keep(thread, thread.answered(ANSWER)) is Storing.FAILED

    assert "a mistake of ours" in caplog.text


async def test_whoever_stops_waiting_does_not_stop_the_storing() -> None:
    conversations = MemoryConversations()
    conversations.open.clear()
    async with history(conversations) as kept:
        thread = await opened(kept)
        waiting = asyncio.create_task(kept.keep(thread, thread.answered(ANSWER)))
        while not conversations.calls:
            await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        conversations.open.set()

    assert len(conversations.messages[thread.conversation_id]) == 2


async def test_the_end_waits_for_what_is_being_stored() -> None:
    conversations = MemoryConversations()
    conversations.open.clear()
    async with history(conversations) as kept:
        thread = await opened(kept)
        kept.begin_to_keep(thread, thread.answered(ANSWER))
        asyncio.get_running_loop().call_later(0.05, conversations.open.set)

    assert len(conversations.messages[thread.conversation_id]) == 2


async def test_the_end_does_not_wait_for_ever(caplog: pytest.LogCaptureFixture) -> None:
    conversations = MemoryConversations()
    conversations.open.clear()
    async with History(conversations, store_seconds=60, stop_seconds=0.05) as kept:
        thread = await opened(kept)
        task = kept.begin_to_keep(thread, thread.answered(ANSWER))

    assert task.cancelled()
    assert "exchanges_lost: 1" in caplog.text
