import asyncio
from collections.abc import Sequence
from typing import Final

import asyncpg
import pytest

from glossator.domain.accounts.account import Profile
from glossator.domain.accounts.encryption import KeyCipher, KeyRing
from glossator.domain.errors import Unavailable
from glossator.kernel.errors import ServiceError
from glossator.storage.accounts.active_key import verify_key
from glossator.storage.accounts.encrypted_fields import FieldCipher
from glossator.storage.accounts.reencryption import (
    PROFILES,
    USERS,
    Batch,
    Reencryption,
    SkippedField,
    begin_encryption,
    encrypt,
    encrypt_rows,
)
from glossator_plugins.postgres.pool import PostgresDatabase
from tests.storage.accounts.encrypted_accounts import KEY, KEYS, LOOKS_ENCRYPTED, OTHER, PLAIN, accounts_with, add
from tests.storage.accounts.people import an_account, waiting

BOTH: Final = KeyRing(OTHER, KEY)
ALL_FIELDS: Final = """
SELECT email AS field FROM users UNION ALL SELECT name FROM users
UNION ALL SELECT unnest(ARRAY[technical_background, hardware_access, learning_goals]) FROM user_profiles
"""


async def run(database: PostgresDatabase, cipher: FieldCipher, previous: FieldCipher | None = None) -> list[Batch]:
    reencryption = Reencryption(cipher, previous)
    await begin_encryption(database, reencryption)
    return [batch async for batch in encrypt(database, reencryption, size=2)]


async def count_encrypted_with(database: PostgresDatabase, cipher: KeyCipher) -> int:
    """The number of fields encrypted with this key."""
    fields = [row["field"] for row in await database.fetch(ALL_FIELDS)]
    return sum(field.startswith("ENC:") and cipher.decrypt(field) is not None for field in fields if field)


def changed(batches: Sequence[Batch]) -> int:
    return sum(batch.changed for batch in batches)


async def test_plain_accounts_are_encrypted_and_read_the_same(database: PostgresDatabase) -> None:
    readers = [await add(database, PLAIN) for _ in range(5)]

    batches = await run(database, KEY)

    rows = str(await database.fetch("SELECT u, p FROM users u JOIN user_profiles p ON p.user_id = u.id"))
    assert not [word for word in ("@example.com", "Ada", "robots") if word in rows]
    assert [await accounts_with(database, KEY).by_id(reader.id) for reader in readers] == readers
    assert [batch.rows for batch in batches] == [2, 2, 1, 2, 2, 1]
    assert changed(batches) == 10


async def test_second_run_changes_nothing(database: PostgresDatabase) -> None:
    await add(database, PLAIN)
    await run(database, KEY)

    assert changed(await run(database, KEY)) == 0


async def test_interrupted_run_continues(database: PostgresDatabase) -> None:
    readers = [await add(database, PLAIN) for _ in range(5)]
    await begin_encryption(database, Reencryption(KEY))
    async for _ in encrypt(database, Reencryption(KEY), size=2):
        break

    batches = await run(database, KEY)

    assert changed(batches) == 8
    assert [await accounts_with(database, KEY).by_id(reader.id) for reader in readers] == readers


async def test_fields_that_look_encrypted_but_cannot_be_decrypted_are_skipped(database: PostgresDatabase) -> None:
    reader = await add(database, PLAIN)
    await database.execute("UPDATE users SET name = $1", LOOKS_ENCRYPTED)

    batches = await run(database, KEY)

    assert [field for batch in batches for field in batch.left] == [
        SkippedField(reader.id, "name", "looks encrypted but cannot be decrypted")
    ]
    assert await database.fetchval("SELECT name FROM users") == LOOKS_ENCRYPTED


async def test_name_that_is_too_long_to_be_encrypted_is_skipped(database: PostgresDatabase) -> None:
    reader = await add(database, PLAIN, name="🤖" * 200)

    batches = await run(database, KEY)

    assert [field for batch in batches for field in batch.left] == [
        SkippedField(reader.id, "name", "is too long to be stored encrypted")
    ]
    assert await accounts_with(database, KEY).by_id(reader.id) == reader


async def test_rotation_decrypts_with_the_previous_key_and_encrypts_with_the_new_one(
    database: PostgresDatabase,
) -> None:
    readers = [await add(database, KEY) for _ in range(3)]

    batches = await run(database, OTHER, previous=KEY)

    assert changed(batches) == 6
    assert [await accounts_with(database, OTHER).by_id(reader.id) for reader in readers] == readers
    await verify_key(database, OTHER)
    with pytest.raises(ServiceError):
        await verify_key(database, KEY)


async def test_interrupted_rotation_continues(database: PostgresDatabase) -> None:
    readers = [await add(database, KEY) for _ in range(3)]
    await begin_encryption(database, Reencryption(OTHER, KEY))
    async for _ in encrypt(database, Reencryption(OTHER, KEY), size=1):
        break

    assert changed(await run(database, OTHER, previous=KEY)) == 5
    assert [await accounts_with(database, OTHER).by_id(reader.id) for reader in readers] == readers


@pytest.mark.parametrize("cipher", [KEY, PLAIN], ids=["former key", "no key"])
async def test_server_with_a_replaced_key_cannot_write_fields(database: PostgresDatabase, cipher: FieldCipher) -> None:
    ada, server = await add(database, cipher), accounts_with(database, cipher)
    await server.change_profile(ada.id, {"learning_goals": "robots"})
    reencryption = Reencryption(OTHER, None if cipher is PLAIN else KEY)
    await run(database, reencryption.cipher, reencryption.previous)
    before = await database.fetch(ALL_FIELDS)

    for write in (
        server.add(an_account()),
        server.change(ada.id, {"name": "Grace"}),
        server.change_profile(ada.id, {"learning_goals": "engines"}),
    ):
        with pytest.raises(Unavailable, match="restart it with DATA_ENCRYPTION_KEY set to the active key"):
            await write

    assert await database.fetch(ALL_FIELDS) == before


