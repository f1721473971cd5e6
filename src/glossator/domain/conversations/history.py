"""Adds the stored conversation to a question and stores each exchange.

- A new conversation needs no database call before the answer. The messages of an existing one are read first; while
  the database is unavailable, those that the page sent are used.
- A store that has started runs to its end, even when its caller is cancelled.
- The reader gets the answer even when storing fails. An exchange that could not be stored is stored, once, when the
  database is back.
- A streamed answer is stored before its last event; an interrupted one is stored as far as it was sent.
"""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, replace
from enum import Enum, auto
from types import TracebackType
from typing import Any, Final, Self

from glossator.domain.answering.question import Answer, AnswerEvent, AnswerText, Citation, Question, Sources, Turn
from glossator.domain.clock import within
from glossator.domain.conversations.conversation import Conversations, Exchange, Message
from glossator.domain.conversations.thread import Thread, make_title
from glossator.domain.conversations.transcript import without_source_list
from glossator.domain.errors import Unavailable

log = logging.getLogger(__name__)

HISTORY_MESSAGES: Final = 10
OPEN_SECONDS: Final = 0.4
"""How long an answer waits for the stored messages; then it uses those of the page."""
WAIT_SECONDS: Final = 0.9
"""How long an answer waits to be stored; the store goes on after that."""
STORE_SECONDS: Final = 5.0
STOP_SECONDS: Final = 2.0
RETRY_SECONDS: Final = 0.2
LATER_SECONDS: Final = 2.0
"""Between two attempts to store what is waiting for the database."""
MAX_WAITING: Final = 1000


class StoreOutcome(Enum):
    STORED = auto()
    DELETED = auto()
    """The conversation or its account was deleted in the meantime."""
    FAILED = auto()
    """Not stored yet. It will be, if the database is back before the server stops."""


