"""All model calls of one answer: their common deadline and their cost."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

from glossator.domain.answering.question import Usage
from glossator.domain.ports.chat_model import ChatModel, Completed, Delta, Prompt


class Meter:
    """Created when a question arrives; `usage` grows with each completed call."""

    def __init__(self, model: ChatModel, deadline: float) -> None:
        """`deadline` is in seconds from now."""
        self.model = model
        self.usage = Usage()
        self._ends_at = asyncio.get_running_loop().time() + deadline

    async def stream(self, prompt: Prompt, *, deadline: float | None = None) -> AsyncGenerator[str, None]:
        """The model's text. Raises Unavailable, and TimeoutError at the deadline (a nearer one may be given)."""
        ends_at = self._ends_at
        if deadline is not None:
            ends_at = min(ends_at, asyncio.get_running_loop().time() + deadline)
        async with aclosing(self.model.stream(prompt)) as events:
            while True:
                async with asyncio.timeout_at(ends_at):
                    event = await anext(events, None)
                match event:
                    case Delta(text):
                        yield text
                    case Completed() as completed:
                        self._spend(completed)
                    case None:
                        return

    @property
    def seconds_left(self) -> float:
        return max(0.0, self._ends_at - asyncio.get_running_loop().time())

    def spend_embedding(self, tokens: int, usd_per_million: float) -> None:
        self.usage = replace(self.usage, cost_usd=round(self.usage.cost_usd + tokens * usd_per_million / 1_000_000, 8))

    def _spend(self, completed: Completed) -> None:
        price_in, price_out = self.model.usd_per_million_chat_tokens
        cost = (completed.prompt_tokens * price_in + completed.completion_tokens * price_out) / 1_000_000
        self.usage = Usage(
            self.usage.prompt_tokens + completed.prompt_tokens,
            self.usage.completion_tokens + completed.completion_tokens,
            round(self.usage.cost_usd + cost, 8),
        )
