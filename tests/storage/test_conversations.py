import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Final
from uuid import uuid4

import asyncpg
import pytest

from glossator.domain.accounts.account import Account
from glossator.domain.accounts.encryption import NoCipher
from glossator.domain.conversations.conversation import Exchange
from glossator.kernel.guards.guard import Guard
from glossator.storage.accounts.accounts import StoredAccounts
from glossator.storage.accounts.encrypted_fields import AccountFields
from glossator.storage.conversations import StoredConversations
from glossator_plugins.postgres.pool import PostgresDatabase, open_pool
from tests.databases import OPTIONS
from tests.storage.accounts.people import a_stored_account, an_exchange, waiting

ACTIVE: Final = "SELECT id FROM chat_sessions WHERE user_id = $1 AND is_active"
ODD_IDS: Final = ["", "'; DROP TABLE users; --", "1 OR true", "٣", "🤖", "x" * 5000]


@pytest.fixture
def conversations(database: PostgresDatabase) -> StoredConversations:
    return StoredConversations(database)


@pytest.fixture
async def ada(database: PostgresDatabase) -> Account:
    return await a_stored_account(database)


@pytest.fixture
async def eve(database: PostgresDatabase) -> Account:
    return await a_stored_account(database)


async def active(database: PostgresDatabase, account: Account) -> list[str]:
    return [row["id"] for row in await database.fetch(ACTIVE, account.id)]


async def begin(conversations: StoredConversations, account: Account, title: str = "Nodes") -> tuple[str, Exchange]:
    conversation_id = str(uuid4())
    exchange = an_exchange(conversation_id)
    assert await conversations.store(account.id, conversation_id, exchange, new_title=title)
    return conversation_id, exchange


async def test_exchange_is_returned_unchanged(conversations: StoredConversations, ada: Account) -> None:
    conversation_id, exchange = await begin(conversations, ada, "What is a node?")

    found = await conversations.get(conversation_id, ada.id)

    assert found is not None
    conversation, messages = found
    assert list(messages) == [exchange.question, exchange.answer]
    assert (conversation.title, conversation.account_id) == ("What is a node?", ada.id)
    assert (conversation.is_active, conversation.message_count) == (True, 2)


@pytest.mark.parametrize("text", ["🤖 émoji", "ما هي العقدة؟", "'; DROP TABLE users; --", 'a\\u0000 "b" \\', "\t\n"])
async def test_any_text_is_returned_unchanged(conversations: StoredConversations, ada: Account, text: str) -> None:
    conversation_id = str(uuid4())
    exchange = an_exchange(conversation_id, text, text)
    exchange = replace(exchange, answer=replace(exchange.answer, sources=(text,), citations=({"quote": text},)))

    await conversations.store(ada.id, conversation_id, exchange, new_title=text)

    assert await conversations.recent(conversation_id, ada.id, 10) == [exchange.question, exchange.answer]


async def test_nul_is_an_error_and_nothing_is_written(conversations: StoredConversations, ada: Account) -> None:
    conversation_id = str(uuid4())

    with pytest.raises(asyncpg.UntranslatableCharacterError):
        await conversations.store(ada.id, conversation_id, an_exchange(conversation_id, "a\x00b"), new_title="x")

    assert await conversations.page(ada.id, 20, 0) == ([], 0)


async def test_interrupted_answer_is_marked(conversations: StoredConversations, ada: Account) -> None:
    conversation_id = str(uuid4())
    exchange = an_exchange(conversation_id)
    answer = replace(exchange.answer, sources=(), citations=(), mode=None, interrupted=True)

    await conversations.store(ada.id, conversation_id, replace(exchange, answer=answer), new_title="x")

    recent = await conversations.recent(conversation_id, ada.id, 1)
    assert recent == [replace(answer, request_id="request-1")]


async def test_repeated_store_changes_nothing(conversations: StoredConversations, ada: Account) -> None:
    conversation_id, exchange = await begin(conversations, ada)

    again = await conversations.store(ada.id, conversation_id, exchange, new_title="Nodes")

    assert again
    assert await conversations.recent(conversation_id, ada.id, 10) == [exchange.question, exchange.answer]


