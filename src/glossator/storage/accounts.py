"""Accounts over the existing deployment's tables `users` and `user_profiles`, and our own beside them."""

from collections.abc import AsyncGenerator, Sequence
from datetime import datetime
from typing import Final

from glossator.domain.accounts.account import Account, Profile
from glossator.domain.accounts.emails import email_hash
from glossator.domain.accounts.registration import AccountChanges, ProfileChanges
from glossator.domain.errors import AlreadyExists
from glossator.domain.ports import Database, Statements
from glossator.storage.account_export import export_account
from glossator.storage.account_fields import ACCOUNT_COLUMNS, ACCOUNT_TABLES, AccountFields
from glossator.storage.encryption import KeyMark

BY_ID: Final = f"{ACCOUNT_COLUMNS} {ACCOUNT_TABLES} WHERE a.id = $1"
BY_EMAIL: Final = f"{ACCOUNT_COLUMNS} {ACCOUNT_TABLES} WHERE a.email_hash = $1"
PAGE: Final = f"{ACCOUNT_COLUMNS} {ACCOUNT_TABLES} ORDER BY a.created_at DESC, a.id LIMIT $1 OFFSET $2"

ADD: Final = """
WITH added AS (
    INSERT INTO users (id, email, email_hash, name, password_hash, proficiency, provider, email_verified, is_active,
        created_at, updated_at)
    VALUES ($1, $2, $3, $4, $5, $6, 'credentials', $7, $8, $9, $10)
    ON CONFLICT (email_hash) DO NOTHING
    RETURNING id
), detailed AS (
    INSERT INTO glossator.accounts (account_id, image, tokens_valid_from)
    SELECT id, $11::text, $12::timestamptz FROM added
), described AS (
    INSERT INTO user_profiles
        (id, user_id, technical_background, hardware_access, learning_goals, created_at, updated_at)
    SELECT id, id, $13::text, $14::text, $15::text, $9, $10 FROM added WHERE $13 IS NOT NULL
)
SELECT count(*) FROM added
"""
# Here and in a profile: what is NULL among the values stays as it is.
CHANGE: Final = """
WITH changed AS (
    UPDATE users SET name = coalesce($2, name), proficiency = coalesce($3, proficiency), updated_at = now()
    WHERE id = $1 RETURNING id
)
INSERT INTO glossator.accounts (account_id, image) SELECT id, $5 FROM changed WHERE $4
ON CONFLICT (account_id) DO UPDATE SET image = excluded.image
"""
NEW_HASH: Final = """
WITH changed AS (
    UPDATE users SET password_hash = $2, updated_at = now() WHERE id = $1 RETURNING id
)
INSERT INTO glossator.accounts (account_id, tokens_valid_from)
SELECT id, $3::timestamptz FROM changed
ON CONFLICT (account_id) DO UPDATE SET tokens_valid_from = excluded.tokens_valid_from
"""
END_ONE_TIME_TOKENS: Final = "DELETE FROM glossator.one_time_tokens WHERE account_id = $1"
END_SESSIONS: Final = "DELETE FROM glossator.login_sessions WHERE account_id = $1"
END_TOKENS: Final = """
INSERT INTO glossator.accounts (account_id, tokens_valid_from)
SELECT id, $2 FROM (SELECT id FROM users WHERE id = $1 FOR KEY SHARE) AS there
ON CONFLICT (account_id) DO UPDATE SET tokens_valid_from = excluded.tokens_valid_from
"""
# Both lock the account's row, or one that is being deleted would still look as if it were there.
# Profiles made here bear the account's id, so that two first ones at once cannot both be stored.
CHANGE_PROFILE: Final = """
WITH changed AS (
    UPDATE user_profiles
    SET technical_background = coalesce($2, technical_background), hardware_access = coalesce($3, hardware_access),
        learning_goals = coalesce($4, learning_goals), updated_at = now()
    WHERE id = (
        SELECT id FROM user_profiles WHERE user_id = $1 ORDER BY updated_at DESC NULLS LAST, id LIMIT 1
    )
    RETURNING id
)
INSERT INTO user_profiles AS first
    (id, user_id, technical_background, hardware_access, learning_goals, created_at, updated_at)
SELECT id, id, coalesce($2, ''), coalesce($3, ''), coalesce($4, ''), now(), now()
FROM (SELECT id FROM users WHERE id = $1 FOR KEY SHARE) AS there
WHERE NOT EXISTS (SELECT FROM changed)
ON CONFLICT (id) DO UPDATE SET technical_background = coalesce($2, first.technical_background),
    hardware_access = coalesce($3, first.hardware_access), learning_goals = coalesce($4, first.learning_goals),
    updated_at = now()
"""
# The first statement keeps others from adding to the account meanwhile. The existing tables are emptied one by one,
# since one that another program made need not cascade; ours do.
DELETE: Final = (
    "SELECT FROM users WHERE id = $1 FOR UPDATE",
    "DELETE FROM chat_messages WHERE session_id IN (SELECT id FROM chat_sessions WHERE user_id = $1)",
    "DELETE FROM chat_sessions WHERE user_id = $1",
    "DELETE FROM user_profiles WHERE user_id = $1",
    "DELETE FROM users WHERE id = $1",
)


