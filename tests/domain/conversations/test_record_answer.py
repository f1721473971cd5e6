import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from glossator.domain.answering.question import (
    Answer,
    AnswerEvent,
    AnswerText,
    Citation,
    Grounding,
    Question,
    Sources,
    Usage,
)
from glossator.domain.conversations.conversation import Message
from glossator.domain.conversations.history import History, RecordedAnswer, StoreOutcome, record_answer
from glossator.domain.conversations.thread import Thread
from glossator.domain.errors import BookEmpty, Unavailable
from tests.conversations_in_memory import MemoryConversations

pytestmark = pytest.mark.virtual_time

CITATION = Citation(1, "p1", "Words", "Words", "/read/words", "A word.", 0.9)
ANSWER = Answer("A word [1].", "generated", (CITATION,), Grounding(1.0), Usage())
EVENTS: list[AnswerEvent] = [Sources((CITATION,)), AnswerText("A word "), AnswerText("[1].")]


class ScriptedAnswer:
    """Yields the events, then raises the error if there is one; records whether it was closed."""

    def __init__(self, events: list[AnswerEvent], error: Exception | None = None) -> None:
        self._events = events
        self._error = error
        self.closed = False

    async def events(self) -> AsyncGenerator[AnswerEvent, None]:
        try:
            for event in self._events:
                yield event
            if self._error:
                raise self._error
        finally:
            self.closed = True


class Setup:
    """A question and the in-memory store of its exchange."""

    def __init__(self) -> None:
        self.conversations = MemoryConversations()
        self.history = History(self.conversations, store_seconds=1.0, stop_seconds=1.0)
        self.thread = Thread("ada", Question("What?"), "r", new_title="What?")

    @property
    def stored(self) -> list[Message]:
        return self.conversations.messages.get(self.thread.conversation_id, [])


async def test_an_answer_is_stored_before_its_last_event() -> None:
    setup = Setup()
    stored_at_last_event = []

    async for event in record_answer(ScriptedAnswer([*EVENTS, ANSWER]).events(), setup.history, setup.thread):
        if isinstance(event, RecordedAnswer):
            stored_at_last_event = [message.content for message in setup.stored]
            assert event == RecordedAnswer(ANSWER, StoreOutcome.STORED)

    assert stored_at_last_event == ["What?", "A word [1]."]


@pytest.mark.parametrize(("received", "content", "cited"), [(1, "", 0), (2, "A word ", 0), (3, "A word [1].", 1)])
async def test_a_partial_answer_is_stored_when_the_reader_disconnects(received: int, content: str, cited: int) -> None:
    setup, script = Setup(), ScriptedAnswer([*EVENTS, ANSWER])
    async with setup.history:
        async with aclosing(record_answer(script.events(), setup.history, setup.thread)) as events:
            for _ in range(received):
                await anext(events)
        assert script.closed

    answer = setup.stored[1]
    assert (answer.content, answer.interrupted, len(answer.citations or ())) == (content, True, cited)


async def test_disconnecting_while_the_complete_answer_is_stored_changes_nothing() -> None:
    setup = Setup()
    setup.conversations.open.clear()

    async def listen() -> None:
        async for _ in record_answer(ScriptedAnswer([*EVENTS, ANSWER]).events(), setup.history, setup.thread):
            pass

    async with setup.history:
        listening = asyncio.create_task(listen())
        while not setup.conversations.calls:
            await asyncio.sleep(0)
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        setup.conversations.open.set()

    assert [(message.content, message.interrupted) for message in setup.stored] == [
        ("What?", False),
        ("A word [1].", False),
    ]
    assert setup.conversations.calls == ["store"]


async def test_an_interrupted_answer_is_stored_as_far_as_it_was_sent() -> None:
    setup = Setup()
    script = ScriptedAnswer(EVENTS, Unavailable("model", "the answer broke off"))

    async with setup.history:
        with pytest.raises(Unavailable):
            async for _ in record_answer(script.events(), setup.history, setup.thread):
                pass

    assert [(message.content, message.interrupted) for message in setup.stored] == [
        ("What?", False),
        ("A word [1].", True),
    ]


async def test_an_error_before_the_first_word_stores_nothing() -> None:
    setup = Setup()

    async with setup.history:
        with pytest.raises(BookEmpty):
            async for _ in record_answer(
                ScriptedAnswer([], BookEmpty("no book")).events(), setup.history, setup.thread
            ):
                pass

    assert setup.conversations.rows == {}
