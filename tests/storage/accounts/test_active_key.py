from dataclasses import replace

import pytest

from glossator.domain.errors import Unavailable
from glossator.kernel.errors import ServiceError
from glossator.storage.accounts.active_key import verify_key
from glossator.storage.accounts.encrypted_fields import FieldCipher
from glossator_plugins.postgres.pool import PostgresDatabase
from tests.storage.accounts.encrypted_accounts import (
    KEY,
    KEYS,
    LOOKS_ENCRYPTED,
    OTHER,
    PLAIN,
    accounts_with,
    add,
    plant,
)


@pytest.mark.parametrize("cipher", [PLAIN, KEY], ids=["no key", "key"])
async def test_empty_database_starts_and_nothing_is_written(database: PostgresDatabase, cipher: FieldCipher) -> None:
    await verify_key(database, cipher)

    assert await database.fetch(KEYS) == []


async def test_key_is_recorded_with_the_first_encrypted_field(database: PostgresDatabase) -> None:
    await add(database, KEY)
    await add(database, KEY)

    assert [row["key_id"] for row in await database.fetch(KEYS)] == [KEY.key_id]
    await verify_key(database, KEY)


async def test_missing_key_is_an_error(database: PostgresDatabase) -> None:
    await add(database, KEY)

    with pytest.raises(
        ServiceError, match=f"encrypted .key {KEY.key_id}., and no key is set - set DATA_ENCRYPTION_KEY"
    ):
        await verify_key(database, PLAIN)


async def test_wrong_key_is_an_error_and_writes_no_field(database: PostgresDatabase) -> None:
    await add(database, KEY)

    with pytest.raises(ServiceError, match="DATA_ENCRYPTION_KEY is another key"):
        await verify_key(database, OTHER)
    with pytest.raises(Unavailable):
        await add(database, OTHER)

    assert await database.fetchval("SELECT count(*) FROM users") == 1


async def test_plain_accounts_need_no_key_and_allow_one(database: PostgresDatabase) -> None:
    ada = await add(database, PLAIN)

    await verify_key(database, PLAIN)
    await verify_key(database, KEY)

    assert await accounts_with(database, KEY).by_id(ada.id) == ada
    assert await database.fetch(KEYS) == []


async def test_key_of_an_existing_database_is_found_by_its_emails_and_recorded(database: PostgresDatabase) -> None:
    await plant(database, KEY.encrypt("a@example.com"), KEY.encrypt("b@example.com"), "c@example.com")

    with pytest.raises(ServiceError, match="encrypted, and no key is set"):
        await verify_key(database, PLAIN)
    with pytest.raises(ServiceError, match="encrypted, and DATA_ENCRYPTION_KEY is another key"):
        await verify_key(database, OTHER)
    await verify_key(database, KEY)

    assert [row["key_id"] for row in await database.fetch(KEYS)] == [KEY.key_id]


async def test_one_email_that_cannot_be_decrypted_does_not_prevent_the_start(database: PostgresDatabase) -> None:
    await plant(database, KEY.encrypt("a@example.com"), OTHER.encrypt("b@example.com"))

    await verify_key(database, KEY)


async def test_only_the_newest_twenty_emails_count(database: PostgresDatabase) -> None:
    await plant(database, *[KEY.encrypt("a@example.com")] * 30, *["b@example.com"] * 11, *[LOOKS_ENCRYPTED] * 9)

    await verify_key(database, PLAIN)


async def test_ten_encrypted_of_the_newest_twenty_emails_are_enough(database: PostgresDatabase) -> None:
    await plant(database, *["b@example.com"] * 30, *["b@example.com"] * 10, *[KEY.encrypt("a@example.com")] * 10)

    with pytest.raises(ServiceError, match="encrypted, and no key is set"):
        await verify_key(database, PLAIN)


async def test_nine_encrypted_of_the_newest_twenty_emails_are_not_enough(database: PostgresDatabase) -> None:
    await plant(database, *["b@example.com"] * 11, *[KEY.encrypt("a@example.com")] * 9)

    await verify_key(database, PLAIN)
    await verify_key(database, OTHER)

    assert await database.fetch(KEYS) == []


@pytest.mark.parametrize("name", ["ENC:x", LOOKS_ENCRYPTED])
@pytest.mark.parametrize("cipher", [PLAIN, KEY], ids=["no key", "key"])
async def test_name_that_looks_encrypted_prevents_neither_start_nor_reading(
    database: PostgresDatabase, name: str, cipher: FieldCipher
) -> None:
    reader = await add(database, cipher)
    await database.execute("UPDATE users SET name = $1", name)

    await verify_key(database, cipher)

    assert await accounts_with(database, cipher).by_id(reader.id) == replace(reader, name="")


@pytest.mark.parametrize("name", ["ENC:x", LOOKS_ENCRYPTED])
async def test_name_that_looks_encrypted_survives_encryption(database: PostgresDatabase, name: str) -> None:
    reader = await add(database, KEY, name=name)

    assert await accounts_with(database, KEY).by_id(reader.id) == reader
