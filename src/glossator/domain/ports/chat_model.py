from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Quotable:
    """A passage that a prompt offers as evidence under a number."""

    number: int
    heading: str
    text: str


@dataclass(frozen=True)
class Prompt:
    """One request to a chat model, whole: `system` and `user` are what a generating model reads.

    An extractive model reads `question` and `passages` alone.
    """

    system: str
    user: str
    question: str = ""
    passages: tuple[Quotable, ...] = ()
    max_tokens: int = 1000
    temperature: float = 0.0


@dataclass(frozen=True)
class Delta:
    """The next piece of the model's text, never empty."""

    text: str


@dataclass(frozen=True)
class Completed:
    """The last event of a stream. `truncated` is true when the model stopped at a limit, not at its end."""

    truncated: bool
    prompt_tokens: int
    completion_tokens: int


class ChatModel(Protocol):
    """Answers a prompt. `generates` is false for a model that only quotes the prompt's passages.

    One object may be Embedder and ChatModel, so the two ports share no name.
    """

    @property
    def chat_model(self) -> str: ...
    @property
    def generates(self) -> bool: ...
    @property
    def usd_per_million_chat_tokens(self) -> tuple[float, float]:
        """Prices of prompt tokens and of completion tokens."""
        ...

    def stream(self, prompt: Prompt) -> AsyncGenerator[Delta | Completed, None]:
        """Deltas, then one Completed. Closing it cancels the upstream call at once. Raises Unavailable."""
        ...