async def test_server_with_both_keys_starts_before_during_and_after_a_rotation(database: PostgresDatabase) -> None:
    ada = await add(database, KEY)
    server = accounts_with(database, BOTH)

    await verify_key(database, BOTH)
    grace = await add(database, BOTH)
    assert [row["key_id"] for row in await database.fetch(KEYS)] == [KEY.key_id]
    assert await server.by_id(ada.id) == ada

    await begin_encryption(database, Reencryption(OTHER, KEY))
    await verify_key(database, BOTH)
    await server.change(ada.id, {"name": "Ada L."})
    assert await count_encrypted_with(database, OTHER) == 1
    assert await server.by_id(grace.id) == grace

    await run(database, OTHER, previous=KEY)
    await verify_key(database, BOTH)
    now = await server.by_id(ada.id)
    assert now is not None
    assert (now.email, now.name, now.profile) == (ada.email, "Ada L.", ada.profile)
    assert await count_encrypted_with(database, KEY) == 0


async def test_rotation_waits_for_pending_writes_with_the_previous_key(
    database: PostgresDatabase, database_dsn: str
) -> None:
    ada, server = await add(database, KEY), accounts_with(database, KEY)
    holder = await asyncpg.connect(database_dsn)
    async with holder.transaction():
        await holder.execute("SELECT FROM users FOR UPDATE")
        writing = asyncio.create_task(server.change(ada.id, {"name": "Grace"}))
        await waiting(holder, 1)
        rotating = asyncio.create_task(run(database, OTHER, previous=KEY))
        await waiting(holder, 2)
    await writing
    await rotating

    assert await count_encrypted_with(database, KEY) == 0
    read = await accounts_with(database, OTHER).by_id(ada.id)
    assert read is not None
    assert read.name == "Grace"
    await holder.close()


async def test_no_field_of_the_previous_key_is_left_after_a_rotation_under_load(database: PostgresDatabase) -> None:
    readers = [await add(database, KEY) for _ in range(40)]
    done = asyncio.Event()

    async def writes(cipher: FieldCipher) -> int:
        """Changes names and profiles and adds accounts in a loop; returns the number of refused writes."""
        refused, server = 0, accounts_with(database, cipher)
        while not done.is_set():
            for reader in readers:
                try:
                    await server.change(reader.id, {"name": "Grace"})
                    await server.change_profile(reader.id, {"hardware_access": "a laptop"})
                    await add(database, cipher)
                except Unavailable:
                    refused += 1
        return refused

    writers = [asyncio.create_task(writes(cipher)) for cipher in (KEY, BOTH)]
    await asyncio.sleep(0.05)
    await run(database, OTHER, previous=KEY)
    done.set()

    stale, both = await asyncio.gather(*writers)
    assert stale > 0
    assert both == 0
    assert await count_encrypted_with(database, KEY) == 0
    assert await database.fetchval("SELECT count(*) FROM users WHERE email NOT LIKE 'ENC:%'") == 0


async def test_changed_field_of_a_row_does_not_prevent_encrypting_the_others(database: PostgresDatabase) -> None:
    """One of a row's fields changes between reading and writing it."""
    ada, reencryption = await add(database, KEY), Reencryption(OTHER, KEY)
    await begin_encryption(database, reencryption)
    rows = [await database.fetch(table.read, "", 10) for table in (USERS, PROFILES)]
    server = accounts_with(database, BOTH)
    await server.change(ada.id, {"name": "Grace"})
    await server.change_profile(ada.id, {"technical_background": "Python"})

    for table, read in zip((USERS, PROFILES), rows, strict=True):
        await encrypt_rows(database, table, reencryption, read)

    assert await count_encrypted_with(database, KEY) == 0
    now = await accounts_with(database, OTHER).by_id(ada.id)
    assert now is not None
    assert (now.email, now.name, now.profile) == (ada.email, "Grace", Profile("Python", "", "robots"))


async def test_run_ends_when_another_key_becomes_active(database: PostgresDatabase) -> None:
    for _ in range(3):
        await add(database, PLAIN)
    await begin_encryption(database, Reencryption(KEY))
    running = encrypt(database, Reencryption(KEY), size=1)
    await anext(running)

    await begin_encryption(database, Reencryption(OTHER, KEY))

    with pytest.raises(Unavailable):
        await anext(running)
    assert await count_encrypted_with(database, KEY) == 2


@pytest.mark.parametrize(
    ("cipher", "previous", "error"),
    [
        (PLAIN, None, "no key to encrypt with - set DATA_ENCRYPTION_KEY"),
        (OTHER, None, "DATA_ENCRYPTION_KEY is another key"),
        (OTHER, KeyCipher("a third key, never used"), "encrypted with neither key - set DATA_ENCRYPTION_KEY_PREVIOUS"),
    ],
    ids=["no key", "wrong key", "wrong previous key"],
)
async def test_run_with_wrong_keys_changes_nothing(
    database: PostgresDatabase, cipher: FieldCipher, previous: FieldCipher | None, error: str
) -> None:
    reader = await add(database, KEY)

    with pytest.raises(ServiceError, match=error):
        await run(database, cipher, previous)

    assert await accounts_with(database, KEY).by_id(reader.id) == reader
    assert [row["key_id"] for row in await database.fetch(KEYS)] == [KEY.key_id]