async def terminate_connections(observer: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Ends all other connections to this database, once one waits, and returns when they have ended."""
    sql = """
        SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid() AND wait_event_type IN ('Client', 'Lock')
    """
    while not await observer.fetch(sql):
        await asyncio.sleep(0.01)


async def test_store_succeeds_after_the_connection_was_lost(
    conversations: StoredConversations, ada: Account, database_dsn: str
) -> None:
    conversation_id, _ = await begin(conversations, ada)
    observer = await asyncpg.connect(database_dsn)
    await terminate_connections(observer)
    await observer.close()

    stored = await conversations.store(ada.id, conversation_id, an_exchange(conversation_id), new_title=None)

    assert stored
    assert len(await conversations.recent(conversation_id, ada.id, 10) or []) == 4


async def test_store_succeeds_when_the_connection_is_lost_meanwhile(
    conversations: StoredConversations, ada: Account, database_dsn: str
) -> None:
    conversation_id, _ = await begin(conversations, ada)
    observer = await asyncpg.connect(database_dsn)
    async with observer.transaction():
        await observer.execute("SELECT FROM users FOR UPDATE")
        storing = asyncio.create_task(
            conversations.store(ada.id, conversation_id, an_exchange(conversation_id), new_title=None)
        )
        while not await observer.fetchval("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)"):
            await asyncio.sleep(0.01)
        await terminate_connections(observer)

    assert await storing
    assert len(await conversations.recent(conversation_id, ada.id, 10) or []) == 4
    await observer.close()


async def test_unknown_conversation_stores_nothing(conversations: StoredConversations, ada: Account) -> None:
    assert not await conversations.store(ada.id, str(uuid4()), an_exchange("x"), new_title=None)
    assert await conversations.page(ada.id, 20, 0) == ([], 0)


async def test_deleted_account_stores_nothing(conversations: StoredConversations) -> None:
    conversation_id = str(uuid4())

    assert not await conversations.store("gone", conversation_id, an_exchange(conversation_id), new_title="x")


@pytest.mark.parametrize("new_title", [None, "mine now"])
async def test_conversation_of_another_account_is_not_found(
    conversations: StoredConversations, database: PostgresDatabase, ada: Account, eve: Account, new_title: str | None
) -> None:
    conversation_id, _ = await begin(conversations, ada)
    before = await conversations.get(conversation_id, ada.id)

    assert not await conversations.store(eve.id, conversation_id, an_exchange(conversation_id), new_title=new_title)
    assert await conversations.recent(conversation_id, eve.id, 10) is None
    assert await conversations.get(conversation_id, eve.id) is None
    assert not await conversations.rename(conversation_id, eve.id, "taken")
    assert not await conversations.delete(conversation_id, eve.id)
    assert await conversations.delete_all(eve.id) == 0
    assert await conversations.get(conversation_id, ada.id) == before
    assert await active(database, ada) == [conversation_id]


@pytest.mark.parametrize("odd", ODD_IDS)
async def test_odd_ids_are_not_found(conversations: StoredConversations, ada: Account, odd: str) -> None:
    await begin(conversations, ada)

    assert await conversations.recent(odd, ada.id, 10) is None
    assert await conversations.get(odd, ada.id) is None
    assert not await conversations.store(ada.id, odd, an_exchange(odd), new_title=None)
    assert not await conversations.rename(odd, ada.id, "x")
    assert not await conversations.delete(odd, ada.id)
    assert await conversations.page(odd, 20, 0) == ([], 0)


async def test_recent_messages_are_the_newest_in_order(conversations: StoredConversations, ada: Account) -> None:
    conversation_id, first = await begin(conversations, ada)
    moment = first.question.created_at + timedelta(hours=1)
    second = an_exchange(conversation_id)
    second = Exchange(replace(second.question, created_at=moment), replace(second.answer, created_at=moment))
    await conversations.store(ada.id, conversation_id, second, new_title=None)

    recent = await conversations.recent(conversation_id, ada.id, 3)

    assert recent == [first.answer, second.question, second.answer]


async def test_new_conversation_has_no_message(conversations: StoredConversations, ada: Account) -> None:
    conversation = await conversations.create(ada.id, "Nodes")

    assert await conversations.recent(conversation.id, ada.id, 10) == []
    assert await conversations.get(conversation.id, ada.id) == (conversation, [])
    assert (conversation.title, conversation.is_active, conversation.message_count) == ("Nodes", True, 0)


@pytest.mark.parametrize(
    ("stored", "read"),
    [
        ('["Week 3 · Nodes"]', ("Week 3 · Nodes",)),
        ("[]", ()),
        (None, None),
        ("", None),
        ("no JSON", None),
        ('"text"', None),
        ('{"a": 1}', None),
        ('["a", 1]', None),
        ('[{"title": "Nodes"}]', None),
        ("[" * 100_000, None),
    ],
)
async def test_sources_are_a_list_of_texts_or_none(
    conversations: StoredConversations,
    database: PostgresDatabase,
    ada: Account,
    stored: str | None,
    read: tuple[str, ...] | None,
) -> None:
    conversation_id, exchange = await begin(conversations, ada)
    await database.execute("UPDATE chat_messages SET sources = $1 WHERE id = $2", stored, exchange.answer.id)

    recent = await conversations.recent(conversation_id, ada.id, 1)

    assert recent is not None
    assert recent[0].sources == read


async def test_used_conversation_is_active_and_listed_first(
    conversations: StoredConversations, database: PostgresDatabase, ada: Account
) -> None:
    first, _ = await begin(conversations, ada)
    created = (await conversations.create(ada.id, "New")).id
    await conversations.store(ada.id, first, an_exchange(first), new_title=None)

    page, total = await conversations.page(ada.id, 20, 0)

    assert await active(database, ada) == [first]
    assert [(entry.id, entry.is_active, entry.message_count) for entry in page] == [
        (first, True, 4),
        (created, False, 0),
    ]
    assert total == 2


async def test_twenty_concurrent_stores_leave_one_active_conversation(database_dsn: str, ada: Account) -> None:
    async with open_pool(database_dsn, Guard("tests"), replace(OPTIONS, size=20)) as database:
        conversations = StoredConversations(database)
        began = await asyncio.gather(*(begin(conversations, ada) for _ in range(20)))
        again = (conversations.store(ada.id, each, an_exchange(each), new_title=None) for each, _ in began)
        stored = await asyncio.gather(*again)

        page, total = await conversations.page(ada.id, 100, 0)
        assert stored == [True] * 20
        assert (total, [entry.message_count for entry in page]) == (20, [4] * 20)
        assert await active(database, ada) == [page[0].id]


async def test_pages_beyond_the_end_have_the_total_too(conversations: StoredConversations, ada: Account) -> None:
    began = [(await begin(conversations, ada))[0] for _ in range(3)]

    middle, total = await conversations.page(ada.id, 1, 1)

    assert ([entry.id for entry in middle], total) == ([began[1]], 3)
    assert await conversations.page(ada.id, 20, 10_000) == ([], 3)


async def test_renamed_conversation_moves_up(
    conversations: StoredConversations, database: PostgresDatabase, ada: Account
) -> None:
    first, _ = await begin(conversations, ada)
    second, _ = await begin(conversations, ada)

    assert await conversations.rename(first, ada.id, "Topics")

    page, _ = await conversations.page(ada.id, 20, 0)
    assert [(entry.id, entry.title) for entry in page] == [(first, "Topics"), (second, "Nodes")]
    assert await active(database, ada) == [second]


async def test_deleting_a_conversation_activates_the_newest_other(
    conversations: StoredConversations, database: PostgresDatabase, ada: Account
) -> None:
    first, _ = await begin(conversations, ada)
    second, exchange = await begin(conversations, ada)

    assert await conversations.delete(second, ada.id)

    assert await conversations.get(second, ada.id) is None
    assert not await conversations.delete(second, ada.id)
    sql = "SELECT count(*) FROM glossator.message_details WHERE message_id = $1"
    assert await database.fetchval(sql, exchange.answer.id) == 0
    assert await active(database, ada) == [first]


INSERT_EXISTING: Final = """
INSERT INTO chat_sessions (id, user_id, is_active, created_at, updated_at)
SELECT id, $1, active, now() + made * interval '1 hour', now() + used * interval '1 hour'
FROM unnest($2::text[], $3::bool[], $4::int[], $5::int[]) AS planted (id, active, made, used)
"""


async def insert_existing(
    database: PostgresDatabase, account: Account, *rows: tuple[str, bool | None, int | None, int | None]
) -> None:
    """Inserts existing conversations: id, is_active, and the hours of created_at and updated_at."""
    await database.execute(INSERT_EXISTING, account.id, *zip(*rows, strict=True))


async def active_ids(conversations: StoredConversations, account: Account) -> list[str]:
    page, _ = await conversations.page(account.id, 100, 0)
    found = [await conversations.get(entry.id, account.id) for entry in page]
    assert [each[0].is_active for each in found if each] == [entry.is_active for entry in page]
    return [entry.id for entry in page if entry.is_active]


ODD_ACTIVITY: Final = {
    "several": ([False, True, True], "b"),
    "all": ([True, True, True], "a"),
    "none": ([False, False, False], "a"),
    "unknown": ([None, None, True], "c"),
    "never told": ([None, None, None], "a"),
}


@pytest.mark.parametrize(("activity", "one"), ODD_ACTIVITY.values(), ids=ODD_ACTIVITY)
async def test_one_existing_conversation_is_active(
    conversations: StoredConversations, database: PostgresDatabase, ada: Account, activity: list[bool | None], one: str
) -> None:
    ids = [str(uuid4()) for _ in activity]
    await insert_existing(
        database, ada, *((id_, active, 0, -n) for n, (id_, active) in enumerate(zip(ids, activity, strict=True)))
    )
    before = await active_ids(conversations, ada)

    assert await conversations.store(ada.id, ids[1], an_exchange(ids[1]), new_title=None)

    assert before == [ids["abc".index(one)]]
    assert await active(database, ada) == await active_ids(conversations, ada) == [ids[1]]


@pytest.mark.parametrize(("activity", "one"), ODD_ACTIVITY.values(), ids=ODD_ACTIVITY)
async def test_after_a_deletion_one_existing_conversation_is_active(
    conversations: StoredConversations, database: PostgresDatabase, ada: Account, activity: list[bool | None], one: str
) -> None:
    await insert_existing(database, ada, *(("abc"[n], active, 0, -n) for n, active in enumerate(activity)))
    await insert_existing(database, ada, ("d", True, 0, -9))

    assert await conversations.delete("d", ada.id)

    assert await active_ids(conversations, ada) == [one]
    assert one in await active(database, ada)


async def test_conversations_without_updated_at_sort_last(
    conversations: StoredConversations, database: PostgresDatabase, ada: Account
) -> None:
    rows = ("a", False, 1, 5), ("b", False, 3, None), ("c", False, 1, 2), ("d", False, None, None), ("e", False, 9, 1)
    await insert_existing(database, ada, *rows)

    pages = [await conversations.page(ada.id, 1, offset) for offset in range(5)]

    assert [page[0].id for page, _ in pages] == ["a", "c", "e", "b", "d"]
    assert [entry.id for entry in (await conversations.page(ada.id, 20, 0))[0]] == ["a", "c", "e", "b", "d"]
    assert await active_ids(conversations, ada) == ["a"]


async def test_deleting_the_history_returns_the_count(
    conversations: StoredConversations, database: PostgresDatabase, ada: Account, eve: Account
) -> None:
    for account in (ada, ada, eve):
        await begin(conversations, account)

    assert await conversations.delete_all(ada.id) == 2

    assert await conversations.page(ada.id, 20, 0) == ([], 0)
    assert await database.fetchval("SELECT count(*) FROM chat_messages") == 2
    assert (await conversations.page(eve.id, 20, 0))[1] == 1


async def test_deleting_an_account_during_a_store_leaves_no_rows(database_dsn: str, ada: Account) -> None:
    async with open_pool(database_dsn, Guard("tests"), replace(OPTIONS, size=10)) as database:
        accounts, conversations = StoredAccounts(database, AccountFields(NoCipher())), StoredConversations(database)

        async def ask() -> None:
            conversation_id = str(uuid4())
            await conversations.store(ada.id, conversation_id, an_exchange(conversation_id), new_title="x")

        async with asyncio.TaskGroup() as group:
            for _ in range(8):
                group.create_task(ask())
            group.create_task(accounts.delete(ada.id))
            for _ in range(8):
                group.create_task(ask())

        assert await database.fetchval("SELECT count(*) FROM chat_messages") == 0


async def test_deleting_the_history_during_stores_does_not_deadlock(database_dsn: str, ada: Account) -> None:
    """Forces the lock order in which each statement would wait for the other."""
    holder = await asyncpg.connect(database_dsn)
    async with open_pool(database_dsn, Guard("database"), OPTIONS) as database:
        conversations = StoredConversations(database)
        (first, _), (second, _) = [await begin(conversations, ada) for _ in range(2)]
        async with holder.transaction():
            await holder.execute("SELECT FROM chat_sessions WHERE id = $1 FOR UPDATE", first)
            deleting = asyncio.create_task(conversations.delete_all(ada.id))
            await waiting(holder, 1)
            asking = asyncio.create_task(conversations.store(ada.id, second, an_exchange(second), new_title=None))
            await waiting(holder, 2)
        assert await deleting == 2
        assert await asking is False
    await holder.close()
