"""Questions and answers of accounts: what was said before goes with the question, what is said is stored.

- A new conversation costs nothing before the answer; a given one is read first, since it decides whether there may be
  an answer at all.
- What began to be stored is stored to its end, whether or not anybody still waits for it.
- An answer is never lost because it could not be stored.

An answer that is given piece by piece, stored whole before its end, or as far as it was said when it has none.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from dataclasses import dataclass, replace
from enum import Enum, auto
from types import TracebackType
from typing import Final, Self

from glossator.domain.answering.question import Answer, AnswerEvent, Citation, Question, Sources, Text, Turn
from glossator.domain.conversations.conversation import Exchange, Message
from glossator.domain.conversations.ports import Conversations
from glossator.domain.conversations.thread import Thread, title_of
from glossator.domain.conversations.transcript import without_list
from glossator.domain.errors import Unavailable

log = logging.getLogger(__name__)

MESSAGES: Final = 10
STORE_SECONDS: Final = 5.0
STOP_SECONDS: Final = 2.0
RETRY_SECONDS: Final = 0.2


class Storing(Enum):
    """How it ended."""

    STORED = auto()
    GONE = auto()
    """The conversation, or its account, was deleted meanwhile."""
    FAILED = auto()


class History:
    """Shared by all requests; it owns the tasks that store. Enter it for as long as the server serves.

    Leaving it waits for the last of them, and gives up what takes too long.
    """

    def __init__(
        self, conversations: Conversations, *, store_seconds: float = STORE_SECONDS, stop_seconds: float = STOP_SECONDS
    ) -> None:
        self._conversations = conversations
        self._store_seconds = store_seconds
        self._stop_seconds = stop_seconds
        self._storing: set[asyncio.Task[Storing]] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._storing:
            return
        _, late = await asyncio.wait(self._storing, timeout=self._stop_seconds)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        if late:
            log.error("exchanges_lost: %d could not be stored before the end", len(late))

    async def open(
        self, account_id: str, conversation_id: str | None, question: Question, request_id: str
    ) -> Thread | None:
        """The question with what was stored before it, whatever history it came with.

        Without an id it starts a conversation. None when the account has no such one. Raises Unavailable.
        """
        if conversation_id is None:
            question = replace(question, history=())
            return Thread(account_id, question, request_id, new_title=title_of(question.text))
        recent = await self._conversations.recent(conversation_id, account_id, MESSAGES)
        if recent is None:
            return None
        question = replace(question, history=turns_of(recent))
        return Thread(account_id, question, request_id, conversation_id=conversation_id)

    async def keep(self, thread: Thread, exchange: Exchange) -> Storing:
        """Whoever stops waiting does not stop the storing."""
        return await asyncio.shield(self.begin_to_keep(thread, exchange))

    def begin_to_keep(self, thread: Thread, exchange: Exchange) -> "asyncio.Task[Storing]":
        """For callers that are being cancelled; the task never raises and need not be awaited."""
        task = asyncio.create_task(self._kept(thread, exchange))
        self._storing.add(task)
        task.add_done_callback(self._storing.discard)
        return task

    async def _kept(self, thread: Thread, exchange: Exchange) -> Storing:
        try:
            async with asyncio.timeout(self._store_seconds):
                stored = await self._stored(thread, exchange)
        except (Unavailable, TimeoutError) as fault:
            log.warning("exchange_not_stored: %s", str(fault) or "the database took too long")
            return Storing.FAILED
        except Exception:
            log.exception("exchange_not_stored: unexpected")
            return Storing.FAILED
        if not stored:
            log.info("exchange_not_stored: the conversation was deleted meanwhile")
            return Storing.GONE
        return Storing.STORED

    async def _stored(self, thread: Thread, exchange: Exchange) -> bool:
        """Storing the same exchange again changes nothing, so a call whose end nobody knows is repeated."""
        try:
            return await self._store(thread, exchange)
        except Unavailable:
            await asyncio.sleep(RETRY_SECONDS)
            return await self._store(thread, exchange)

    async def _store(self, thread: Thread, exchange: Exchange) -> bool:
        return await self._conversations.store(
            thread.account_id, thread.conversation_id, exchange, new_title=thread.new_title
        )


def turns_of(messages: Iterable[Message]) -> tuple[Turn, ...]:
    """What reader and book said; an answer that broke off before its first word says nothing."""
    return tuple(
        Turn(message.role, without_list(message))
        for message in messages
        if message.role != "system" and message.content.strip()
    )


@dataclass(frozen=True)
class RecordedAnswer:
    """Last event: the answer, and whether it is stored."""

    answer: Answer
    storing: Storing


async def recorded(
    events: AsyncGenerator[AnswerEvent, None], history: History, thread: Thread
) -> AsyncGenerator[Sources | Text | RecordedAnswer, None]:
    """Closing it closes `events` first and stores afterwards, without waiting.

    A fault before the first word leaves nothing to be stored; a reader who left before it has asked all the same.
    """
    said: list[str] = []
    offered: tuple[Citation, ...] = ()
    whole = False
    try:
        async with aclosing(events):
            async for event in events:
                match event:
                    case Sources(citations):
                        offered = citations
                    case Text(text):
                        said.append(text)
                    case Answer():
                        whole = True  # the storing that begins here goes on by itself
                        yield RecordedAnswer(event, await history.keep(thread, thread.answered(event)))
                        return
                yield event
    except BaseException as end:
        left = not isinstance(end, Exception)
        if not whole and (said or left):
            history.begin_to_keep(thread, thread.broken_off("".join(said), offered))
        raise
