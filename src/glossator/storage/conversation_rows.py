"""From rows to conversations and messages. Another program may have written what a column holds."""

import json

from glossator.domain.conversations.conversation import Conversation, Message
from glossator.domain.ports.database import Row


def conversation(row: Row, message_count: int | None = None) -> Conversation:
    """The row needs a column `message_count` unless it is given."""
    return Conversation(
        id=row["id"],
        account_id=row["user_id"],
        title=row["title"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        is_active=row["is_active"],
        message_count=row["message_count"] if message_count is None else message_count,
    )


def message(row: Row) -> Message:
    return Message(
        id=row["message_id"],
        conversation_id=row["session_id"],
        role=row["role"],
        content=row["content"],
        created_at=row["said_at"],
        selected_text=row["selected_text"],
        sources=display_texts(row["sources"]),
        citations=None if row["citations"] is None else tuple(json.loads(row["citations"])),
        mode=row["mode"],
        interrupted=bool(row["interrupted"]),
        request_id=row["request_id"],
    )


def display_texts(sources: str | None) -> tuple[str, ...] | None:
    """None for anything but a JSON list of strings: the existing page crashes on all else."""
    try:
        found = json.loads(sources or "null")
    except (ValueError, RecursionError):
        return None
    if isinstance(found, list) and all(isinstance(text, str) for text in found):
        return tuple(found)
    return None
