"""An answer that is given piece by piece, stored whole before its end, or as far as it was said when it has none."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

from glossator.domain.answering.question import Answer, AnswerEvent, Citation, Sources, Text
from glossator.domain.conversations.history import History, Storing
from glossator.domain.conversations.thread import Thread


@dataclass(frozen=True)
class Kept:
    """Last event: the answer, and whether it is stored."""

    answer: Answer
    storing: Storing


async def recorded(
    events: AsyncGenerator[AnswerEvent, None], history: History, thread: Thread
) -> AsyncGenerator[Sources | Text | Kept, None]:
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
                        yield Kept(event, await history.keep(thread, thread.answered(event)))
                        return
                yield event
    except BaseException as end:
        left = not isinstance(end, Exception)
        if not whole and (said or left):
            history.begin_to_keep(thread, thread.broken_off("".join(said), offered))
        raise