async def replace_password(
    transaction: Statements, account_id: str, password_hash: str, tokens_valid_from: datetime
) -> None:
    """Locks the account; what was handed out before to set a password sets none any more."""
    await transaction.execute(NEW_HASH, account_id, password_hash, tokens_valid_from)
    await transaction.execute(END_ONE_TIME_TOKENS, account_id)


class StoredAccounts:
    """The port Accounts."""

    def __init__(self, database: Database, fields: AccountFields) -> None:
        self._database = database
        self._fields = fields
        self._seal = fields.sealer.seal
        self._key = KeyMark(database, fields.sealer)

    async def add(self, account: Account) -> None:
        await self._key.ensure()
        added = await self._database.fetchval(
            ADD,
            account.id,
            self._seal(account.email),
            email_hash(account.email),
            self._seal(account.name),
            account.password_hash,
            account.proficiency,
            account.email_verified,
            account.is_active,
            account.created_at,
            account.updated_at,
            account.image,
            account.tokens_valid_from,
            *(self._texts(account.profile) if account.profile else (None, None, None)),
        )
        if not added:
            raise AlreadyExists("An account with this e-mail exists already.")

    async def by_id(self, account_id: str) -> Account | None:
        row = await self._database.fetchrow(BY_ID, account_id)
        return None if row is None else self._fields.account(row)

    async def by_email(self, email: str) -> Account | None:
        row = await self._database.fetchrow(BY_EMAIL, email_hash(email))
        return None if row is None else self._fields.account(row)

    async def change(self, account_id: str, changes: AccountChanges) -> None:
        await self._key.ensure()
        name = self._sealed(changes.get("name"))
        image = "image" in changes, changes.get("image")
        await self._database.execute(CHANGE, account_id, name, changes.get("proficiency"), *image)

    async def set_password(
        self, account_id: str, password_hash: str, *, tokens_valid_from: datetime, end_sessions: bool
    ) -> None:
        async with self._database.transaction() as transaction:
            await replace_password(transaction, account_id, password_hash, tokens_valid_from)
            if end_sessions:
                await transaction.execute(END_SESSIONS, account_id)

    async def renew_password_hash(self, account_id: str, old: str, new: str) -> None:
        sql = "UPDATE users SET password_hash = $3 WHERE id = $1 AND password_hash = $2"
        await self._database.execute(sql, account_id, old, new)

    async def end_tokens(self, account_id: str, tokens_valid_from: datetime) -> None:
        await self._database.execute(END_TOKENS, account_id, tokens_valid_from)

    async def change_profile(self, account_id: str, changes: ProfileChanges) -> None:
        await self._key.ensure()
        texts = changes.get("technical_background"), changes.get("hardware_access"), changes.get("learning_goals")
        await self._database.execute(CHANGE_PROFILE, account_id, *map(self._sealed, texts))

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

    def _sealed(self, text: str | None) -> str | None:
        return None if text is None else self._seal(text)

    def _texts(self, profile: Profile) -> tuple[str, str, str]:
        """Sealed, in the order of the columns."""
        return (
            self._seal(profile.technical_background),
            self._seal(profile.hardware_access),
            self._seal(profile.learning_goals),
        )
