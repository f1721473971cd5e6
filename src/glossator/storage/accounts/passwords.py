"""What proves a password, replaces it, and ends with it: statements that several tables share in a transaction.

Tokens that work once.
"""

from datetime import datetime
from typing import Final

from glossator.domain.ports.database import Database, Statements

NEW_HASH: Final = """
WITH changed AS (
    UPDATE users SET password_hash = $2, updated_at = now() WHERE id = $1 RETURNING id
)
INSERT INTO glossator.accounts (account_id, tokens_valid_from)
SELECT id, $3::timestamptz FROM changed
ON CONFLICT (account_id) DO UPDATE SET tokens_valid_from = excluded.tokens_valid_from
"""
# What ends a password locks the same row: whoever waits here looks at it anew, and finds the password gone.
LOCK_PROVED: Final = """
SELECT id FROM users WHERE id = $1 AND password_hash = $2 AND is_active IS NOT FALSE FOR NO KEY UPDATE
"""
END_ONE_TIME_TOKENS: Final = "DELETE FROM glossator.one_time_tokens WHERE account_id = $1"
END_SESSIONS: Final = "DELETE FROM glossator.login_sessions WHERE account_id = $1"


async def replace_password(
    transaction: Statements, account_id: str, password_hash: str, tokens_valid_from: datetime
) -> None:
    """Locks the account; what was handed out before to set a password sets none any more."""
    await transaction.execute(NEW_HASH, account_id, password_hash, tokens_valid_from)
    await transaction.execute(END_ONE_TIME_TOKENS, account_id)


ADD: Final = "INSERT INTO glossator.one_time_tokens (token_hash, account_id, expires_at) VALUES ($1, $2, $3)"
# The account is locked first, as by whoever deletes it, so that no two wait for each other.
LOCK_OWNER: Final = """
SELECT FROM users WHERE id = (SELECT account_id FROM glossator.one_time_tokens WHERE token_hash = $1)
FOR NO KEY UPDATE
"""
TAKE: Final = """
DELETE FROM glossator.one_time_tokens WHERE token_hash = $1
RETURNING CASE WHEN expires_at > now() THEN account_id END
"""


class StoredOneTimeTokens:
    """The port OneTimeTokens."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, token_hash: bytes, account_id: str, expires_at: datetime) -> None:
        await self._database.execute(ADD, token_hash, account_id, expires_at)

    async def spend(self, token_hash: bytes, password_hash: str, *, tokens_valid_from: datetime) -> str | None:
        async with self._database.transaction() as transaction:
            await transaction.execute(LOCK_OWNER, token_hash)
            account_id: str | None = await transaction.fetchval(TAKE, token_hash)
            if account_id is not None:
                await replace_password(transaction, account_id, password_hash, tokens_valid_from)
                await transaction.execute(END_SESSIONS, account_id)
        return account_id
