import asyncio
from collections.abc import AsyncIterator
from typing import Final

import asyncpg
import pytest

from glossator.kernel.errors import ServiceError
from glossator.kernel.guards.guard import Guard
from glossator.storage.schema.existing_columns import TABLES
from glossator.storage.schema.existing_tables import inspect_tables, prepare_existing_tables
from glossator.storage.schema.migrations import applied, bundled, migrate
from glossator_plugins.local_postgres.server import PostgresServer
from glossator_plugins.postgres.pool import PostgresDatabase, open_pool
from tests.databases import OPTIONS, administer

USERS, PROFILES, SESSIONS, MESSAGES = (table.definition for table in TABLES)
SHAPE: Final = """
SELECT table_name, column_name, data_type, character_maximum_length AS length, is_nullable, column_default
FROM information_schema.columns WHERE table_schema = 'public' ORDER BY table_name, ordinal_position
"""
CATALOG: Final = """
SELECT 'index' AS kind, indexdef AS text FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT 'rule', conrelid::regclass || ' ' || pg_get_constraintdef(oid)
FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype <> 'n'
ORDER BY 1, 2
"""

MADE: Final = ("created_at", "timestamp with time zone", None, "YES", "now()")
CHANGED: Final = ("updated_at", "timestamp with time zone", None, "YES", "now()")
ID: Final = ("id", "character varying", 36, "NO", None)
DOCUMENTED: Final = {
    "chat_messages": [
        ID,
        ("session_id", "character varying", 36, "NO", None),
        ("role", "character varying", 20, "NO", None),
        ("content", "text", None, "NO", None),
        ("selected_text", "text", None, "YES", None),
        ("sources", "text", None, "YES", None),
        MADE,
    ],
    "chat_sessions": [
        ID,
        ("user_id", "character varying", 36, "NO", None),
        ("title", "character varying", 255, "NO", "'New Chat'::character varying"),
        ("is_active", "boolean", None, "YES", "true"),
        MADE,
        CHANGED,
    ],
    "user_profiles": [
        ID,
        ("user_id", "character varying", 36, "NO", None),
        ("technical_background", "text", None, "YES", None),
        ("hardware_access", "text", None, "YES", None),
        ("learning_goals", "text", None, "YES", None),
        ("preferences", "text", None, "YES", None),
        MADE,
        CHANGED,
    ],
    "users": [
        ID,
        ("email", "character varying", 512, "NO", None),
        ("email_hash", "character varying", 64, "NO", None),
        ("name", "character varying", 512, "YES", None),
        ("password_hash", "character varying", 255, "NO", None),
        ("proficiency", "character varying", 50, "YES", "'pro'::character varying"),
        ("provider", "character varying", 50, "YES", "'credentials'::character varying"),
        ("provider_id", "character varying", 255, "YES", None),
        ("email_verified", "boolean", None, "YES", "false"),
        ("is_active", "boolean", None, "YES", "true"),
        MADE,
        CHANGED,
    ],
}

UNUSABLE: Final = {
    "a missing column": (
        "ALTER TABLE users DROP COLUMN email_hash",
        r"users has no column email_hash \(varchar\(64\)\)",
    ),
    "another type": (
        "ALTER TABLE chat_messages ALTER COLUMN sources TYPE jsonb USING sources::jsonb",
        r"chat_messages\.sources is jsonb, not text",
    ),
    "a shorter text": (
        "ALTER TABLE users ALTER COLUMN password_hash TYPE varchar(60)",
        r"users\.password_hash is character varying\(60\), which is too short: not varchar\(255\)",
    ),
    "a limited text": (
        "ALTER TABLE chat_messages ALTER COLUMN content TYPE varchar(4000)",
        r"chat_messages\.content is character varying\(4000\), which is too short: not text",
    ),
    "times without zone": (
        "ALTER TABLE users ALTER COLUMN created_at TYPE timestamp",
        r"users\.created_at is timestamp without time zone, not timestamptz",
    ),
    "no unique e-mail": (
        "ALTER TABLE users DROP CONSTRAINT users_email_hash_key",
        r"users\.email_hash is not unique",
    ),
    "a required selection": (
        "ALTER TABLE chat_messages ALTER COLUMN selected_text SET NOT NULL",
        r"chat_messages\.selected_text must allow NULL",
    ),
    "an additional required column": (
        "ALTER TABLE users ADD COLUMN tenant text NOT NULL",
        r"users\.tenant is unknown to Glossator and requires a value",
    ),
}


@pytest.fixture
async def empty(empty_database_dsn: str) -> AsyncIterator[PostgresDatabase]:
    async with open_pool(empty_database_dsn, Guard("tests"), OPTIONS) as database:
        yield database


