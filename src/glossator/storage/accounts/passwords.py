"""Replaces passwords, in transactions over several tables; stores one-time tokens and failed sign-ins."""

from datetime import datetime, timedelta
from typing import Final

from glossator.domain.accounts.ports import FailureCounts
from glossator.domain.ports.database import Database, Statements

NEW_HASH: Final = """
WITH changed AS (
    UPDATE users SET password_hash = $2, updated_at = now() WHERE id = $1 RETURNING id
)
INSERT INTO glossator.accounts (account_id, tokens_valid_from)
SELECT id, $3::timestamptz FROM changed
ON CONFLICT (account_id) DO UPDATE SET tokens_valid_from = excluded.tokens_valid_from
"""
# Whatever ends a password locks the same row, so after waiting here the old password is no longer found.
LOCK_VERIFIED: Final = """
SELECT id FROM users WHERE id = $1 AND password_hash = $2 AND is_active IS NOT FALSE FOR NO KEY UPDATE
"""
END_ONE_TIME_TOKENS: Final = "DELETE FROM glossator.one_time_tokens WHERE account_id = $1"
END_SESSIONS: Final = "DELETE FROM glossator.login_sessions WHERE account_id = $1"


async def replace_password(
    transaction: Statements, account_id: str, password_hash: str, tokens_valid_from: datetime
) -> None:
    """Locks the account and invalidates its one-time tokens."""
    await transaction.execute(NEW_HASH, account_id, password_hash, tokens_valid_from)
    await transaction.execute(END_ONE_TIME_TOKENS, account_id)


ADD: Final = "INSERT INTO glossator.one_time_tokens (token_hash, account_id, expires_at) VALUES ($1, $2, $3)"
# Locks the account first, in the same order as its deletion, to avoid deadlocks.
LOCK_OWNER: Final = """
SELECT FROM users WHERE id = (SELECT account_id FROM glossator.one_time_tokens WHERE token_hash = $1)
FOR NO KEY UPDATE
"""
TAKE: Final = """
DELETE FROM glossator.one_time_tokens WHERE token_hash = $1
RETURNING CASE WHEN expires_at > now() THEN account_id END
"""


class StoredOneTimeTokens:
    """Implements the port OneTimeTokens."""

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


# It begins with SELECT, so it is retried on a dead connection. If only the response was lost, the attempt counts twice,
# which a right password forgives.
COUNT: Final = """
SELECT failure, pair, email, now() - oldest AS oldest, known
FROM glossator.count_sign_in($1, $2, now() - $3::interval, $4, $5)
"""


class StoredSignInFailures:
    """Implements the port SignInFailures. The keys are HMACs, so rows identify no reader.

    Failures expire after a day, known networks after 30 days. Inserts delete a few old rows, `ExpiredRows` the rest.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def count(
        self, email_key: bytes, network_key: bytes, within: timedelta, *, max_per_pair: int, max_per_email: int
    ) -> FailureCounts:
        row = await self._database.fetchrow(COUNT, email_key, network_key, within, max_per_pair, max_per_email)
        if row is None:
            raise LookupError("count_sign_in returned no row")
        return FailureCounts(row["failure"], row["pair"], row["email"], row["oldest"], row["known"])

    async def withdraw(self, failure: int) -> None:
        await self._database.execute("DELETE FROM glossator.sign_in_failures WHERE id = $1", failure)

    async def forgive(self, email_key: bytes, network_key: bytes) -> None:
        await self._database.execute("SELECT glossator.forgive_sign_ins($1, $2)", email_key, network_key)

    async def forget(self, email_key: bytes) -> None:
        await self._database.execute("SELECT glossator.forget_sign_ins($1)", email_key)
