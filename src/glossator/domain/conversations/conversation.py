"""Stored conversations and their messages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

from glossator.domain.feedback.feedback import Feedback

Role = Literal["user", "assistant", "system"]


@dataclass(frozen=True)
class Conversation:
    """Exactly one conversation of an account is active: the most recently used."""

    id: str
    account_id: str
    title: str
    created_at: datetime
    updated_at: datetime
    is_active: bool
    message_count: int


@dataclass(frozen=True)
class Message:
    """`sources` are display texts and `citations` the citation objects; both are None for the reader's messages."""

    id: str
    conversation_id: str
    role: Role
    content: str
    created_at: datetime
    selected_text: str | None = None
    sources: tuple[str, ...] | None = None
    citations: tuple[dict[str, Any], ...] | None = None
    mode: str | None = None
    interrupted: bool = False
    request_id: str | None = None
    feedback: Feedback | None = None


@dataclass(frozen=True)
class Exchange:
    """A question and its answer, stored together."""

    question: Message
    answer: Message


class Conversations(Protocol):
    """The port for stored conversations; those of another account are not found. Every method raises Unavailable."""

    async def recent(self, conversation_id: str, account_id: str, limit: int) -> Sequence[Message] | None:
        """The newest messages, oldest first; None when the conversation is not found. One round trip."""
        ...

    async def store(self, account_id: str, conversation_id: str, exchange: Exchange, *, new_title: str | None) -> bool:
        """Stores both messages in one transaction and makes the conversation the active one.

        With `new_title` it first creates the conversation. Returns False without writing when the conversation no
        longer exists. One round trip where the driver allows it.
        """
        ...

    async def create(self, account_id: str, title: str) -> Conversation:
        """The new conversation becomes the active one."""
        ...

    async def page(self, account_id: str, limit: int, offset: int) -> tuple[Sequence[Conversation], int]:
        """A page of conversations, most recently used first, and the total number."""
        ...

    async def get(self, conversation_id: str, account_id: str) -> tuple[Conversation, Sequence[Message]] | None:
        """The conversation with all its messages, oldest first."""
        ...

    async def rename(self, conversation_id: str, account_id: str, title: str) -> bool:
        """Returns whether the conversation exists; also sets `updated_at`."""
        ...

    async def delete(self, conversation_id: str, account_id: str) -> bool: ...

    async def delete_all(self, account_id: str) -> int: ...
