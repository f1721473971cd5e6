import asyncio
import logging
from dataclasses import replace

import asyncpg
import pytest

from glossator.domain.accounts.account import Account, Profile
from glossator.domain.accounts.encryption import KeyCipher, NoCipher
from glossator.domain.accounts.registration import ProfileChanges
from glossator.storage.accounts.accounts import StoredAccounts
from glossator.storage.accounts.encrypted_fields import AccountFields, FieldCipher
from glossator_plugins.postgres.pool import PostgresDatabase
from tests.storage.accounts.people import NOW, an_account

PROFILE = Profile("Python", "a laptop", "robots")
CHANGES = ProfileChanges(technical_background="Python", hardware_access="a laptop", learning_goals="robots")


@pytest.fixture(params=["plain", "encrypted"])
def cipher(request: pytest.FixtureRequest) -> FieldCipher:
    return KeyCipher("a key") if request.param == "encrypted" else NoCipher()


@pytest.fixture
def accounts(database: PostgresDatabase, cipher: FieldCipher) -> StoredAccounts:
    return StoredAccounts(database, AccountFields(cipher))


async def found(accounts: StoredAccounts, account_id: str) -> Account:
    account = await accounts.by_id(account_id)
    assert account is not None
    return account


async def test_nul_is_an_error_and_the_next_statement_works(accounts: StoredAccounts) -> None:
    with pytest.raises(asyncpg.CharacterNotInRepertoireError):
        await accounts.by_id("a\x00b")

    assert await accounts.page(1, 0) == ([], 0)


async def test_tokens_end_for_an_account_of_the_existing_deployment(
    accounts: StoredAccounts, database: PostgresDatabase
) -> None:
    ada = an_account()
    await accounts.add(ada)
    await database.execute("DELETE FROM glossator.accounts")

    await accounts.end_tokens(ada.id, NOW)

    assert (await found(accounts, ada.id)).tokens_valid_from == NOW


async def test_concurrent_first_profiles_create_one_row(accounts: StoredAccounts, database: PostgresDatabase) -> None:
    ada = an_account()
    await accounts.add(ada)

    await asyncio.gather(*(accounts.change_profile(ada.id, CHANGES) for _ in range(8)))

    assert await database.fetchval("SELECT count(*) FROM user_profiles") == 1


async def test_profile_of_the_existing_deployment_keeps_its_row(
    accounts: StoredAccounts, database: PostgresDatabase
) -> None:
    ada = an_account()
    await accounts.add(ada)
    await database.execute("INSERT INTO user_profiles (id, user_id, preferences) VALUES ('p', $1, 'dark')", ada.id)

    await accounts.change_profile(ada.id, CHANGES)

    assert (await found(accounts, ada.id)).profile == PROFILE
    assert await database.fetchval("SELECT string_agg(preferences, ',') FROM user_profiles") == "dark"


async def test_row_with_only_required_columns_is_read(accounts: StoredAccounts, database: PostgresDatabase) -> None:
    columns = "id, email, email_hash, password_hash, proficiency, email_verified, is_active, created_at, updated_at"
    await database.execute(f"INSERT INTO users ({columns}) VALUES ('1', 'A@b', 'h', 'p', NULL, NULL, NULL, NULL, NULL)")

    account = await found(accounts, "1")

    assert (account.email, account.name, account.proficiency) == ("A@b", "", "pro")
    assert (account.is_active, account.email_verified, account.created_at.tzinfo is None) == (True, False, False)


async def test_no_personal_data_is_readable_in_an_encrypted_row(database: PostgresDatabase) -> None:
    accounts = StoredAccounts(database, AccountFields(KeyCipher("a key")))

    await accounts.add(replace(an_account("ada@example.com"), profile=PROFILE))

    rows = await database.fetch("SELECT u, p FROM users u JOIN user_profiles p ON p.user_id = u.id")
    assert not [word for word in ("ada@", "Ada", "Python", "laptop", "robots") if word in str(rows)]


def test_the_set_of_logged_accounts_is_bounded(caplog: pytest.LogCaptureFixture) -> None:
    fields, encrypted = AccountFields(KeyCipher("a key"), max_logged=2), KeyCipher("another key").encrypt("Ada")

    for account_id in ("one", "two", "two", "three", "one", "three"):
        fields.decrypt(account_id, encrypted)

    assert [record.getMessage().split()[2] for record in caplog.records] == ["one", "two", "three", "one"]


async def test_field_that_cannot_be_decrypted_reads_as_empty_and_is_logged_once(
    database: PostgresDatabase, caplog: pytest.LogCaptureFixture
) -> None:
    ada = replace(an_account("ada@example.com"), profile=PROFILE)
    await StoredAccounts(database, AccountFields(KeyCipher("former"))).add(ada)
    accounts = StoredAccounts(database, AccountFields(KeyCipher("other")))

    with caplog.at_level(logging.ERROR):
        read = [await accounts.by_id(ada.id), await accounts.by_email(ada.email)]

    assert read == [replace(ada, email="", name="", profile=Profile())] * 2
    assert [record.getMessage() for record in caplog.records] == [
        f"field_not_opened: account {ada.id} has a field that the encryption key cannot decrypt"
    ]


async def test_writes_during_the_deletion_of_an_account_are_dropped(
    accounts: StoredAccounts, database_dsn: str
) -> None:
    ada = an_account()
    await accounts.add(ada)
    leaving = await asyncpg.connect(database_dsn)
    async with leaving.transaction():
        await leaving.execute("DELETE FROM users WHERE id = $1", ada.id)
        writes = asyncio.gather(accounts.end_tokens(ada.id, NOW), accounts.change_profile(ada.id, CHANGES))
        async with asyncio.timeout(60):
            while await leaving.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted") < 2:
                await asyncio.sleep(0.01)
    await writes

    assert await accounts.by_id(ada.id) is None
    assert await leaving.fetchval("SELECT count(*) FROM user_profiles") == 0
    await leaving.close()


async def test_unnamed_fields_are_not_written(accounts: StoredAccounts, database: PostgresDatabase) -> None:
    """A field may be encrypted with a key that is not active, or longer than new ones may be."""
    ada = an_account()
    await accounts.add(replace(ada, image="/ada.png"))
    await database.execute("UPDATE users SET name = $1", "x" * 512)
    await database.execute(
        "INSERT INTO user_profiles (id, user_id, technical_background) VALUES ('p', $1, 'ENC:of another key')", ada.id
    )

    await accounts.change(ada.id, {"proficiency": "beginner"})
    await accounts.change_profile(ada.id, {"hardware_access": "a laptop"})

    kept = await database.fetchrow("SELECT name, proficiency, technical_background FROM users, user_profiles")
    assert kept is not None
    assert tuple(kept) == ("x" * 512, "beginner", "ENC:of another key")
    assert (await found(accounts, ada.id)).image == "/ada.png"


async def test_the_newer_of_two_profiles_is_changed(accounts: StoredAccounts, database: PostgresDatabase) -> None:
    ada = an_account()
    await accounts.add(ada)
    for name, age in (("a-older", "2 days"), ("b-newer", "1 day")):
        await database.execute(
            "INSERT INTO user_profiles (id, user_id, learning_goals, updated_at)"
            f" VALUES ($1, $2, $1::varchar, now() - interval '{age}')",
            name,
            ada.id,
        )

    await accounts.change_profile(ada.id, {"hardware_access": "a laptop"})

    assert (await found(accounts, ada.id)).profile == Profile("", "a laptop", "b-newer")
