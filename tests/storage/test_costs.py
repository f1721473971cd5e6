"""Database calls of a signed-in request, and query plans that use indexes."""

import json
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Final
from uuid import uuid4

import asyncpg
import pytest

from glossator.domain.accounts.account import Account
from glossator.domain.accounts.encryption import NoCipher
from glossator.domain.ports.database import Database, Row, Statements
from glossator.storage import conversations as sql_of_conversations
from glossator.storage.accounts import accounts as sql_of_accounts
from glossator.storage.accounts import login_sessions as sql_of_sessions
from glossator.storage.accounts.encrypted_fields import AccountFields
from glossator.storage.accounts.login_sessions import StoredLoginSessions
from glossator.storage.conversations import StoredConversations
from glossator_plugins.postgres.pool import PostgresDatabase
from tests.storage.accounts.people import a_session, a_stored_account, an_exchange


class CallCounter:
    """A database that counts its calls; a transaction's begin and commit count as two."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.round_trips = 0

    async def fetch(self, sql: str, *args: object) -> Sequence[Row]:
        self.round_trips += 1
        return await self._database.fetch(sql, *args)

    async def fetchrow(self, sql: str, *args: object) -> Row | None:
        self.round_trips += 1
        return await self._database.fetchrow(sql, *args)

    async def fetchval(self, sql: str, *args: object) -> Any:
        self.round_trips += 1
        return await self._database.fetchval(sql, *args)

    async def execute(self, sql: str, *args: object) -> str:
        self.round_trips += 1
        return await self._database.execute(sql, *args)

    def transaction(self) -> AbstractAsyncContextManager[Statements]:
        self.round_trips += 2
        return self._database.transaction()


@pytest.fixture
async def ada(database: PostgresDatabase) -> Account:
    return await a_stored_account(database)


async def test_signed_in_question_needs_three_database_calls(database: PostgresDatabase, ada: Account) -> None:
    fields = AccountFields(NoCipher())
    await StoredLoginSessions(database, fields).add(
        a_session(ada), b"token", password_hash=ada.password_hash, max_sessions=50
    )
    conversation_id = (await StoredConversations(database).create(ada.id, "Nodes")).id
    counted = CallCounter(database)
    sessions, conversations = StoredLoginSessions(counted, fields), StoredConversations(counted)

    assert await sessions.by_token(b"token") is not None
    assert await conversations.recent(conversation_id, ada.id, 10) == []
    assert await conversations.store(ada.id, conversation_id, an_exchange(conversation_id), new_title=None)

    assert counted.round_trips == 3


async def test_first_exchange_of_a_conversation_is_stored_in_one_call(database: PostgresDatabase, ada: Account) -> None:
    counted, conversation_id = CallCounter(database), str(uuid4())

    await StoredConversations(counted).store(ada.id, conversation_id, an_exchange(conversation_id), new_title="Nodes")

    assert counted.round_trips == 1


INSERT_MANY_ROWS: Final = """
INSERT INTO users (id, email, email_hash, password_hash)
    SELECT 'u' || n, 'reader@example.com', n, 'hash' FROM generate_series(1, 3000) AS n;
INSERT INTO glossator.accounts (account_id) SELECT id FROM users ON CONFLICT DO NOTHING;
INSERT INTO user_profiles (id, user_id) SELECT id, id FROM users;
INSERT INTO glossator.login_sessions
    SELECT id, id, id::bytea, now(), now(), now() + interval '1 day', true, '', '' FROM users;
INSERT INTO chat_sessions (id, user_id, updated_at)
    SELECT 'e' || n, 'u' || n, now() - n * interval '1 minute' FROM generate_series(1, 3000) AS n;
INSERT INTO chat_sessions (id, user_id, updated_at)
    SELECT 'a' || n, id, now() - n * interval '1 minute' FROM users, generate_series(1, 2000) AS n WHERE name = 'Ada';
