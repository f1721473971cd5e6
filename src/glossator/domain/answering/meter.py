"""The model calls of one answer: the most that they can cost, their common deadline, and what they cost."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from itertools import count
from typing import TYPE_CHECKING, Final

from glossator.domain.answering.prompt import CONDENSE_TOKENS, CONDENSED_CHARACTERS, HISTORY_CHARACTERS
from glossator.domain.answering.question import MAX_PARTS, Question, Usage, needs_condensing
from glossator.domain.budget.spending import TOKENS_PER_CHARACTER, Spending
from glossator.domain.clock import StepTimer
from glossator.domain.ports.chat_model import ChatModel, Delta, Prompt

if TYPE_CHECKING:
    from glossator.domain.answering.answer import AnsweringOptions

INSTRUCTIONS: Final = 600
"""Tokens of our own words in a prompt, with the schema and the fences."""
HEADING_CHARACTERS: Final = 100
EVENTS_PER_TURN: Final = 8


def worst_case(question: Question, options: "AnsweringOptions", model: ChatModel, embedding_price: float) -> float:
    """In US dollars, by the lengths of the texts."""
    if question.free:
        return 0.0
    price_in, price_out = model.usd_per_million_chat_tokens
    history, condensed = _history(question), CONDENSED_CHARACTERS if needs_condensing(question) else 0
    passages = options.characters + options.passages * HEADING_CHARACTERS
    prompt = passages + len(question.selected_text) + history + len(question.reader) + len(question.text) + condensed
    read, written = INSTRUCTIONS + TOKENS_PER_CHARACTER * prompt, options.max_tokens
    if condensed:
        read += INSTRUCTIONS + TOKENS_PER_CHARACTER * (history + len(question.text))
        written += CONDENSE_TOKENS
    searched = 2 * len(question.text) + history + len(question.selected_text) + (1 + MAX_PARTS) * condensed
    embedded = TOKENS_PER_CHARACTER * (searched + passages) + options.max_tokens
    chat = (read * price_in + written * price_out) if model.generates and not question.quoted else 0.0
    return (chat + embedded * embedding_price) / 1_000_000


def _history(question: Question) -> int:
    return min(HISTORY_CHARACTERS, sum(len(turn.content) for turn in question.history))


class AnswerMeter:
    """Created when a question arrives; `spending` grows with each call."""

    def __init__(
        self, model: ChatModel, deadline: float, spending: Spending | None = None, *, free: bool = False
    ) -> None:
        """`deadline` is in seconds from now; `free`: the model is never asked."""
        self.model = model
        self._free = free
        self.spending = spending or Spending()
        self._ends_at = asyncio.get_running_loop().time() + deadline

    @property
    def generates(self) -> bool:
        """Whether the model may be asked."""
        return self.model.generates and self.spending.refused is None and not self._free

    @property
    def usage(self) -> Usage:
        spent = self.spending
        return Usage(spent.prompt_tokens, spent.completion_tokens, round(spent.usd, 8))

    async def stream(self, prompt: Prompt, *, deadline: float | None = None) -> AsyncGenerator[str, None]:
        """The model's text. Raises Unavailable, and TimeoutError at the deadline (a nearer one may be given)."""
        loop, timer = asyncio.get_running_loop(), StepTimer()
        ends_at = self._ends_at if deadline is None else min(self._ends_at, loop.time() + deadline)
        handle = loop.call_at(ends_at, timer.expire)
        try:
            async with aclosing(self.spending.stream(self.model, prompt)) as events:
                for number in count(1):
                    with timer:
                        if number % EVENTS_PER_TURN == 0:  # a model that never waits would let no timer run
                            await asyncio.sleep(0)
                        event = await anext(events, None)
                    if event is None:
                        return
                    if isinstance(event, Delta):
                        yield event.text
        finally:
            handle.cancel()

    @property
    def seconds_left(self) -> float:
        return max(0.0, self._ends_at - asyncio.get_running_loop().time())
