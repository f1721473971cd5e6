"""Stored conversations and their messages."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

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


@dataclass(frozen=True)
class Exchange:
    """A question and its answer, stored together."""

    question: Message
    answer: Message
