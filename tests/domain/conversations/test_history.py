import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from glossator.domain.answering.proof.citations import source_line
from glossator.domain.answering.question import Answer, Citation, Grounding, Question, Turn, Usage
from glossator.domain.conversations.conversation import Exchange, Message
from glossator.domain.conversations.history import MAX_WAITING, History, StoreOutcome
from glossator.domain.conversations.thread import Thread
from tests.conversations_in_memory import MemoryConversations

pytestmark = pytest.mark.virtual_time

QUESTION = Question("What is a node?", history=(Turn("user", "sent by the client"),))
ANSWER = Answer("A process.", "generated", (), Grounding(None), Usage())


class BrokenConversations(MemoryConversations):
    async def store(self, account_id: str, conversation_id: str, exchange: Exchange, *, new_title: str | None) -> bool:
        raise RuntimeError("an unexpected error")


class FrozenConversations(MemoryConversations):
    async def recent(self, conversation_id: str, account_id: str, limit: int) -> Sequence[Message] | None:
        await asyncio.sleep(3600)
        return None


def make_history(conversations: MemoryConversations, seconds: float = 1.0) -> History:
    return History(conversations, store_seconds=seconds, stop_seconds=seconds)


async def open_thread(history: History, conversation_id: str | None = None) -> Thread:
    thread = await history.open("ada", conversation_id, QUESTION, "request-1")
    assert thread is not None
    return thread


async def test_a_new_conversation_has_no_history_and_needs_no_database_call() -> None:
    conversations = MemoryConversations()

    thread = await open_thread(make_history(conversations))

    assert (thread.question.history, thread.new_title) == ((), "What is a node?")
    assert conversations.calls == []


async def test_a_follow_up_uses_the_last_ten_stored_messages_and_ignores_the_client_history() -> None:
    conversations = MemoryConversations()
    history = make_history(conversations)
    thread = await open_thread(history)
    for _ in range(6):
        exchange = Thread("ada", QUESTION, "r", conversation_id=thread.conversation_id).completed_exchange(ANSWER)
        await history.store(thread, exchange)

    follow_up = await open_thread(history, thread.conversation_id)

    assert follow_up.question.history == (Turn("user", "What is a node?"), Turn("assistant", "A process.")) * 5
    assert follow_up.new_title is None


@pytest.mark.parametrize("heading", ["Nodes", "Timers"])
async def test_the_history_leaves_out_an_answers_list_of_sources(heading: str) -> None:
    history = make_history(MemoryConversations())
    thread = await open_thread(history)
    used = tuple(Citation(n, "p", "Nodes", heading, "/read/nodes", "A node.", 1.0) for n in (2, 4))
    said = "Nodes are processes [2].\n\n[4] says more."
    await history.store(
        thread, thread.completed_exchange(replace(ANSWER, response=said + source_line(used), citations=used))
    )

    follow_up = await open_thread(history, thread.conversation_id)

    assert follow_up.question.history[1].content == said


async def test_an_interrupted_answer_without_text_is_left_out_of_the_history() -> None:
    conversations = MemoryConversations()
    history = make_history(conversations)
    thread = await open_thread(history)
    await history.store(thread, thread.interrupted_exchange("", ()))

    follow_up = await open_thread(history, thread.conversation_id)

    assert follow_up.question.history == (Turn("user", "What is a node?"),)


@pytest.mark.parametrize("account", ["bob", "ada"])
async def test_a_missing_or_foreign_conversation_is_not_opened(account: str) -> None:
    conversations = MemoryConversations()
    history = make_history(conversations)
    thread = await open_thread(history)
    if account == "bob":
        await history.store(thread, thread.completed_exchange(ANSWER))

    assert await history.open(account, thread.conversation_id, QUESTION, "r") is None


async def test_what_the_page_sent_is_used_while_the_stored_messages_are_unavailable() -> None:
    conversations = MemoryConversations(failing=1)

    thread = await open_thread(make_history(conversations), "any")

    assert (thread.conversation_id, thread.question.history) == ("any", QUESTION.history)


async def test_a_frozen_database_delays_an_answer_by_less_than_half_a_second() -> None:
    started = asyncio.get_running_loop().time()

    await open_thread(make_history(FrozenConversations()), "any")

    assert asyncio.get_running_loop().time() - started == 0.4


async def test_an_exchange_that_was_not_stored_is_stored_once_when_the_database_is_back() -> None:
    conversations = MemoryConversations(failing=5)
    async with make_history(conversations) as history:
        thread = await open_thread(history)
        outcome = await history.store(thread, thread.completed_exchange(ANSWER))
        assert (outcome, conversations.rows) == (StoreOutcome.FAILED, {})
        conversations.failing = 0

        await asyncio.sleep(60)

    assert conversations.calls == ["store"] * 3
    assert len(conversations.messages[thread.conversation_id]) == 2


