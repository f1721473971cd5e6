"""Tokens that work once; expired ones go when the next one is made."""

from datetime import datetime
from typing import Final

from glossator.domain.ports import Database

ADD: Final = """
WITH swept AS (DELETE FROM glossator.one_time_tokens WHERE expires_at <= now())
INSERT INTO glossator.one_time_tokens (token_hash, account_id, expires_at) VALUES ($1, $2, $3)
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

    async def take(self, token_hash: bytes) -> str | None:
        account_id: str | None = await self._database.fetchval(TAKE, token_hash)
        return account_id
