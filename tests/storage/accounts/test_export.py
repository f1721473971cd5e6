"""Deletion and export cover every table that refers to an account, according to the catalog."""

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import pytest

from glossator.domain.accounts.account import Account, Profile
from glossator.domain.accounts.encryption import KeyCipher, NoCipher
from glossator.domain.feedback.feedback import Feedback, RatedAnswer, RatedSection
from glossator.domain.report.questions import KeptQuestion
from glossator.storage.accounts.accounts import StoredAccounts
from glossator.storage.accounts.encrypted_fields import AccountFields
from glossator.storage.accounts.export import MESSAGES_PER_PIECE as PIECE
from glossator.storage.accounts.login_sessions import StoredLoginSessions
from glossator.storage.accounts.passwords import StoredOneTimeTokens
from glossator.storage.conversations import StoredConversations
from glossator.storage.feedback import StoredFeedback
from glossator.storage.report import StoredReportLog
from glossator_plugins.postgres.pool import PostgresDatabase
from tests.storage.accounts.people import NOW, a_session, an_account, an_exchange

OF_ACCOUNTS: Final = """
WITH RECURSIVE of_account AS (
    SELECT 'users'::regclass::oid AS id
    UNION SELECT c.conrelid FROM pg_constraint c JOIN of_account a ON c.confrelid = a.id AND c.contype = 'f'
)
SELECT id::regclass::text AS name FROM of_account ORDER BY 1
"""
OURS: Final = """
SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname IN ('public', 'glossator')
"""
COLUMNS: Final = "SELECT attname AS name FROM pg_attribute WHERE attrelid = $1::text::regclass AND attnum > 0"

SECRETS: Final = {"password_hash", "email_hash", "token_hash"}
"""Hashes, which say nothing about a reader."""
LINKS: Final = {"user_id", "account_id", "session_id", "message_id"}
"""Replaced by nesting in the document."""
SHOWN_IN: Final = {
    "users": "account",
    "glossator.accounts": "account",
    "user_profiles": "profiles",
    "chat_sessions": "conversations",
    "chat_messages": "messages",
    "glossator.message_details": "messages",
    "glossator.login_sessions": "login_sessions",
    "glossator.one_time_tokens": "one_time_tokens",
    "glossator.feedback": "feedback",
    "glossator.asked_questions": "asked_questions",
}
OTHERS: Final = {"question", "vector"}
"""Of readers without an account; computed from the question."""


@pytest.fixture
def accounts(database: PostgresDatabase) -> StoredAccounts:
    return StoredAccounts(database, AccountFields(KeyCipher("a key")))


async def full_account(database: PostgresDatabase, accounts: StoredAccounts, word: str) -> Account:
    """An account with a row in every table and the word in every text."""
    account = replace(an_account(f"{word}@example.com"), name=word, image=word, profile=Profile(word, word, word))
    await accounts.add(account)
    await database.execute("UPDATE user_profiles SET preferences = $1 WHERE user_id = $2", word, account.id)
    session = replace(a_session(account), ip_address=word, user_agent=word)
    await StoredLoginSessions(database, AccountFields(NoCipher())).add(
        session, word.encode(), password_hash=account.password_hash, max_sessions=50
    )
    await StoredOneTimeTokens(database).add(word.encode(), account.id, NOW + timedelta(hours=1))
    conversations = StoredConversations(database)
    conversation = await conversations.create(account.id, word)
    exchange = an_exchange(conversation.id, f"What is {word}?", f"It is {word}.")
    assert await conversations.store(account.id, conversation.id, exchange, new_title=None)
    rated = RatedAnswer(f"of {word}", account.id, exchange.answer.id, sections=(RatedSection(word),))
    assert await StoredFeedback(database).put(rated, Feedback("down", comment=word))
    await StoredReportLog(database).keep([KeptQuestion(rated.id, NOW, "declined", word, exchange.question.id)])
    return account


