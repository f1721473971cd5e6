"""Starts servers and manages accounts on the tables of an existing deployment."""

import asyncio
import json
from contextlib import ExitStack
from dataclasses import replace
from typing import Final

import asyncpg
import pytest

from glossator.domain.accounts.account import email_hash
from glossator.storage.schema.existing_columns import TABLES
from glossator_plugins.postgres.pool import PostgresDatabase
from tests.processes import Workplace, free_port
from tests.production import Production

pytestmark = pytest.mark.filterwarnings("ignore:Payload indexes have no effect in the local Qdrant")

EMAIL: Final = " Ada Lovelace"
NULLS: Final = """
INSERT INTO users (id, email, email_hash, password_hash, proficiency, provider, email_verified, is_active, created_at,
    updated_at) VALUES ('1', $1, $2, 'hash', NULL, NULL, NULL, NULL, NULL, NULL)
"""


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ("DROP COLUMN email_hash", "users has no column email_hash (varchar(64))"),
        ("ALTER COLUMN email TYPE varchar(255)", "users.email is character varying(255), which is too short"),
    ],
)
async def test_server_does_not_start_with_an_incompatible_table(production: Production, change: str, line: str) -> None:
    connection = await asyncpg.connect(production.dsn.partition("?")[0])
    await connection.execute(f"{TABLES[0].definition}; ALTER TABLE users {change}")

    done = await production.runs("serve")

    assert (done.code, len(done.told)) == (69, 1)
    assert done.told[0].startswith(f"database: tables of the existing deployment cannot be used: {line}")
    assert await connection.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 1
    await connection.close()


async def test_missing_index_is_a_warning_at_start_and_in_check(production: Production) -> None:
    connection = await asyncpg.connect(production.dsn.partition("?")[0])
    for table in TABLES:
        await connection.execute(table.definition)
    await connection.execute("DROP INDEX user_profiles_user_id_idx")
    await connection.close()

    checked = await production.runs("check")
    warned = await asyncio.to_thread(start_log, production.place)

    assert checked.code == 0
    statement = "CREATE INDEX CONCURRENTLY ON user_profiles (user_id);"
    assert [statement in text for text in (checked.output, warned)] == [True, True]


def start_log(place: Workplace) -> str:
    """The log of a server that started."""
    with place.starts("serve") as running:
        running.serves()
        return running.errors


async def test_three_servers_can_start_at_once_on_an_empty_database(production: Production) -> None:
    assert await asyncio.to_thread(statuses_of_concurrent_starts, production.place, 3) == [200] * 3

    connection = await asyncpg.connect(production.dsn.partition("?")[0])
    assert await connection.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == len(TABLES)
    await connection.close()


def statuses_of_concurrent_starts(place: Workplace, number: int) -> list[int]:
    """Starts servers concurrently and returns the status of an account request to each."""
    with ExitStack() as stack:
        servers = [stack.enter_context(replace(place, port=free_port()).starts("serve")) for _ in range(number)]
        for server in servers:
            server.serves()
        clients = [stack.enter_context(server.client()) for server in servers]
        body = {"name": "Ada", "password": "correct horse battery"}
        return [
            client.post("/api/auth/sign-up", json={**body, "email": f"ada{number}@example.com"}).status_code
            for number, client in enumerate(clients)
        ]


@pytest.mark.parametrize("key", ["", "a key that is long enough"])
async def test_accounts_are_found_by_the_e_mail_stored_in_their_row(
    place: Workplace, database: PostgresDatabase, database_dsn: str, key: str
) -> None:
    await database.execute(NULLS, EMAIL, email_hash(EMAIL))
    await database.execute("INSERT INTO user_profiles (id, user_id) VALUES ('p', '1')")
    deployment = place.having(
        PLUGINS="neon", NEON_API_KEY=database_dsn, BETTER_AUTH_SECRET="secret of the tests, long enough",
        DATA_ENCRYPTION_KEY=key,
    )  # fmt: skip
    if key:
        assert (await asyncio.to_thread(deployment.runs, "encrypt")).code == 0

    listed, shown, *acts = [
        await asyncio.to_thread(deployment.runs, "accounts", action, *arguments, "--json")
        for action, *arguments in (
            ("list",), ("show", EMAIL), ("reset-password", EMAIL), ("deactivate", EMAIL), ("activate", EMAIL),
            ("revoke", EMAIL), ("delete", EMAIL, "--yes"),
        )
    ]  # fmt: skip

    assert [done.code for done in (listed, shown, *acts)] == [0] * 7
    assert [account["email"] for account in json.loads(listed.output)["accounts"]] == [EMAIL]
    assert json.loads(shown.output)["email"] == EMAIL
    assert await database.fetchval("SELECT count(*) FROM users") == 0
