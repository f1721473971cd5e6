from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

Step = Literal["generate", "condense", "rewrite", "suggest", "probe"]


@dataclass(frozen=True)
class Prompt:
    """One request to a chat model, whole. With a JSON `schema` a model that is `structured` answers by it.

    `step` names the call in traces; it does not change the answer.
    """

    system: str
    user: str
    max_tokens: int = 1000
    temperature: float = 0.0
    schema: Mapping[str, object] | None = None
    step: Step = "generate"


@dataclass(frozen=True)
class Delta:
    """The next piece of the model's text; never empty."""

    text: str


@dataclass(frozen=True)
class Completed:
    """The last event of a stream. `truncated` is true when the model stopped at a token limit."""

    truncated: bool
    prompt_tokens: int
    completion_tokens: int


class ChatModel(Protocol):
    """Answers a prompt. `generates` is false for an extractive model, which only quotes the prompt's passages.

    The members differ from those of Embedder, so that one object can implement both ports.
    """

    @property
    def chat_model(self) -> str: ...
    @property
    def generates(self) -> bool: ...
    @property
    def structured(self) -> bool:
        """Whether it answers by a JSON schema."""
        ...

    @property
    def usd_per_million_chat_tokens(self) -> tuple[float, float]:
        """Prices of prompt tokens and completion tokens."""
        ...

    def stream(self, prompt: Prompt) -> AsyncGenerator[Delta | Completed, None]:
        """Yields Deltas, then one Completed. Closing it cancels the upstream call at once. Raises Unavailable."""
        ...
