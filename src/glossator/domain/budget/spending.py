"""What one piece of work uses, call by call."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from datetime import date
from typing import Final

from glossator.domain.budget.caps import Cap, WorkKind
from glossator.domain.budget.ports import Used
from glossator.domain.errors import Unavailable
from glossator.domain.ports.chat_model import ChatModel, Completed, Delta, Prompt

BYTES_PER_TOKEN: Final = 3
"""Where the server did not count: English has more than four, and a character of other scripts is about one token."""
TOKENS_PER_CHARACTER: Final = 2
"""The most, for a script that the tokeniser covers badly."""


@dataclass
class Spending:
    """`refused` is the cap that has too little left: nothing that costs money may be called then."""

    refused: Cap | None = None
    prompt_tokens: int = 0
    completion_tokens: int = 0
    embedding_tokens: int = 0
    usd: float = 0.0

    async def stream(self, model: ChatModel, prompt: Prompt) -> AsyncGenerator[Delta | Completed, None]:
        """The model's stream. One that ends early costs its prompt and what was produced.

        A call that failed before its first text costs nothing.
        """
        pieces: list[str] = []
        counted = False
        try:
            async with aclosing(model.stream(prompt)) as events:
                async for event in events:
                    match event:
                        case Delta(text):
                            pieces.append(text)
                        case Completed():
                            counted = True
                            self.add_chat(model, event.prompt_tokens, event.completion_tokens)
                    yield event
        except Unavailable:
            counted = counted or not pieces
            raise
        finally:
            if not counted:
                self.add_chat(model, about(prompt.system + prompt.user), about("".join(pieces)))

    def add_chat(self, model: ChatModel, prompt_tokens: int, completion_tokens: int) -> None:
        price_in, price_out = model.usd_per_million_chat_tokens
        self.prompt_tokens += prompt_tokens
        self.completion_tokens += completion_tokens
        self.usd += (prompt_tokens * price_in + completion_tokens * price_out) / 1_000_000

    def add_embedding(self, tokens: int, usd_per_million: float) -> None:
        self.embedding_tokens += tokens
        self.usd += tokens * usd_per_million / 1_000_000

    def used(self, day: date, kind: WorkKind, nanos: int) -> Used:
        return Used(day, kind, 1, self.prompt_tokens, self.completion_tokens, self.embedding_tokens, nanos)


def about(text: str) -> int:
    """Tokens of a text that nobody counted."""
    return -(-len(text.encode("utf-8", "replace")) // BYTES_PER_TOKEN)
