"""All model calls of one answer: their common deadline and their cost."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from itertools import count
from typing import Final

from glossator.domain.answering.question import Usage
from glossator.domain.budget.spending import Spending
from glossator.domain.ports.chat_model import ChatModel, Delta, Prompt
from glossator.domain.step_timer import StepTimer

EVENTS_PER_TURN: Final = 8


class Meter:
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
