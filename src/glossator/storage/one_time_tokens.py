"""Tokens that work once."""

from datetime import datetime
from typing import Final

from glossator.domain.ports import Database
from glossator.storage.passwords import END_SESSIONS, replace_password

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