async def test_exchanges_wait_for_the_database_in_their_order() -> None:
    conversations = MemoryConversations(failing=20)
    async with make_history(conversations) as history:
        threads = [await open_thread(history) for _ in range(3)]
        for thread in threads:
            await history.store(thread, thread.completed_exchange(ANSWER))
        conversations.failing = 3

        await asyncio.sleep(60)

    assert list(conversations.rows) == [thread.conversation_id for thread in threads]


async def test_one_that_is_stored_late_is_reported_as_not_stored_and_not_tried_again() -> None:
    conversations = MemoryConversations()
    conversations.open.clear()
    async with History(conversations) as history:
        thread = await open_thread(history)
        outcome = await history.store(thread, thread.completed_exchange(ANSWER))
        conversations.open.set()

        await asyncio.sleep(60)

    assert outcome is StoreOutcome.FAILED
    assert (conversations.calls, len(conversations.messages[thread.conversation_id])) == (["store"], 2)


async def test_more_than_a_thousand_waiting_exchanges_are_reported_as_lost(caplog: pytest.LogCaptureFixture) -> None:
    conversations = MemoryConversations(failing=10_000)
    async with make_history(conversations) as history:
        thread = await open_thread(history)
        exchange = thread.completed_exchange(ANSWER)
        await asyncio.gather(*(history.store(thread, exchange) for _ in range(MAX_WAITING + 1)))

    assert caplog.text.count("exchanges_lost: 1 exchange was not stored") == 1
    assert f"exchanges_lost: {MAX_WAITING} exchanges were not stored before shutdown" in caplog.text


async def test_a_failed_store_is_retried_once() -> None:
    conversations = MemoryConversations(failing=1)
    history = make_history(conversations)
    thread = await open_thread(history)

    assert await history.store(thread, thread.completed_exchange(ANSWER)) is StoreOutcome.STORED

    assert [message.content for message in conversations.messages[thread.conversation_id]] == [
        "What is a node?",
        "A process.",
    ]


async def test_two_failed_stores_return_failed() -> None:
    conversations = MemoryConversations(failing=2)
    history = make_history(conversations)
    thread = await open_thread(history)

    assert await history.store(thread, thread.completed_exchange(ANSWER)) is StoreOutcome.FAILED

    assert conversations.calls == ["store", "store"]


async def test_a_hanging_store_times_out_and_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    conversations = MemoryConversations()
    conversations.open.clear()
    history = make_history(conversations, 0.05)
    thread = await open_thread(history)

    assert await history.store(thread, thread.completed_exchange(ANSWER)) is StoreOutcome.FAILED
    assert "exchange_not_stored: the database took too long" in caplog.text


async def test_a_deleted_conversation_is_not_recreated() -> None:
    conversations = MemoryConversations()
    history = make_history(conversations)
    first = await open_thread(history)
    await history.store(first, first.completed_exchange(ANSWER))
    second = await open_thread(history, first.conversation_id)
    await conversations.delete(first.conversation_id, "ada")

    assert await history.store(second, second.completed_exchange(ANSWER)) is StoreOutcome.DELETED

    assert conversations.rows == {}


async def test_an_unexpected_error_while_storing_is_logged_and_does_not_raise(caplog: pytest.LogCaptureFixture) -> None:
    history = make_history(BrokenConversations())
    thread = await open_thread(history)

    assert await history.store(thread, thread.completed_exchange(ANSWER)) is StoreOutcome.FAILED

    assert "an unexpected error" in caplog.text


async def test_cancelling_the_caller_does_not_cancel_the_store() -> None:
    conversations = MemoryConversations()
    conversations.open.clear()
    async with make_history(conversations) as history:
        thread = await open_thread(history)
        waiting = asyncio.create_task(history.store(thread, thread.completed_exchange(ANSWER)))
        while not conversations.calls:
            await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        conversations.open.set()

    assert len(conversations.messages[thread.conversation_id]) == 2


async def test_shutdown_waits_for_running_stores() -> None:
    conversations = MemoryConversations()
    conversations.open.clear()
    async with make_history(conversations) as history:
        thread = await open_thread(history)
        history.start_storing(thread, thread.completed_exchange(ANSWER))
        asyncio.get_running_loop().call_later(0.05, conversations.open.set)

    assert len(conversations.messages[thread.conversation_id]) == 2


async def test_shutdown_cancels_stores_that_take_too_long(caplog: pytest.LogCaptureFixture) -> None:
    conversations = MemoryConversations()
    conversations.open.clear()
    async with History(conversations, store_seconds=60, stop_seconds=0.05) as history:
        thread = await open_thread(history)
        task = history.start_storing(thread, thread.completed_exchange(ANSWER))

    assert task.cancelled()
    assert "exchanges_lost: 1" in caplog.text
