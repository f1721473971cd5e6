"""Rows of another program: with NULLs, with fields that cannot be decrypted, or of a replaced key."""

import logging
from dataclasses import dataclass, field, replace
from typing import Any, Final

import pytest
from quart import Quart

from glossator.domain.accounts.account import email_hash
from glossator.domain.accounts.encryption import KeyCipher, NoCipher
from glossator.domain.accounts.services import account_services
from glossator.storage.accounts.encrypted_fields import FieldCipher
from glossator.storage.accounts.reencryption import Reencryption, begin_encryption
from glossator.wiring.accounts import account_store, hashing_threads
from glossator_plugins.postgres.pool import PostgresDatabase
from tests.accounts_in_memory import BCRYPT, SECRET
from tests.options import ACCOUNT_OPTIONS
from tests.storage.test_costs import CallCounter
from tests.web.auth.apps import ADA, Client
from tests.web.auth.test_stored import StoredAuthParts

KEY: Final = KeyCipher("a key that is long enough")
NEW_KEY: Final = KeyCipher("another key, long enough")
ACCOUNT_ID: Final = "11111111-2222-3333-4444-555555555555"
SESSION_ID: Final = "aaaaaaaa-2222-3333-4444-555555555555"
NULLS: Final = (
    "INSERT INTO users (id, email, email_hash, password_hash, name, proficiency, provider, provider_id,"
    " email_verified, is_active, created_at, updated_at) VALUES ($1, $2, $3, $4,"
    " NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)",
    "INSERT INTO user_profiles SELECT 'p', id, NULL, NULL, NULL, NULL, NULL, NULL FROM users",
    f"INSERT INTO chat_sessions SELECT '{SESSION_ID}', id, 'Nodes', NULL, NULL, NULL FROM users",
    f"INSERT INTO chat_messages SELECT 'm', '{SESSION_ID}', 'user', 'What?', NULL, NULL, NULL",
)
READ: Final = (
    "get-session", "verify", "profile", "list-sessions", "account/export", "/api/chat/sessions",
    f"/api/chat/sessions/{SESSION_ID}",
    *(f"/api/chat/sessions/{SESSION_ID}/export?format={name}" for name in ("text", "json", "markdown")),
)  # fmt: skip


@dataclass
class EncryptedParts(StoredAuthParts):
    cipher: FieldCipher = field(default_factory=NoCipher)

    def __post_init__(self) -> None:
        super().__post_init__()
        assert self.database is not None
        options = replace(ACCOUNT_OPTIONS, session_cache_time=0.0)
        self.accounts = account_services(
            account_store(self.database, self.cipher), SECRET, options, hashing_threads(options)
        )


def app_over(database: PostgresDatabase, cipher: FieldCipher) -> Quart:
    return EncryptedParts(database=CallCounter(database), cipher=cipher).app()


async def plant(database: PostgresDatabase, email: str) -> None:
    first, *others = NULLS
    await database.execute(first, ACCOUNT_ID, email, email_hash("ada@example.com"), BCRYPT)
    for sql in others:
        await database.execute(sql)


async def signed_in(app: Quart) -> Client:
    client = Client(app)
    reply = await client.post("sign-in/email", {"email": "ada@example.com", "password": ADA["password"]})
    assert reply.status == 200
    return client.bearing(reply.body["token"])


async def read_all(reader: Client) -> dict[str, Any]:
    """The responses of all reading routes."""
    found = {path: await reader.get(path) for path in READ}
    assert {path: reply.status for path, reply in found.items()} == dict.fromkeys(READ, 200)
    return {path: reply.body for path, reply in found.items()}


@pytest.mark.parametrize("cipher", [NoCipher(), KEY], ids=["no key", "key"])
async def test_rows_without_a_value_are_read_by_every_route(database: PostgresDatabase, cipher: FieldCipher) -> None:
    await plant(database, cipher.encrypt("ada@example.com"))

    found = await read_all(await signed_in(app_over(database, cipher)))

    user = found["get-session"]["user"]
    assert (user["email"], user["name"], user["proficiency"]) == ("ada@example.com", "", "pro")
    assert user["createdAt"].endswith("Z")
    assert found["profile"]["profile"] == {"technical_background": "", "hardware_access": "", "learning_goals": ""}
    shown = found["/api/chat/sessions"]["sessions"]
    assert [(entry["title"], entry["is_active"], entry["message_count"]) for entry in shown] == [("Nodes", True, 1)]
    assert [message["content"] for message in found[f"/api/chat/sessions/{SESSION_ID}"]["messages"]] == ["What?"]


@pytest.mark.parametrize("column", ["email", "name", "learning_goals"])
async def test_field_that_cannot_be_decrypted_reads_as_empty_on_every_route(
    database: PostgresDatabase, caplog: pytest.LogCaptureFixture, column: str
) -> None:
    await plant(database, KEY.encrypt("ada@example.com"))
    table = "user_profiles" if column == "learning_goals" else "users"
    broken = NEW_KEY.encrypt("a text of long ago")
    await database.execute(f"UPDATE {table} SET {column} = $1", broken)
    caplog.set_level(logging.INFO)

    found = await read_all(await signed_in(app_over(database, KEY)))

    exported = found["account/export"]
    fields = {**found["get-session"]["user"], **exported["profiles"][0], **exported["account"]}
    assert (fields[column], found["get-session"]["user"].get(column)) == ("", "")
    assert [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR] == [
        f"field_not_opened: account {ACCOUNT_ID} has a field that the encryption key cannot decrypt"
    ]
    assert broken not in caplog.text


async def test_server_with_a_replaced_key_reports_failed_writes_and_the_fix(
    database: PostgresDatabase, caplog: pytest.LogCaptureFixture
) -> None:
    client = Client(app_over(database, KEY))
    reader = client.bearing((await client.post("sign-up/email", ADA)).body["token"])
    await begin_encryption(database, Reencryption(NEW_KEY, KEY))

    refused = [
        await client.post("sign-up/email", {**ADA, "email": "grace@example.com"}),
        await reader.post("update-user", {"name": "Grace"}),
        await reader.post("profile/update", {"learning_goals": "robots"}),
    ]

    assert [reply.outcome for reply in refused] == [(503, "UNAVAILABLE")] * 3
    assert caplog.text.count("restart it with DATA_ENCRYPTION_KEY set to the active key") == 3
    assert (await reader.get("get-session")).body["user"]["name"] == "Ada"
    assert await database.fetchval("SELECT count(*) FROM users") == 1
