"""`glossator encrypt` over a database with accounts of every kind."""

import asyncio
import json
import re
import signal
from typing import Final

import pytest

from glossator.commands.encrypt import Outcome, progress_line, text
from glossator.domain.accounts.encryption import KeyCipher
from glossator.storage.accounts.reencryption import Left
from glossator_plugins.postgres.pool import PostgresDatabase
from tests.processes import Done, Workplace

KEY: Final = "a key that is long enough"
NEW_KEY: Final = "another key, long enough"
SEALED_LOOK: Final = "ENC:" + "abcd" * 10
PLANTED: Final = """
INSERT INTO users (id, email, email_hash, name, password_hash, created_at)
    SELECT n::text, 'reader' || n || '@example.com', n::text, 'Ada', 'hash', now() + n * interval '1 second'
    FROM generate_series(1, 450) AS n
"""


@pytest.fixture
async def planted(database: PostgresDatabase) -> PostgresDatabase:
    await database.execute(PLANTED)
    await database.execute("INSERT INTO user_profiles (id, user_id, learning_goals) VALUES ('p', '7', 'robots')")
    return database


@pytest.fixture
def deployment(place: Workplace, database_dsn: str) -> Workplace:
    """Only a database; the other settings name nobody."""
    return place.having(
        PLUGINS="neon", NEON_API_KEY=database_dsn, BETTER_AUTH_SECRET="secret of the tests, long enough",
        DATA_ENCRYPTION_KEY=KEY,
    )  # fmt: skip


async def emails(database: PostgresDatabase) -> list[str]:
    return [row["email"] for row in await database.fetch("SELECT email FROM users ORDER BY id")]


async def readable(database: PostgresDatabase, key: str) -> int:
    """How many e-mails are sealed with this key."""
    cipher = KeyCipher(key)
    return sum(email.startswith("ENC:") and cipher.decrypt(email) is not None for email in await emails(database))


def summary(done: Done) -> dict[str, object]:
    return dict(json.loads(done.output))


async def test_plain_rows_are_encrypted_and_nothing_is_done_twice(
    planted: PostgresDatabase, deployment: Workplace
) -> None:
    first, second = deployment.runs("encrypt", "--json"), deployment.runs("encrypt", "--json")

    key_id = KeyCipher(KEY).key_id
    assert (first.code, second.code) == (0, 0)
    assert summary(first) == {"key_id": key_id, "rows": 451, "changed": 451, "left": []}
    assert summary(second) == {"key_id": key_id, "rows": 451, "changed": 0, "left": []}
    assert await readable(planted, KEY) == 450


async def test_rotation_goes_from_the_previous_key_to_the_new_one(
    planted: PostgresDatabase, deployment: Workplace
) -> None:
    deployment.runs("encrypt")
    rotating = deployment.having(DATA_ENCRYPTION_KEY=NEW_KEY, DATA_ENCRYPTION_KEY_PREVIOUS=KEY)

    refused, done = rotating.runs("encrypt"), rotating.runs("encrypt", "--rotate")

    assert refused.code == 69
    assert "glossator encrypt --rotate" in refused.told[0]
    assert done.code == 0
    assert done.output == f"451 rows looked at, 451 encrypted with key {KeyCipher(NEW_KEY).key_id}.\n"
    assert await readable(planted, NEW_KEY) == 450


async def test_field_that_looks_sealed_and_does_not_open_is_told_without_its_content(
    planted: PostgresDatabase, deployment: Workplace
) -> None:
    await planted.execute("UPDATE users SET name = $1 WHERE id = '3'", SEALED_LOOK)

    done = deployment.runs("encrypt", "--json")

    assert done.code == 1
    assert summary(done)["left"] == [{"account_id": "3", "column": "name", "reason": "looks sealed and does not open"}]
    assert SEALED_LOOK not in done.output + done.errors
    assert await planted.fetchval("SELECT name FROM users WHERE id = '3'") == SEALED_LOOK


async def test_content_of_fields_is_never_shown(planted: PostgresDatabase, deployment: Workplace) -> None:
    done = deployment.runs("encrypt")

    assert done.code == 0
    assert re.findall(r"@example|Ada|robots|long enough", done.output + done.errors) == []


async def test_stopped_run_is_simply_started_again(planted: PostgresDatabase, deployment: Workplace) -> None:
    async with planted.transaction() as transaction:
        await transaction.execute("UPDATE users SET name = 'Grace' WHERE id = '99'")  # the last batch waits for this
        with deployment.starts("encrypt") as running:
            running.says("is in force")
            while await readable(planted, KEY) < 200:
                await asyncio.sleep(0.02)
            running.process.send_signal(signal.SIGINT)
            stopped = running.ended()

    again = deployment.runs("encrypt")

    assert stopped.code == 130
    assert "Run it again to go on" in stopped.errors
    assert again.code == 0
    assert await readable(planted, KEY) == 450


@pytest.mark.parametrize(
    ("variables", "arguments", "line"),
    [
        ({"DATA_ENCRYPTION_KEY": ""}, [], "DATA_ENCRYPTION_KEY: is not set - "),
        ({}, ["--rotate"], "DATA_ENCRYPTION_KEY_PREVIOUS: is not set - "),
        ({"DATA_ENCRYPTION_KEY_PREVIOUS": KEY}, ["--rotate"], "DATA_ENCRYPTION_KEY_PREVIOUS: is the same as "),
        ({"DATA_ENCRYPTION_KEY_PREVIOUS": "short"}, [], "DATA_ENCRYPTION_KEY_PREVIOUS: must "),
    ],
)
def test_keys_that_do_not_fit_are_told_before_anything_starts(
    place: Workplace, variables: dict[str, str], arguments: list[str], line: str
) -> None:
    given = {
        "PLUGINS": "neon", "NEON_API_KEY": "postgresql://u:p@127.0.0.1:1/db", "DATA_ENCRYPTION_KEY": KEY,
        "BETTER_AUTH_SECRET": "secret of the tests, long enough",
    }  # fmt: skip

    done = place.having(**given | variables).runs("encrypt", *arguments)

    assert (done.code, done.output, len(done.told)) == (78, "", 1)
    assert done.told[0].startswith(line)
    assert KEY not in done.errors


def test_fields_that_were_left_stand_in_the_summary() -> None:
    outcome = Outcome("abcd1234", 2, 1, (Left("a1", "name", "looks sealed and does not open"),))

    assert text(outcome).splitlines() == [
        "2 rows looked at, 1 encrypted with key abcd1234.",
        "Fields that were left as they are:",
        "  account a1  name  looks sealed and does not open",
    ]


def test_plain_line_says_where_it_stands() -> None:
    assert progress_line(300, 1000) == "300 of 1,000 rows looked at"