async def shape(database: PostgresDatabase) -> list[tuple[object, ...]]:
    return [tuple(row) for sql in (SHAPE, CATALOG) for row in await database.fetch(sql)]


async def test_fresh_database_gets_exactly_the_documented_columns(empty: PostgresDatabase) -> None:
    await prepare_existing_tables(empty)

    found = [tuple(row) for row in await empty.fetch(SHAPE)]
    assert found == [(table, *column) for table, columns in DOCUMENTED.items() for column in columns]


async def test_fresh_database_gets_the_documented_keys_checks_and_indexes(empty: PostgresDatabase) -> None:
    await prepare_existing_tables(empty)

    assert [row["text"] for row in await empty.fetch(CATALOG)] == [
        "CREATE INDEX chat_messages_created_at_idx ON public.chat_messages USING btree (created_at)",
        "CREATE INDEX chat_messages_session_id_idx ON public.chat_messages USING btree (session_id)",
        "CREATE INDEX chat_sessions_updated_at_idx ON public.chat_sessions USING btree (updated_at DESC)",
        "CREATE INDEX chat_sessions_user_id_idx ON public.chat_sessions USING btree (user_id)",
        "CREATE INDEX user_profiles_user_id_idx ON public.user_profiles USING btree (user_id)",
        "CREATE UNIQUE INDEX chat_messages_pkey ON public.chat_messages USING btree (id)",
        "CREATE UNIQUE INDEX chat_sessions_pkey ON public.chat_sessions USING btree (id)",
        "CREATE UNIQUE INDEX user_profiles_pkey ON public.user_profiles USING btree (id)",
        "CREATE UNIQUE INDEX users_email_hash_key ON public.users USING btree (email_hash)",
        "CREATE UNIQUE INDEX users_pkey ON public.users USING btree (id)",
        "chat_messages CHECK (((role)::text = ANY ((ARRAY['user'::character varying, 'assistant'::character varying, "
        "'system'::character varying])::text[])))",
        "chat_messages FOREIGN KEY (session_id) REFERENCES chat_sessions(id) ON DELETE CASCADE",
        "chat_messages PRIMARY KEY (id)",
        "chat_sessions FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE",
        "chat_sessions PRIMARY KEY (id)",
        "user_profiles FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE",
        "user_profiles PRIMARY KEY (id)",
        "users PRIMARY KEY (id)",
        "users UNIQUE (email_hash)",
    ]


@pytest.mark.parametrize(("change", "error"), UNUSABLE.values(), ids=UNUSABLE)
async def test_unusable_table_is_reported_and_nothing_is_changed(
    empty: PostgresDatabase, change: str, error: str
) -> None:
    await prepare_existing_tables(empty)
    await empty.execute(f"{change}; DROP TABLE user_profiles")
    before = await shape(empty)

    with pytest.raises(ServiceError, match=error):
        await migrate(empty)

    assert await shape(empty) == before
    assert await applied(empty) == set()


async def test_missing_index_is_reported_with_its_statement_and_the_start_continues(
    empty: PostgresDatabase, caplog: pytest.LogCaptureFixture
) -> None:
    await migrate(empty)
    assert (await inspect_tables(empty)).unindexed == ()
    names = "user_profiles_user_id_idx, chat_sessions_user_id_idx, chat_messages_session_id_idx"
    await empty.execute(f"DROP INDEX {names}; CREATE INDEX ON chat_messages (session_id) WHERE role = 'user'")
    before = await shape(empty)

    await migrate(empty)

    assert await shape(empty) == before
    statements = [record.getMessage().partition("as the table's owner run: ")[2] for record in caplog.records]
    assert statements == [
        "CREATE INDEX CONCURRENTLY ON chat_messages (session_id);",
        "CREATE INDEX CONCURRENTLY ON chat_sessions (user_id);",
        "CREATE INDEX CONCURRENTLY ON user_profiles (user_id);",
    ]
    for statement in statements:
        await empty.execute(statement)
    assert (await inspect_tables(empty)).unindexed == ()


async def test_all_problems_are_reported_in_one_error(empty: PostgresDatabase) -> None:
    await empty.execute("CREATE TABLE users (id varchar(36) PRIMARY KEY); CREATE TABLE chat_messages (id text)")

    with pytest.raises(ServiceError) as caught:
        await prepare_existing_tables(empty)

    assert str(caught.value).startswith("tables of the existing deployment cannot be used: users has no column email ")
    assert "; chat_messages.id is not unique; chat_messages has no column session_id" in str(caught.value)
    assert str(caught.value).endswith("since Glossator never alters these tables; nothing was changed")