INSERT INTO chat_messages (id, session_id, role, content, created_at)
    SELECT 'm' || n, CASE n % 2 WHEN 0 THEN 'e' || n / 2 % 3000 + 1 ELSE 'a' || n / 2 % 2000 + 1 END, 'user',
        'What is a node?', now() - n * interval '1 second'
    FROM generate_series(1, 100000) AS n;
INSERT INTO glossator.message_details (message_id, interrupted) SELECT id, false FROM chat_messages;
INSERT INTO glossator.feedback (answer_id, message_id, rating, sections)
    SELECT id, id, 'up', '[]' FROM chat_messages WHERE id ~ '[13579]$';
"""


@pytest.fixture
async def large_database(database: PostgresDatabase, database_dsn: str, ada: Account) -> PostgresDatabase:
    """3,000 other accounts with a profile and a login session each, 2,000 conversations of Ada and 100,000 messages."""
    connection = await asyncpg.connect(database_dsn)
    await connection.execute(INSERT_MANY_ROWS)
    await connection.execute("VACUUM ANALYZE")
    await connection.close()
    return database


async def explain(database: PostgresDatabase, sql: str, *args: object) -> tuple[str, int]:
    """The plan as text, and the blocks that its second run read."""
    for _ in range(2):
        plan = await database.fetchval(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}", *args)
    whole = json.loads(plan)[0]["Plan"]
    return plan, whole["Shared Hit Blocks"] + whole["Shared Read Blocks"]


async def test_queries_use_indexes_in_a_large_database(large_database: PostgresDatabase, ada: Account) -> None:
    page, blocks = await explain(large_database, sql_of_conversations.PAGE, ada.id, 20, 0)
    recent, _ = await explain(large_database, sql_of_conversations.RECENT, ada.id, "a7", 10)
    whole, _ = await explain(large_database, sql_of_conversations.GET, ada.id, "a7")
    by_token, _ = await explain(large_database, sql_of_sessions.BY_TOKEN, b"u7")
    by_id, _ = await explain(large_database, sql_of_accounts.BY_ID, "u7")
    by_email, _ = await explain(large_database, sql_of_accounts.BY_EMAIL, "7")

    assert [plan for plan in (page, recent, whole, by_token, by_id, by_email) if "Seq Scan" in plan] == []
    assert blocks < 500, "the messages alone are 900"


async def test_generic_plans_use_indexes_too(large_database: PostgresDatabase, database_dsn: str, ada: Account) -> None:
    asked = (
        (sql_of_conversations.PAGE, (ada.id, 20, 0)),
        (sql_of_conversations.RECENT, ("a7", ada.id, 10)),
        (sql_of_conversations.GET, ("a7", ada.id)),
        (sql_of_sessions.BY_TOKEN, (b"u7",)),
    )
    connection = await asyncpg.connect(database_dsn)
    await connection.execute("SET plan_cache_mode = force_generic_plan")

    plans = [await connection.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", *args) for sql, args in asked]

    await connection.close()
    assert [plan for plan in plans if "Seq Scan" in plan] == []


async def test_deleting_a_conversation_uses_indexes(large_database: PostgresDatabase, ada: Account) -> None:
    messages, _ = await explain(large_database, sql_of_conversations.DELETE_MESSAGES, "a7", ada.id)
    conversation, _ = await explain(large_database, sql_of_conversations.DELETE, "a7", ada.id)
    next_one, _ = await explain(large_database, sql_of_conversations.ACTIVATE_NEWEST, ada.id)

    assert [plan for plan in (messages, conversation, next_one) if "Seq Scan" in plan] == []
    assert await StoredConversations(large_database).get("a7", ada.id) is None


async def test_page_in_a_large_database(large_database: PostgresDatabase, ada: Account) -> None:
    page, total = await StoredConversations(large_database).page(ada.id, 20, 1980)

    assert total == 2000
    assert [(entry.id, entry.message_count) for entry in page][-2:] == [("a1999", 25), ("a2000", 25)]
