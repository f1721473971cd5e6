"""Exports everything stored about one account as one JSON document.

Hashes of secrets (password, tokens, e-mail) are left out, so that a copy of the document is no help to sign in; so are
vectors, which are computed from the questions.
"""

import json
from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from glossator.domain.ports.database import Database, Row
from glossator.storage.accounts.encrypted_fields import AccountFields
from glossator.storage.conversations import parse_sources

ACCOUNT: Final = """
SELECT a.id, a.email, a.name, a.proficiency, a.provider, a.provider_id, a.email_verified, a.is_active, a.created_at,
    a.updated_at, d.image, d.tokens_valid_from
FROM users a LEFT JOIN glossator.accounts d ON d.account_id = a.id
WHERE a.id = $1
"""
PROFILES: Final = """
SELECT id, technical_background, hardware_access, learning_goals, preferences, created_at, updated_at
FROM user_profiles WHERE user_id = $1 ORDER BY created_at, id
"""
IDS: Final = """
SELECT c.id AS conversation_id, m.id AS message_id
FROM chat_sessions c LEFT JOIN chat_messages m ON m.session_id = c.id
WHERE c.user_id = $1
ORDER BY c.created_at, c.id, m.created_at, m.role DESC, m.id
"""
CONVERSATIONS: Final = """
SELECT id, title, is_active, created_at, updated_at FROM chat_sessions WHERE user_id = $1 AND id = ANY($2)
"""
MESSAGES: Final = """
SELECT m.id, m.role, m.content, m.selected_text, m.sources, m.created_at, d.citations, d.mode, d.interrupted,
    d.request_id
FROM chat_messages m LEFT JOIN glossator.message_details d ON d.message_id = m.id
WHERE m.id = ANY($1)
"""
MESSAGES_PER_PIECE: Final = 100
"""Encoding a piece blocks the event loop for some milliseconds."""
LOGIN_SESSIONS: Final = """
SELECT id, created_at, updated_at, expires_at, remember, ip_address, user_agent
FROM glossator.login_sessions WHERE account_id = $1 ORDER BY created_at, id
"""
ONE_TIME_TOKENS: Final = """
SELECT created_at, expires_at FROM glossator.one_time_tokens WHERE account_id = $1 ORDER BY created_at
"""
FEEDBACK: Final = """
SELECT answer_id, message_id, rating, reason, citation, comment, mode, mode_reason, sections, given_at
FROM glossator.feedback WHERE account_id = $1 ORDER BY given_at, answer_id
"""
ASKED_QUESTIONS: Final = """
SELECT a.answer_id, a.question_id, a.problem, a.nearest, a.model, a.asked_at
FROM glossator.asked_questions a
JOIN chat_messages m ON m.id = a.question_id JOIN chat_sessions c ON c.id = m.session_id
WHERE c.user_id = $1 ORDER BY a.asked_at, a.answer_id
"""
ENCRYPTED_COLUMNS: Final = ("email", "name", "technical_background", "hardware_access", "learning_goals")


async def export_account(database: Database, fields: AccountFields, account_id: str) -> AsyncGenerator[str, None]:
    """Yields the document in pieces; times have the same format as in all our responses.

    `{}` for an unknown account. Rows deleted meanwhile are left out.
    """

    async def read(sql: str) -> list[dict[str, Any]]:
        return [row_to_json(row, fields, account_id) for row in await database.fetch(sql, account_id)]

    account = await read(ACCOUNT)
    if not account:
        yield "{}"
        return
    whole = {
        "account": account[0],
        "profiles": await read(PROFILES),
        "login_sessions": await read(LOGIN_SESSIONS),
        "one_time_tokens": await read(ONE_TIME_TOKENS),
        "feedback": [one | {"sections": json.loads(one["sections"])} for one in await read(FEEDBACK)],
        "asked_questions": await read(ASKED_QUESTIONS),
    }
    yield f'{json.dumps(whole)[:-1]}, "conversations": ['
    async for piece in conversations(database, fields, account_id):
        yield piece
    yield "]}"


async def conversations(database: Database, fields: AccountFields, account_id: str) -> AsyncGenerator[str, None]:
    async def read(sql: str, *args: object) -> dict[str, dict[str, Any]]:
        return {row["id"]: row_to_json(row, fields, account_id) for row in await database.fetch(sql, *args)}

    ids = await database.fetch(IDS, account_id)
    writer = ConversationWriter()
    for start in range(0, len(ids), MESSAGES_PER_PIECE):
        piece = [(row["conversation_id"], row["message_id"]) for row in ids[start : start + MESSAGES_PER_PIECE]]
        heads = await read(CONVERSATIONS, account_id, list({conversation_id for conversation_id, _ in piece}))
        messages = await read(MESSAGES, [message_id for _, message_id in piece if message_id])
        yield "".join(writer.write(piece, heads, messages))
    yield writer.end()


class ConversationWriter:
    """Writes conversations as elements of a JSON list; a piece may end within a conversation."""

    def __init__(self) -> None:
        self._open: str | None = None
        self._separator = ""

    def write(
        self,
        ids: Iterable[tuple[str, str | None]],
        conversations: Mapping[str, dict[str, Any]],
        messages: Mapping[str, dict[str, Any]],
    ) -> Iterator[str]:
        for conversation_id, message_id in ids:
            if conversation_id not in conversations:
                continue
            if conversation_id != self._open:
                yield f"{self.end()}{', ' if self._open else ''}{json.dumps(conversations[conversation_id])[:-1]}"
                yield ', "messages": ['
                self._open, self._separator = conversation_id, ""
            if message_id is not None and message_id in messages:
                yield f"{self._separator}{json.dumps(messages[message_id])}"
                self._separator = ", "

    def end(self) -> str:
        return "]}" if self._open else ""


def row_to_json(row: Row, fields: AccountFields, account_id: str) -> dict[str, Any]:
    values = {column: to_json(value) for column, value in dict(row).items()}
    encrypted = [column for column in ENCRYPTED_COLUMNS if column in values]
    decrypted = {column: fields.decrypt(account_id, values[column]) for column in encrypted}
    return values | decrypted | (decode_lists(values) if "citations" in values else {})


def decode_lists(message: dict[str, Any]) -> dict[str, Any]:
    """Sources written by another program may be any text, which is exported unchanged."""
    citations, sources = json.loads(message["citations"] or "null"), parse_sources(message["sources"])
    return {"citations": citations, "sources": message["sources"] if sources is None else list(sources)}


def to_json(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return value
