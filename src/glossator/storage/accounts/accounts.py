"""Accounts in the existing deployment's tables `users` and `user_profiles`, and in our own `glossator.accounts`."""

from collections.abc import AsyncGenerator, Sequence
from datetime import datetime
from typing import Final

from glossator.domain.accounts.account import Account, email_hash
from glossator.domain.accounts.registration import AccountChanges, ProfileChanges
from glossator.domain.errors import AlreadyExists
from glossator.domain.ports.database import Database
from glossator.storage.accounts.active_key import HeldKey, key_proof
from glossator.storage.accounts.encrypted_fields import ACCOUNT_COLUMNS, ACCOUNT_TABLES, AccountFields, FieldCipher
from glossator.storage.accounts.export import export_account
from glossator.storage.accounts.passwords import END_SESSIONS, LOCK_VERIFIED, replace_password

BY_ID: Final = f"{ACCOUNT_COLUMNS} {ACCOUNT_TABLES} WHERE a.id = $1"
BY_EMAIL: Final = f"{ACCOUNT_COLUMNS} {ACCOUNT_TABLES} WHERE a.email_hash = $1"
PAGE: Final = f"{ACCOUNT_COLUMNS} {ACCOUNT_TABLES} ORDER BY a.created_at DESC, a.id LIMIT $1 OFFSET $2"

ADD: Final = """
WITH added AS (
    INSERT INTO users (id, email, email_hash, name, password_hash, proficiency, provider, email_verified, is_active,
        created_at, updated_at)
    SELECT $3, $4, $5, $6, $7, $8, 'credentials', $9, $10, $11, $12 WHERE (SELECT glossator.hold_key($1, $2))
    ON CONFLICT (email_hash) DO NOTHING
    RETURNING id
), detailed AS (
    INSERT INTO glossator.accounts (account_id, image, tokens_valid_from)
    SELECT id, $13::text, $14::timestamptz FROM added
), described AS (
    INSERT INTO user_profiles
        (id, user_id, technical_background, hardware_access, learning_goals, created_at, updated_at)
    SELECT id, id, $15::text, $16::text, $17::text, $11, $12 FROM added WHERE $15 IS NOT NULL
)
SELECT count(*) FROM added
"""
# Here and in CHANGE_PROFILE a NULL value keeps the column. ADD and both of these verify that their key is active.
CHANGE: Final = """
WITH changed AS (
    UPDATE users SET name = coalesce($4, name), proficiency = coalesce($5, proficiency), updated_at = now()
    WHERE id = $3 AND (SELECT glossator.hold_key($1, $2)) RETURNING id
)
INSERT INTO glossator.accounts (account_id, image) SELECT id, $7 FROM changed WHERE $6
ON CONFLICT (account_id) DO UPDATE SET image = excluded.image
"""
END_TOKENS: Final = """
INSERT INTO glossator.accounts (account_id, tokens_valid_from)
SELECT id, $2 FROM (SELECT id FROM users WHERE id = $1 FOR KEY SHARE) AS there
ON CONFLICT (account_id) DO UPDATE SET tokens_valid_from = excluded.tokens_valid_from
"""
# END_TOKENS and this lock the account's row, or they would still see one that is being deleted.
# A profile created here has the account's id, so that two concurrent first changes cannot both insert one.
CHANGE_PROFILE: Final = """
WITH changed AS (
    UPDATE user_profiles
    SET technical_background = coalesce($4, technical_background), hardware_access = coalesce($5, hardware_access),
        learning_goals = coalesce($6, learning_goals), updated_at = now()
    WHERE (SELECT glossator.hold_key($1, $2)) AND id = (
        SELECT id FROM user_profiles WHERE user_id = $3 ORDER BY updated_at DESC NULLS LAST, id LIMIT 1
    )
    RETURNING id
)
INSERT INTO user_profiles AS first
    (id, user_id, technical_background, hardware_access, learning_goals, created_at, updated_at)
SELECT id, id, coalesce($4, ''), coalesce($5, ''), coalesce($6, ''), now(), now()
FROM (SELECT id FROM users WHERE id = $3 FOR KEY SHARE) AS there
WHERE (SELECT glossator.hold_key($1, $2)) AND NOT EXISTS (SELECT FROM changed)
ON CONFLICT (id) DO UPDATE SET technical_background = coalesce($4, first.technical_background),
    hardware_access = coalesce($5, first.hardware_access), learning_goals = coalesce($6, first.learning_goals),
    updated_at = now()
"""
# The first statement blocks concurrent inserts for the account. Rows of the existing tables are deleted one table at a
# time, since tables that another program created need not cascade; ours do.
DELETE: Final = (
    "SELECT FROM users WHERE id = $1 FOR UPDATE",
    "DELETE FROM chat_messages WHERE session_id IN (SELECT id FROM chat_sessions WHERE user_id = $1)",
    "DELETE FROM chat_sessions WHERE user_id = $1",
    "DELETE FROM user_profiles WHERE user_id = $1",
    "DELETE FROM users WHERE id = $1",
)