async def test_existing_table_is_not_changed(empty: PostgresDatabase) -> None:
    await empty.execute(USERS)
    await empty.execute("ALTER TABLE users ADD COLUMN nickname text, ALTER COLUMN name TYPE text")
    await empty.execute("INSERT INTO users (id, email, email_hash, password_hash) VALUES ('1', 'a@b', 'h', 'p')")
    before = [row for row in await shape(empty) if row[0] == "users"]

    await migrate(empty)

    assert [row for row in await shape(empty) if row[0] == "users"] == before
    assert await empty.fetchval("SELECT count(*) FROM users") == 1


@pytest.mark.parametrize("existing", [(), (USERS,), (USERS, PROFILES), (USERS, SESSIONS, MESSAGES)], ids=len)
async def test_missing_tables_are_created_next_to_existing_ones(
    empty: PostgresDatabase, existing: tuple[str, ...]
) -> None:
    for definition in existing:
        await empty.execute(definition)

    await migrate(empty)

    tables = await empty.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
    assert tables == len(TABLES)
    assert await applied(empty) == {migration.number for migration in bundled()}


async def test_dropped_table_is_created_again(database: PostgresDatabase) -> None:
    await database.execute("DROP TABLE user_profiles")

    await migrate(database)

    assert await database.fetchval("SELECT count(*) FROM user_profiles") == 0


async def test_a_renamed_table_is_created_again(database: PostgresDatabase) -> None:
    await database.execute("ALTER TABLE chat_messages RENAME TO chat_messages_backup")

    await prepare_existing_tables(database)

    assert await database.fetchval("SELECT count(*) FROM chat_messages") == 0


@pytest.mark.parametrize(
    ("statement", "error"),
    [
        ("CREATE VIEW user_profiles AS SELECT 1 AS id", "user_profiles is a view, not a table"),
        ("CREATE TYPE users AS ENUM ('a')", "users is a type, not a table"),
        ("CREATE TABLE x (id int); CREATE INDEX chat_sessions ON x (id)", "chat_sessions is an index, not a table"),
        ("CREATE SEQUENCE chat_messages", "chat_messages is a sequence, not a table"),
    ],
)
async def test_a_name_taken_by_another_object_is_reported(empty: PostgresDatabase, statement: str, error: str) -> None:
    await empty.execute(statement)

    with pytest.raises(ServiceError, match=error):
        await migrate(empty)


async def test_a_search_path_without_a_schema_is_reported(empty_database_dsn: str) -> None:
    dsn = f"{empty_database_dsn}&options=-c%20search_path%3Dnowhere"
    async with open_pool(dsn, Guard("tests"), OPTIONS) as database:
        with pytest.raises(ServiceError, match="search_path of this role contains no existing schema"):
            await migrate(database)


async def test_replicas_can_start_concurrently_on_an_empty_database(empty_database_dsn: str) -> None:
    async def start() -> None:
        async with open_pool(empty_database_dsn, Guard("tests"), OPTIONS) as database:
            await migrate(database)

    await asyncio.gather(*(start() for _ in range(8)))

    connection = await asyncpg.connect(empty_database_dsn)
    assert await connection.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == len(TABLES)
    await connection.close()


async def test_missing_rights_on_a_table_are_reported(empty: PostgresDatabase) -> None:
    await migrate(empty)
    await empty.execute("DROP ROLE IF EXISTS stranger; CREATE ROLE stranger")

    try:
        async with empty.transaction() as transaction:
            await transaction.execute("SET LOCAL ROLE stranger")
            with pytest.raises(ServiceError, match="lacks some of the rights SELECT, INSERT, UPDATE, DELETE"):
                await inspect_tables(transaction)
    finally:
        await empty.execute("DROP ROLE stranger")


async def test_a_role_named_like_our_schema_gets_instructions(
    empty_database_dsn: str, postgres: PostgresServer
) -> None:
    """By default the role's own schema, which would be ours, comes first in its search path."""
    namesake = empty_database_dsn.replace("//postgres@", "//glossator@")
    await administer(postgres, "CREATE ROLE glossator LOGIN SUPERUSER")
    try:
        async with open_pool(namesake, Guard("tests"), OPTIONS) as database:
            with pytest.raises(ServiceError, match="ALTER ROLE glossator SET search_path = public"):
                await migrate(database)
            assert await applied(database) == set()

        await administer(postgres, "ALTER ROLE glossator SET search_path = public")
        async with open_pool(namesake, Guard("tests"), OPTIONS) as database:
            await migrate(database)
            await migrate(database)

            homes = await database.fetch("SELECT schemaname FROM pg_tables WHERE tablename = 'users'")
            assert [row["schemaname"] for row in homes] == ["public"]
            await database.execute("DROP OWNED BY glossator")
    finally:
        await administer(postgres, "DROP ROLE glossator")
