"""The port Conversations over the existing tables `chat_sessions` and `chat_messages`, with our columns beside them.

Statements that change the active conversation or delete one first lock the account's row. So concurrent calls leave
exactly one active conversation and cannot deadlock. When another program left several active ones or none, the most
recently used counts as active until the next question.
"""

import json
from collections.abc import Sequence
from typing import Any, Final
from uuid import uuid4

from glossator.domain.conversations.conversation import Conversation, Exchange, Message
from glossator.domain.errors import NotFound
from glossator.domain.feedback.feedback import Feedback
from glossator.domain.ports.database import Database, Row
from glossator.domain.ports.workers import AnyThread, Workers


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
        feedback=to_feedback(row),
    )


def to_feedback(row: Row) -> Feedback | None:
    if row["rating"] is None:
        return None
    return Feedback(row["rating"], row["rating_reason"], row["rated_citation"], row["comment"])


def parse_sources(sources: str | None) -> tuple[str, ...] | None:
    """None unless the column holds a JSON list of strings, because the existing page crashes on anything else."""
    try:
        found = json.loads(sources or "null")
    except (ValueError, RecursionError):
        return None
    if isinstance(found, list) and all(isinstance(text, str) for text in found):
        return tuple(found)
    return None


MESSAGE_COLUMNS: Final = """
SELECT m.id AS message_id, m.session_id, m.role, m.content, m.selected_text, m.sources,
    coalesce(m.created_at, 'epoch') AS message_created_at, d.citations, d.mode, d.interrupted, d.request_id,
    f.rating, f.reason AS rating_reason, f.citation AS rated_citation, f.comment"""
CONVERSATION_COLUMNS: Final = """c.id, c.user_id, c.title, coalesce(c.created_at, 'epoch') AS created_at,
    coalesce(c.updated_at, c.created_at, 'epoch') AS updated_at, c.id = active.id AS is_active"""

# Conversations without `updated_at` sort last. They are queried separately, because the index sorts them first.
ACTIVE: Final = """
WITH active AS (
    SELECT coalesce(
        (SELECT id FROM chat_sessions WHERE user_id = $1 AND updated_at IS NOT NULL AND is_active
            ORDER BY updated_at DESC, id LIMIT 1),
        (SELECT id FROM chat_sessions WHERE user_id = $1 AND updated_at IS NOT NULL
            ORDER BY updated_at DESC, id LIMIT 1),
        (SELECT id FROM chat_sessions WHERE user_id = $1 AND updated_at IS NULL
            ORDER BY is_active IS TRUE DESC, created_at DESC NULLS LAST, id LIMIT 1)
    ) AS id
)"""

# `role DESC` puts a question before an answer with the same time.
FROM_NEWEST_MESSAGES: Final = """
FROM chat_sessions c
LEFT JOIN LATERAL (
    SELECT * FROM chat_messages WHERE session_id = c.id ORDER BY created_at DESC, role, id DESC LIMIT $3
) m ON true
LEFT JOIN glossator.message_details d ON d.message_id = m.id
LEFT JOIN glossator.feedback f ON f.message_id = m.id
WHERE c.id = $2 AND c.user_id = $1
ORDER BY m.created_at, m.role DESC, m.id
"""
FROM_ALL_MESSAGES: Final = """
FROM active CROSS JOIN chat_sessions c
LEFT JOIN chat_messages m ON m.session_id = c.id
LEFT JOIN glossator.message_details d ON d.message_id = m.id
LEFT JOIN glossator.feedback f ON f.message_id = m.id
WHERE c.id = $2 AND c.user_id = $1
ORDER BY m.created_at, m.role DESC, m.id
"""
RECENT: Final = f"{MESSAGE_COLUMNS} {FROM_NEWEST_MESSAGES}"
GET: Final = f"{ACTIVE} {MESSAGE_COLUMNS}, {CONVERSATION_COLUMNS} {FROM_ALL_MESSAGES}"
# An empty page yields one row, which holds the total. Messages are counted only for the rows of the page.
PAGE_ROWS: Final = """,
    count.total, (SELECT count(*) FROM chat_messages WHERE session_id = c.id) AS message_count
FROM active CROSS JOIN (SELECT count(*) AS total FROM chat_sessions WHERE user_id = $1) AS count
LEFT JOIN (
    SELECT * FROM (
        (SELECT * FROM chat_sessions WHERE user_id = $1 AND updated_at IS NOT NULL
            ORDER BY updated_at DESC, created_at DESC NULLS LAST, id LIMIT $2::bigint + $3::bigint)
        UNION ALL
        (SELECT * FROM chat_sessions WHERE user_id = $1 AND updated_at IS NULL
            ORDER BY created_at DESC NULLS LAST, id LIMIT $2::bigint + $3::bigint)
    ) AS found
    ORDER BY updated_at DESC NULLS LAST, created_at DESC NULLS LAST, id LIMIT $2 OFFSET $3
) AS c ON true
ORDER BY c.updated_at DESC NULLS LAST, c.created_at DESC NULLS LAST, c.id
"""
PAGE: Final = f"{ACTIVE} SELECT {CONVERSATION_COLUMNS} {PAGE_ROWS}"
SELECT_NEW: Final = """
SELECT c.id, c.user_id, c.title, c.created_at, c.updated_at, c.is_active, 0 AS message_count
FROM chat_sessions c WHERE c.id = $1
"""
LOCK_ACCOUNT: Final = "SELECT FROM users WHERE id = $1 FOR NO KEY UPDATE"
DELETE_MESSAGES: Final = """
DELETE FROM chat_messages WHERE session_id IN (SELECT id FROM chat_sessions WHERE id = $1 AND user_id = $2)
"""
DELETE: Final = "DELETE FROM chat_sessions WHERE id = $1 AND user_id = $2"
SET_ACTIVE: Final = """
UPDATE chat_sessions c SET is_active = true FROM active WHERE c.id = active.id AND c.is_active IS NOT TRUE
"""
ACTIVATE_NEWEST: Final = f"{ACTIVE} {SET_ACTIVE}"
DELETE_ALL: Final = """
WITH deleted AS (DELETE FROM chat_sessions WHERE user_id = $1 RETURNING id),
    deleted_messages AS (DELETE FROM chat_messages WHERE session_id IN (SELECT id FROM deleted))
SELECT count(*) FROM deleted
"""