async def exported(accounts: StoredAccounts, account_id: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads("".join([piece async for piece in accounts.export(account_id)]))
    return document


async def rows_with(database: PostgresDatabase, word: str) -> list[str]:
    """All our tables with a row that contains the word."""
    tables = await database.fetch(OURS)
    sql = "SELECT EXISTS (SELECT FROM {} t WHERE t::text LIKE '%' || $1 || '%' OR t::text LIKE '%' || $2 || '%')"
    encoded = word.encode().hex()
    return [row["name"] for row in tables if await database.fetchval(sql.format(row["name"]), word, encoded)]


def objects_under(document: Any, name: str) -> list[dict[str, Any]]:
    """The objects under the name, at any depth."""
    if isinstance(document, list):
        return [found for part in document for found in objects_under(part, name)]
    if not isinstance(document, dict):
        return []
    here = document.get(name, [])
    deeper = objects_under(list(document.values()), name)
    return [*(here if isinstance(here, list) else [here]), *deeper]


def keys_of(objects: Iterable[dict[str, Any]]) -> set[str]:
    return {key for found in objects for key in found}


async def test_every_table_that_refers_to_an_account_is_known_here(database: PostgresDatabase) -> None:
    tables = [row["name"] for row in await database.fetch(OF_ACCOUNTS)]

    assert tables == sorted(SHOWN_IN)


async def test_export_has_every_column_of_every_table_but_hashes(
    database: PostgresDatabase, accounts: StoredAccounts
) -> None:
    account = await full_account(database, accounts, "wombat")

    document = await exported(accounts, account.id)

    for table, name in SHOWN_IN.items():
        columns = {row["name"] for row in await database.fetch(COLUMNS, table)}
        assert columns - SECRETS - LINKS - OTHERS <= keys_of(objects_under(document, name)), table


@pytest.mark.parametrize(
    ("stored", "shown"), [('["Week 3"]', ["Week 3"]), ("[]", []), (None, None), ("Week 3, p. 7", "Week 3, p. 7")]
)
async def test_export_shows_sources_as_a_list_and_other_text_unchanged(
    database: PostgresDatabase, accounts: StoredAccounts, stored: str | None, shown: list[str] | str | None
) -> None:
    account = await full_account(database, accounts, "wombat")
    await database.execute("UPDATE chat_messages SET sources = $1 WHERE role = 'assistant'", stored)

    messages = objects_under(await exported(accounts, account.id), "messages")

    assert [message["sources"] for message in messages] == [None, shown]


async def test_export_is_plain_json_of_this_account_only(database: PostgresDatabase, accounts: StoredAccounts) -> None:
    account = await full_account(database, accounts, "wombat")
    await full_account(database, accounts, "numbat")

    document = await exported(accounts, account.id)

    text = json.dumps(document)
    assert text.count("wombat") == 17
    assert "numbat" not in text
    assert "ENC:" not in text
    assert document["account"]["created_at"] == NOW.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    assert document["conversations"][0]["messages"][1]["citations"][0]["quote"] == "A node is a process."


LONG: Final = """
INSERT INTO chat_sessions (id, user_id, title, is_active, created_at, updated_at)
    SELECT 'c' || n, $1, 'Title ' || n, n = 1, $2::timestamptz + n * interval '1 minute', $2
    FROM generate_series(1, $3) AS n
"""
SAID: Final = """
INSERT INTO chat_messages (id, session_id, role, content, created_at)
    SELECT c || '-' || n, c, CASE n % 2 WHEN 0 THEN 'user' ELSE 'assistant' END, 'Said ' || n,
        $2::timestamptz + (n / 2) * interval '1 second'
    FROM generate_series(0, $3 - 1) AS n, (SELECT 'c' || $1::int AS c) AS conversation
"""


@pytest.mark.parametrize("counts", [[0], [1, 0, 2], [PIECE, 0, 1], [PIECE - 1, 3, 0, 0], [2 * PIECE + 1, PIECE]])
async def test_export_is_complete_and_in_order_for_every_split_into_pieces(
    database: PostgresDatabase, accounts: StoredAccounts, counts: list[int]
) -> None:
    account = an_account()
    await accounts.add(account)
    await database.execute(LONG, account.id, NOW, len(counts))
    for number, count in enumerate(counts, 1):
        await database.execute(SAID, number, NOW, count)

    shown = (await exported(accounts, account.id))["conversations"]

    assert [conversation["title"] for conversation in shown] == [f"Title {n}" for n in range(1, len(counts) + 1)]
    said = [[message["content"] for message in conversation["messages"]] for conversation in shown]
    assert said == [[f"Said {n}" for n in range(count)] for count in counts]


async def test_rows_deleted_during_an_export_are_left_out(database: PostgresDatabase, accounts: StoredAccounts) -> None:
    account = an_account()
    await accounts.add(account)
    await database.execute(LONG, account.id, NOW, 3)
    for number in (1, 2, 3):
        await database.execute(SAID, number, NOW, PIECE)
    pieces = accounts.export(account.id)
    text = await anext(pieces) + await anext(pieces)

    await StoredConversations(database).delete("c2", account.id)
    await database.execute("DELETE FROM chat_messages WHERE id = 'c3-0'")

    document = json.loads("".join([text, *[piece async for piece in pieces]]))
    shown = {entry["id"]: [message["id"] for message in entry["messages"]] for entry in document["conversations"]}
    assert shown == {"c1": [f"c1-{n}" for n in range(PIECE)], "c3": [f"c3-{n}" for n in range(1, PIECE)]}


async def test_export_of_an_unknown_account_is_empty(accounts: StoredAccounts) -> None:
    assert await exported(accounts, "gone") == {}


async def test_deleted_account_leaves_no_rows(database: PostgresDatabase, accounts: StoredAccounts) -> None:
    account = await full_account(database, accounts, "wombat")
    await full_account(database, accounts, "numbat")
    before = await rows_with(database, "numbat")

    await accounts.delete(account.id)

    assert await rows_with(database, "wombat") == []
    assert await rows_with(database, account.id) == []
    assert await rows_with(database, "numbat") == before


async def test_tables_that_do_not_cascade_are_emptied_too(database: PostgresDatabase, accounts: StoredAccounts) -> None:
    account = await full_account(database, accounts, "wombat")
    await database.execute("""
        ALTER TABLE user_profiles DROP CONSTRAINT user_profiles_user_id_fkey;
        ALTER TABLE chat_sessions DROP CONSTRAINT chat_sessions_user_id_fkey;
        ALTER TABLE chat_messages DROP CONSTRAINT chat_messages_session_id_fkey
    """)

    await accounts.delete(account.id)

    assert await rows_with(database, account.id) == []
    assert await rows_with(database, "wombat") == []
