"""Everything the tables hold about one account, as one JSON document.

Left out are hashes of secrets (password, tokens, e-mail): they say nothing about a reader, and a copy of the document
must not help anybody to sign in.
"""

import json
from collections import defaultdict
from datetime import UTC, datetime
from typing import Any, Final

from glossator.domain.ports import Database, Row
from glossator.storage.account_fields import AccountFields

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
CONVERSATIONS: Final = """
SELECT id, title, is_active, created_at, updated_at FROM chat_sessions WHERE user_id = $1 ORDER BY created_at, id
"""
MESSAGES: Final = """
SELECT m.session_id, m.id, m.role, m.content, m.selected_text, m.sources, m.created_at, d.citations, d.mode,
    d.interrupted, d.request_id
FROM chat_sessions c
JOIN chat_messages m ON m.session_id = c.id
LEFT JOIN glossator.message_details d ON d.message_id = m.id
WHERE c.user_id = $1
ORDER BY m.created_at, m.role DESC, m.id
"""
LOGIN_SESSIONS: Final = """
SELECT id, created_at, updated_at, expires_at, remember, ip_address, user_agent
FROM glossator.login_sessions WHERE account_id = $1 ORDER BY created_at, id
"""
ONE_TIME_TOKENS: Final = """
SELECT created_at, expires_at FROM glossator.one_time_tokens WHERE account_id = $1 ORDER BY created_at
"""


SEALED: Final = ("email", "name", "technical_background", "hardware_access", "learning_goals")


async def export_account(database: Database, fields: AccountFields, account_id: str) -> dict[str, Any]:
    """Times are texts of the form that all our answers have. Empty when there is no such account."""

    async def read(sql: str) -> list[dict[str, Any]]:
        return [document(row, fields, account_id) for row in await database.fetch(sql, account_id)]

    account = await read(ACCOUNT)
    if not account:
        return {}
    messages = defaultdict(list)
    for message in await read(MESSAGES):
        messages[message.pop("session_id")].append(message)
    return {
        "account": account[0],
        "profiles": await read(PROFILES),
        "conversations": [entry | {"messages": messages[entry["id"]]} for entry in await read(CONVERSATIONS)],
        "login_sessions": await read(LOGIN_SESSIONS),
        "one_time_tokens": await read(ONE_TIME_TOKENS),
    }


def document(row: Row, fields: AccountFields, account_id: str) -> dict[str, Any]:
    found = {column: plain(value) for column, value in dict(row).items()}
    opened = {column: fields.opened(account_id, found[column]) for column in SEALED if column in found}
    lists = {"citations": json.loads(found["citations"] or "null")} if "citations" in found else {}
    return found | opened | lists


def plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return value
