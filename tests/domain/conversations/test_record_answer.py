import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from glossator.domain.answering.question import Answer, AnswerEvent, Citation, Grounding, Question, Sources, Text, Usage
from glossator.domain.conversations.conversation import Message
from glossator.domain.conversations.history import History, RecordedAnswer, Storing, recorded
from glossator.domain.conversations.thread import Thread
from glossator.domain.errors import BookEmpty, Unavailable
from tests.conversations_in_memory import MemoryConversations

pytestmark = pytest.mark.virtual_time

CITATION = Citation(1, "p1", "Words", "Words", "/read/words", "A word.", 0.9)
ANSWER = Answer("A word [1].", "generated", (CITATION,), Grounding(1.0), Usage())
SAID: list[AnswerEvent] = [Sources((CITATION,)), Text("A word "), Text("[1].")]


class Speaker:
    """Says these events, then raises the error if there is one; knows whether it was closed."""

    def __init__(self, events: list[AnswerEvent], error: Exception | None = None) -> None:
        self._events = events
        self._error = error
        self.closed = False

    async def speak(self) -> AsyncGenerator[AnswerEvent, None]:
        try:
            for event in self._events:
                yield event
            if self._error:
                raise self._error
        finally:
            self.closed = True


class Desk:
    """A reader's question and where it is stored."""

    def __init__(self) -> None:
        self.conversations = MemoryConversations()
        self.history = History(self.conversations, store_seconds=1.0, stop_seconds=1.0)
        self.thread = Thread("ada", Question("What?"), "r", new_title="What?")

    @property
    def stored(self) -> list[Message]:
        return self.conversations.messages.get(self.thread.conversation_id, [])


async def test_an_answer_is_stored_before_it_is_given() -> None:
    desk = Desk()
    stored_at_the_end = []

    async for event in recorded(Speaker([*SAID, ANSWER]).speak(), desk.history, desk.thread):
        if isinstance(event, RecordedAnswer):
            stored_at_the_end = [message.content for message in desk.stored]
            assert event == RecordedAnswer(ANSWER, Storing.STORED)

    assert stored_at_the_end == ["What?", "A word [1]."]


@pytest.mark.parametrize(("heard", "content", "cited"), [(1, "", 0), (2, "A word ", 0), (3, "A word [1].", 1)])
async def test_what_was_said_is_stored_when_the_reader_leaves(heard: int, content: str, cited: int) -> None:
    desk, speaker = Desk(), Speaker([*SAID, ANSWER])
    async with desk.history:
        async with aclosing(recorded(speaker.speak(), desk.history, desk.thread)) as events:
            for _ in range(heard):
                await anext(events)
        assert speaker.closed

    answer = desk.stored[1]
    assert (answer.content, answer.interrupted, len(answer.citations or ())) == (content, True, cited)


async def test_a_reader_who_leaves_while_the_whole_answer_is_stored_changes_nothing() -> None:
    desk = Desk()
    desk.conversations.open.clear()

    async def listen() -> None:
        async for _ in recorded(Speaker([*SAID, ANSWER]).speak(), desk.history, desk.thread):
            pass

    async with desk.history:
        listening = asyncio.create_task(listen())
        while not desk.conversations.calls:
            await asyncio.sleep(0)
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        desk.conversations.open.set()

    assert [(message.content, message.interrupted) for message in desk.stored] == [
        ("What?", False),
        ("A word [1].", False),
    ]
    assert desk.conversations.calls == ["store"]


async def test_an_answer_that_breaks_off_is_stored_as_far_as_it_was_said() -> None:
    desk = Desk()
    speaker = Speaker(SAID, Unavailable("model", "the answer broke off"))

    async with desk.history:
        with pytest.raises(Unavailable):
            async for _ in recorded(speaker.speak(), desk.history, desk.thread):
                pass

    assert [(message.content, message.interrupted) for message in desk.stored] == [
        ("What?", False),
        ("A word [1].", True),
    ]


async def test_a_fault_before_the_first_word_leaves_nothing() -> None:
    desk = Desk()

    async with desk.history:
        with pytest.raises(BookEmpty):
            async for _ in recorded(Speaker([], BookEmpty("no book")).speak(), desk.history, desk.thread):
                pass

    assert desk.conversations.rows == {}
