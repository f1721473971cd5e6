"""`glossator encrypt` over a database with accounts of every kind."""

import asyncio
import json
import re
import signal
from typing import Final

import pytest

from glossator.commands.encrypt import EncryptionSummary, format_summary, progress_line
from glossator.domain.accounts.encryption import KeyCipher
from glossator.storage.accounts.reencryption import SkippedField
from glossator_plugins.postgres.pool import PostgresDatabase
from tests.processes import Done, Workplace

KEY: Final = "a key that is long enough"
NEW_KEY: Final = "another key, long enough"
LOOKS_ENCRYPTED: Final = "ENC:" + "abcd" * 10
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
    """Configures only a database."""
    return place.having(
        PLUGINS="neon", NEON_API_KEY=database_dsn, BETTER_AUTH_SECRET="secret of the tests, long enough",
        DATA_ENCRYPTION_KEY=KEY,
    )  # fmt: skip


async def emails(database: PostgresDatabase) -> list[str]:
    return [row["email"] for row in await database.fetch("SELECT email FROM users ORDER BY id")]


async def count_encrypted_with(database: PostgresDatabase, key: str) -> int:
    """The number of e-mails encrypted with this key."""
    cipher = KeyCipher(key)
    return sum(email.startswith("ENC:") and cipher.decrypt(email) is not None for email in await emails(database))


def summary(done: Done) -> dict[str, object]:
    return dict(json.loads(done.output))


async def test_plain_rows_are_encrypted_once(planted: PostgresDatabase, deployment: Workplace) -> None:
    first, second = deployment.runs("encrypt", "--json"), deployment.runs("encrypt", "--json")

    key_id = KeyCipher(KEY).key_id
    assert (first.code, second.code) == (0, 0)
    assert summary(first) == {"key_id": key_id, "rows": 451, "changed": 451, "left": []}
    assert summary(second) == {"key_id": key_id, "rows": 451, "changed": 0, "left": []}
    assert await count_encrypted_with(planted, KEY) == 450


async def test_rotation_replaces_the_previous_key_with_the_new_one(
    planted: PostgresDatabase, deployment: Workplace
) -> None:
    deployment.runs("encrypt")
    rotating = deployment.having(DATA_ENCRYPTION_KEY=NEW_KEY, DATA_ENCRYPTION_KEY_PREVIOUS=KEY)

    refused, done = rotating.runs("encrypt"), rotating.runs("encrypt", "--rotate")

    assert refused.code == 69
    assert "glossator encrypt --rotate" in refused.told[0]
    assert done.code == 0
    assert done.output == f"451 rows read, 451 encrypted with key {KeyCipher(NEW_KEY).key_id}.\n"
    assert await count_encrypted_with(planted, NEW_KEY) == 450


async def test_field_that_cannot_be_decrypted_is_reported_without_its_content(
    planted: PostgresDatabase, deployment: Workplace
) -> None:
    await planted.execute("UPDATE users SET name = $1 WHERE id = '3'", LOOKS_ENCRYPTED)

    done = deployment.runs("encrypt", "--json")

    assert done.code == 1
    reason = "looks encrypted but cannot be decrypted"
    assert summary(done)["left"] == [{"account_id": "3", "column": "name", "reason": reason}]
    assert LOOKS_ENCRYPTED not in done.output + done.errors
    assert await planted.fetchval("SELECT name FROM users WHERE id = '3'") == LOOKS_ENCRYPTED


async def test_content_of_fields_is_never_shown(planted: PostgresDatabase, deployment: Workplace) -> None:
    done = deployment.runs("encrypt")

    assert done.code == 0
    assert re.findall(r"@example|Ada|robots|long enough", done.output + done.errors) == []


async def test_interrupted_run_can_be_restarted(planted: PostgresDatabase, deployment: Workplace) -> None:
    async with planted.transaction() as transaction:
        await transaction.execute("UPDATE users SET name = 'Grace' WHERE id = '99'")  # the last batch waits for this
        with deployment.starts("encrypt") as running:
            running.says("is active")
            while await count_encrypted_with(planted, KEY) < 200:
                await asyncio.sleep(0.02)
            running.process.send_signal(signal.SIGINT)
            stopped = running.ended()

    again = deployment.runs("encrypt")

    assert stopped.code == 130
    assert "Run the command again to continue" in stopped.errors
    assert again.code == 0
    assert await count_encrypted_with(planted, KEY) == 450


@pytest.mark.parametrize(
    ("variables", "arguments", "line"),
    [
        ({"DATA_ENCRYPTION_KEY": ""}, [], "DATA_ENCRYPTION_KEY: is not set - "),
        ({}, ["--rotate"], "DATA_ENCRYPTION_KEY_PREVIOUS: is not set - "),
        ({"DATA_ENCRYPTION_KEY_PREVIOUS": KEY}, ["--rotate"], "DATA_ENCRYPTION_KEY_PREVIOUS: is the same as "),
        ({"DATA_ENCRYPTION_KEY_PREVIOUS": "short"}, [], "DATA_ENCRYPTION_KEY_PREVIOUS: must "),
    ],
)
def test_wrong_keys_are_reported_before_anything_starts(
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


def test_skipped_fields_are_in_the_summary() -> None:
    left = (SkippedField("a1", "name", "looks encrypted but cannot be decrypted"),)

    assert format_summary(EncryptionSummary("abcd1234", 2, 1, left)).splitlines() == [
        "2 rows read, 1 encrypted with key abcd1234.",
        "Skipped fields:",
        "  account a1  name  looks encrypted but cannot be decrypted",
    ]


def test_plain_line_shows_the_progress() -> None:
    assert progress_line(300, 1000) == "300 of 1,000 rows read"
