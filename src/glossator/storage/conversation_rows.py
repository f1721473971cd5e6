"""Converts rows to conversations and messages. Columns may hold values written by another program."""

import json

from glossator.domain.conversations.conversation import Conversation, Message
from glossator.domain.ports.database import Row


def to_conversation(row: Row, message_count: int | None = None) -> Conversation:
    """The row needs a column `message_count` unless the count is passed."""
    return Conversation(
        id=row["id"],
        account_id=row["user_id"],
        title=row["title"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        is_active=row["is_active"],
        message_count=row["message_count"] if message_count is None else message_count,
    )


def to_message(row: Row) -> Message:
    return Message(
        id=row["message_id"],
        conversation_id=row["session_id"],
        role=row["role"],
        content=row["content"],
        created_at=row["message_created_at"],
        selected_text=row["selected_text"],
        sources=parse_sources(row["sources"]),
        citations=None if row["citations"] is None else tuple(json.loads(row["citations"])),
        mode=row["mode"],
        interrupted=bool(row["interrupted"]),
        request_id=row["request_id"],
    )


def parse_sources(sources: str | None) -> tuple[str, ...] | None:
    """None unless the column holds a JSON list of strings, because the existing page crashes on anything else."""
    try:
        found = json.loads(sources or "null")
    except (ValueError, RecursionError):
        return None
    if isinstance(found, list) and all(isinstance(text, str) for text in found):
        return tuple(found)
    return None