class History:
    """Shared by all requests; it owns the tasks that store. Enter it for the lifetime of the server.

    Leaving it waits up to `stop_seconds` for the running tasks, then cancels them.
    """

    def __init__(
        self,
        conversations: Conversations,
        *,
        open_seconds: float = OPEN_SECONDS,
        store_seconds: float = STORE_SECONDS,
        stop_seconds: float = STOP_SECONDS,
        wait_seconds: float = WAIT_SECONDS,
    ) -> None:
        self._conversations = conversations
        self._open_seconds = open_seconds
        self._store_seconds = store_seconds
        self._stop_seconds = stop_seconds
        self._wait_seconds = wait_seconds
        self._tasks: set[asyncio.Task[StoreOutcome]] = set()
        self._waiting: deque[tuple[Thread, Exchange]] = deque()
        self._storing_later: asyncio.Task[None] | None = None

    @property
    def waiting(self) -> int:
        """Exchanges that are stored when the database is back."""
        return len(self._waiting)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        late: set[asyncio.Task[StoreOutcome]] = set()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=self._stop_seconds)
        await cancel(*late, *filter(None, [self._storing_later]))
        if lost := len(late) + len(self._waiting):
            log.error("exchanges_lost: %d exchanges were not stored before shutdown", lost)

    async def open(
        self, account_id: str, conversation_id: str | None, question: Question, request_id: str
    ) -> Thread | None:
        """Replaces the question's history with the stored messages.

        Without an id it starts a new conversation. Returns None when the account has no conversation with this id.
        """
        if conversation_id is None:
            question = replace(question, history=())
            return Thread(account_id, question, request_id, new_title=make_title(question.text))
        try:
            recent = await within(self._open_seconds, self._recent(conversation_id, account_id), "database")
        except Unavailable as error:
            log.warning("conversation_not_read: %s", error)
            return Thread(account_id, question, request_id, conversation_id=conversation_id)
        if recent is None:
            return None
        question = replace(question, history=to_turns(recent))
        return Thread(account_id, question, request_id, conversation_id=conversation_id)

    async def store(self, thread: Thread, exchange: Exchange) -> StoreOutcome:
        """Waits a moment for the store, which neither that nor a cancelled caller ends."""
        task = self.start_storing(thread, exchange)
        done, _ = await asyncio.wait({task}, timeout=self._wait_seconds)
        return task.result() if done else StoreOutcome.FAILED

    def start_storing(self, thread: Thread, exchange: Exchange) -> "asyncio.Task[StoreOutcome]":
        """For callers that are being cancelled; the task never raises and need not be awaited."""
        task = asyncio.create_task(self._store(thread, exchange))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _store(self, thread: Thread, exchange: Exchange) -> StoreOutcome:
        try:
            async with asyncio.timeout(self._store_seconds):
                stored = await self._store_with_retry(thread, exchange)
        except (Unavailable, TimeoutError) as error:
            self._store_later(thread, exchange, str(error) or "the database took too long")
            return StoreOutcome.FAILED
        except Exception:
            log.exception("exchange_not_stored: unexpected error")
            return StoreOutcome.FAILED
        if not stored:
            log.info("exchange_not_stored: the conversation was deleted in the meantime")
            return StoreOutcome.DELETED
        return StoreOutcome.STORED

    def _store_later(self, thread: Thread, exchange: Exchange, reason: str) -> None:
        if len(self._waiting) >= MAX_WAITING:
            log.error("exchanges_lost: 1 exchange was not stored (%s), and %d are waiting", reason, MAX_WAITING)
            return
        log.warning("exchange_not_stored: %s; it is stored when the database is back", reason)
        self._waiting.append((thread, exchange))
        if self._storing_later is None or self._storing_later.done():
            self._storing_later = asyncio.create_task(self._store_waiting(), name="exchanges")

    async def _store_waiting(self) -> None:
        """In their order. Storing is idempotent: one that was stored in spite of an error is not stored again."""
        while self._waiting:
            await asyncio.sleep(LATER_SECONDS)
            with suppress(Unavailable, TimeoutError):
                await self._store_all_waiting()

    async def _store_all_waiting(self) -> None:
        while self._waiting:
            try:
                async with asyncio.timeout(self._store_seconds):
                    await self._store_once(*self._waiting[0])
            except (Unavailable, TimeoutError):
                raise
            except Exception:
                log.exception("exchanges_lost: 1 exchange cannot be stored")
            self._waiting.popleft()

    async def _recent(self, conversation_id: str, account_id: str) -> Sequence[Message] | None:
        return await self._conversations.recent(conversation_id, account_id, HISTORY_MESSAGES)

    async def _store_with_retry(self, thread: Thread, exchange: Exchange) -> bool:
        """Retries once. Storing is idempotent, so a call with an unknown outcome may be repeated."""
        try:
            return await self._store_once(thread, exchange)
        except Unavailable:
            await asyncio.sleep(RETRY_SECONDS)
            return await self._store_once(thread, exchange)

    async def _store_once(self, thread: Thread, exchange: Exchange) -> bool:
        return await self._conversations.store(
            thread.account_id, thread.conversation_id, exchange, new_title=thread.new_title
        )


async def cancel(*tasks: "asyncio.Task[Any]") -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def to_turns(messages: Iterable[Message]) -> tuple[Turn, ...]:
    """Leaves out system messages and answers that were interrupted before their first word."""
    return tuple(
        Turn(message.role, without_source_list(message))
        for message in messages
        if message.role != "system" and message.content.strip()
    )


@dataclass(frozen=True)
class RecordedAnswer:
    """The last event of a recorded answer."""

    answer: Answer
    outcome: StoreOutcome


async def record_answer(
    events: AsyncGenerator[AnswerEvent, None], history: History, thread: Thread
) -> AsyncGenerator[Sources | AnswerText | RecordedAnswer, None]:
    """Passes the events on and stores the exchange. Closing it closes `events`, then starts storing without waiting.

    Nothing is stored when an error occurs before the first word. When the reader disconnects before it, the question
    is stored.
    """
    texts: list[str] = []
    offered: tuple[Citation, ...] = ()
    complete = False
    try:
        async with aclosing(events):
            async for event in events:
                match event:
                    case Sources(citations):
                        offered = citations
                    case AnswerText(text):
                        texts.append(text)
                    case Answer():
                        complete = True  # the store that starts here continues even when the reader disconnects
                        yield RecordedAnswer(event, await history.store(thread, thread.completed_exchange(event)))
                        return
                yield event
    except BaseException as error:
        disconnected = not isinstance(error, Exception)
        if not complete and (texts or disconnected):
            history.start_storing(thread, thread.interrupted_exchange("".join(texts), offered))
        raise
