"""Accounts with plain or encrypted fields, with different keys."""

from dataclasses import replace
from typing import Final

from glossator.domain.accounts.account import Account, Profile
from glossator.domain.accounts.encryption import KeyCipher, NoCipher
from glossator.storage.accounts.accounts import StoredAccounts
from glossator.storage.accounts.encrypted_fields import AccountFields, FieldCipher
from glossator_plugins.postgres.pool import PostgresDatabase
from tests.storage.accounts.people import an_account

PLAIN: Final = NoCipher()
KEY: Final = KeyCipher("a key that is long enough")
OTHER: Final = KeyCipher("another key, long enough")
KEYS: Final = "SELECT key_id FROM glossator.encryption"
LOOKS_ENCRYPTED: Final = "ENC:" + "abcd" * 10


def accounts_with(database: PostgresDatabase, cipher: FieldCipher) -> StoredAccounts:
    return StoredAccounts(database, AccountFields(cipher))


async def add(database: PostgresDatabase, cipher: FieldCipher, **names: str) -> Account:
    account = replace(an_account(), name=names.get("name", "Ada"), profile=Profile(learning_goals="robots"))
    await accounts_with(database, cipher).add(account)
    return account


async def plant(database: PostgresDatabase, *emails: str) -> None:
    """Inserts rows of the existing deployment, oldest first."""
    for number, email in enumerate(emails):
        await database.execute(
            "INSERT INTO users (id, email, email_hash, password_hash, created_at)"
            " VALUES ($1, $2, $1, 'hash', now() + $3 * interval '1 second')",
            str(number),
            email,
            number,
        )