class StoredAccounts:
    """Implements the port Accounts."""

    def __init__(self, database: Database, fields: AccountFields) -> None:
        self._database = database
        self._fields = fields
        self._held_key = HeldKey(fields.cipher)

    async def add(self, account: Account) -> None:
        if not await self._held_key.write(
            lambda key: self._database.fetchval(ADD, *key_proof(key), *values_of(account, key))
        ):
            raise AlreadyExists("An account with this e-mail already exists.")

    async def by_id(self, account_id: str) -> Account | None:
        row = await self._database.fetchrow(BY_ID, account_id)
        return None if row is None else self._fields.account(row)

    async def by_email(self, email: str) -> Account | None:
        row = await self._database.fetchrow(BY_EMAIL, email_hash(email))
        return None if row is None else self._fields.account(row)

    async def change(self, account_id: str, changes: AccountChanges) -> None:
        others = changes.get("proficiency"), "image" in changes, changes.get("image")

        async def write(key: FieldCipher) -> None:
            name = encrypt_optional(key, changes.get("name"))
            await self._database.execute(CHANGE, *key_proof(key), account_id, name, *others)

        await self._held_key.write(write)

    async def set_password(
        self, account_id: str, old: str, new: str, *, tokens_valid_from: datetime, end_sessions: bool
    ) -> bool:
        async with self._database.transaction() as transaction:
            if await transaction.fetchval(LOCK_VERIFIED, account_id, old) is None:
                return False
            await replace_password(transaction, account_id, new, tokens_valid_from)
            if end_sessions:
                await transaction.execute(END_SESSIONS, account_id)
        return True

    async def renew_password_hash(self, account_id: str, old: str, new: str) -> bool:
        sql = "UPDATE users SET password_hash = $3 WHERE id = $1 AND password_hash = $2"
        return await self._database.execute(sql, account_id, old, new) == "UPDATE 1"

    async def end_tokens(self, account_id: str, tokens_valid_from: datetime) -> None:
        await self._database.execute(END_TOKENS, account_id, tokens_valid_from)

    async def change_profile(self, account_id: str, changes: ProfileChanges) -> None:
        texts = changes.get("technical_background"), changes.get("hardware_access"), changes.get("learning_goals")

        async def write(key: FieldCipher) -> None:
            fields = [encrypt_optional(key, text) for text in texts]
            await self._database.execute(CHANGE_PROFILE, *key_proof(key), account_id, *fields)

        await self._held_key.write(write)

    async def set_active(self, account_id: str, *, active: bool) -> None:
        sql = "UPDATE users SET is_active = $2, updated_at = now() WHERE id = $1"
        await self._database.execute(sql, account_id, active)

    async def page(self, limit: int, offset: int) -> tuple[Sequence[Account], int]:
        rows = await self._database.fetch(PAGE, limit, offset)
        total = await self._database.fetchval("SELECT count(*) FROM users")
        return [self._fields.account(row) for row in rows], total

    def export(self, account_id: str) -> AsyncGenerator[str, None]:
        return export_account(self._database, self._fields, account_id)

    async def delete(self, account_id: str) -> None:
        async with self._database.transaction() as transaction:
            for statement in DELETE:
                await transaction.execute(statement, account_id)


def values_of(account: Account, key: FieldCipher) -> tuple[object, ...]:
    """Values for ADD, in its order."""
    profile = account.profile
    texts = (profile.technical_background, profile.hardware_access, profile.learning_goals) if profile else (None,) * 3
    return (
        account.id,
        key.encrypt(account.email),
        email_hash(account.email),
        key.encrypt(account.name),
        account.password_hash,
        account.proficiency,
        account.email_verified,
        account.is_active,
        account.created_at,
        account.updated_at,
        account.image,
        account.tokens_valid_from,
        *(encrypt_optional(key, text) for text in texts),
    )


def encrypt_optional(key: FieldCipher, text: str | None) -> str | None:
    return None if text is None else key.encrypt(text)
