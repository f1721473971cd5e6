"""The body of `POST /v1/chat/completions`. Fields that do not matter here are ignored, as by other servers."""

from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import BeforeValidator, Field, TypeAdapter, ValidationError, field_validator

from glossator.domain.answering.question import Turn
from glossator.web.http.bodies import Body, PlainText
from glossator.web.http.json import Counts
from glossator.web.request_bodies import MAX_HISTORY_ENTRIES, MAX_HISTORY_ENTRY_LENGTH, MAX_QUERY_LENGTH, QueryText

MAX_MESSAGES: Final = 200
MAX_PARTS: Final = 20
_QUERY: Final = TypeAdapter(QueryText)


def _text_of(content: object) -> object:
    """The text parts of a message, joined. Raises ValueError for an image, a sound or a file."""
    if content is None:
        return ""
    if not isinstance(content, list):
        return content
    texts = [part.get("text") if isinstance(part, dict) and part.get("type") == "text" else None for part in content]
    if len(texts) > MAX_PARTS or not all(isinstance(text, str) for text in texts):
        raise ValueError(f"must be text, or at most {MAX_PARTS} parts of type text: images and files are not read")
    return "\n".join(map(str, texts))


class ChatMessage(Body):
    role: Literal["system", "developer", "user", "assistant"]
    content: Annotated[PlainText, BeforeValidator(_text_of)] = ""


class StreamOptions(Body):
    include_usage: bool = False


class CompletionBody(Body):
    """The last message of the user is the question; the messages before it are its conversation."""

    counts: ClassVar = Counts.four_times(values=5 * MAX_MESSAGES, brackets=4 * MAX_MESSAGES)

    model: str
    messages: Annotated[list[ChatMessage], Field(min_length=1, max_length=MAX_MESSAGES)]
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    n: int | None = None
    tools: list[Any] | None = None
    functions: list[Any] | None = None

    @field_validator("messages")
    @classmethod
    def _has_question(cls, messages: list[ChatMessage]) -> list[ChatMessage]:
        last = next((message for message in reversed(messages) if message.role == "user"), None)
        if last is None:
            raise ValueError("must have a message of the user")
        try:
            _QUERY.validate_python(last.content)
        except ValidationError:
            raise ValueError(f"must end with a question of 1 to {MAX_QUERY_LENGTH} characters") from None
        return messages

    @field_validator("n")
    @classmethod
    def _is_one(cls, n: int | None) -> int | None:
        if n not in {None, 1}:
            raise ValueError("must be 1: the book gives one answer")
        return n

    @field_validator("tools", "functions")
    @classmethod
    def _is_empty(cls, tools: list[Any] | None) -> list[Any] | None:
        if tools:
            raise ValueError("must be empty: the book calls none")
        return tools

    @property
    def asked_at(self) -> int:
        """The position of the question."""
        return max(at for at, message in enumerate(self.messages) if message.role == "user")

    @property
    def question(self) -> str:
        return self.messages[self.asked_at].content.strip()

    @property
    def history(self) -> list[Turn]:
        """The newest turns before the question, oldest first, each cut to the length that `/chat` allows."""
        turns = [
            Turn("user" if message.role == "user" else "assistant", message.content[:MAX_HISTORY_ENTRY_LENGTH])
            for message in self.messages[: self.asked_at]
            if message.role in {"user", "assistant"} and message.content
        ]
        return turns[-MAX_HISTORY_ENTRIES:]

    @property
    def instructions(self) -> str:
        return " ".join(message.content for message in self.messages if message.role in {"system", "developer"})