class StoredConversations:
    """Implements Conversations."""

    def __init__(self, database: Database, workers: Workers | None = None) -> None:
        self._database = database
        self._workers = workers or AnyThread()

    async def recent(self, conversation_id: str, account_id: str, limit: int) -> Sequence[Message] | None:
        rows = await self._database.fetch(RECENT, account_id, conversation_id, limit)
        return [to_message(row) for row in rows if row["message_id"] is not None] if rows else None

    async def store(self, account_id: str, conversation_id: str, exchange: Exchange, *, new_title: str | None) -> bool:
        """Idempotent: messages that are already stored stay unchanged."""
        messages = json.dumps(
            [message_to_json(exchange.question), message_to_json(exchange.answer)], ensure_ascii=False
        )
        # A SELECT is retried by the database port when the connection was dead.
        sql = "SELECT glossator.store_exchange($1, $2, $3, $4)"
        stored: bool = await self._database.fetchval(sql, account_id, conversation_id, new_title, messages)
        return stored

    async def create(self, account_id: str, title: str) -> Conversation:
        """Raises NotFound when the account no longer exists."""
        conversation_id = str(uuid4())
        await self._database.execute(
            "SELECT glossator.use_conversation($1, $2, $3)", account_id, conversation_id, title
        )
        row = await self._database.fetchrow(SELECT_NEW, conversation_id)
        if row is None:
            raise NotFound("account not found")
        return to_conversation(row)

    async def page(self, account_id: str, limit: int, offset: int) -> tuple[Sequence[Conversation], int]:
        rows = await self._database.fetch(PAGE, account_id, limit, offset)
        return [to_conversation(row) for row in rows if row["id"] is not None], rows[0]["total"]

    async def get(self, conversation_id: str, account_id: str) -> tuple[Conversation, Sequence[Message]] | None:
        rows = await self._database.fetch(GET, account_id, conversation_id)
        if not rows:
            return None
        # In a worker, because there may be many messages.
        messages = await self._workers.run(lambda: [to_message(row) for row in rows if row["message_id"] is not None])
        return to_conversation(rows[0], len(messages)), messages

    async def rename(self, conversation_id: str, account_id: str, title: str) -> bool:
        sql = "UPDATE chat_sessions SET title = $3, updated_at = clock_timestamp() WHERE id = $1 AND user_id = $2"
        return await self._database.execute(sql, conversation_id, account_id, title) == "UPDATE 1"

    async def delete(self, conversation_id: str, account_id: str) -> bool:
        async with self._database.transaction() as transaction:
            await transaction.execute(LOCK_ACCOUNT, account_id)
            await transaction.execute(DELETE_MESSAGES, conversation_id, account_id)
            deleted = await transaction.execute(DELETE, conversation_id, account_id)
            await transaction.execute(ACTIVATE_NEWEST, account_id)
        return deleted == "DELETE 1"

    async def delete_all(self, account_id: str) -> int:
        async with self._database.transaction() as transaction:
            await transaction.execute(LOCK_ACCOUNT, account_id)
            deleted: int = await transaction.fetchval(DELETE_ALL, account_id)
        return deleted


def message_to_json(message: Message) -> dict[str, Any]:
    """The object that the SQL function `glossator.store_exchange` reads."""
    return {
        "id": message.id,
        "role": message.role,
        "content": message.content,
        "selected_text": message.selected_text,
        "sources": None if message.sources is None else json.dumps(message.sources, ensure_ascii=False),
        "created_at": message.created_at.isoformat(),
        "citations": message.citations,
        "mode": message.mode,
        "interrupted": message.interrupted,
        "request_id": message.request_id,
    }
