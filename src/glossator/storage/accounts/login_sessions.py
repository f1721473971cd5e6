"""Login sessions by the SHA-256 of their token, with their account."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from glossator.domain.accounts.account import Account, LoginSession
from glossator.domain.errors import NotFound
from glossator.domain.ports.database import Database, Row
from glossator.storage.accounts.encrypted_fields import ACCOUNT_COLUMNS, ACCOUNT_TABLES, AccountFields
from glossator.storage.accounts.passwords import LOCK_VERIFIED

WITH_ACCOUNT: Final = f"""{ACCOUNT_COLUMNS}, s.id AS session_id, s.account_id, s.created_at AS session_created_at,
    s.updated_at AS session_updated_at, s.expires_at, s.remember, s.ip_address, s.user_agent
{ACCOUNT_TABLES}
JOIN glossator.login_sessions s ON s.account_id = a.id AND s.expires_at > now()
"""
BY_TOKEN: Final = f"{WITH_ACCOUNT} WHERE s.token_hash = $1"
OF_ACCOUNT: Final = """
SELECT token_hash, id AS session_id, account_id, created_at AS session_created_at, updated_at AS session_updated_at,
    expires_at, remember, ip_address, user_agent
FROM glossator.login_sessions
WHERE account_id = $1 AND expires_at > now()
ORDER BY created_at DESC, id
"""
ADD: Final = """
INSERT INTO glossator.login_sessions
    (id, account_id, token_hash, created_at, updated_at, expires_at, remember, ip_address, user_agent)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""
REMOVE_OLDEST: Final = """
DELETE FROM glossator.login_sessions WHERE id IN (
    SELECT id FROM glossator.login_sessions WHERE account_id = $1 AND id <> $2
    ORDER BY created_at DESC, id OFFSET $3
)
"""


class StoredLoginSessions:
    """Implements the port LoginSessions."""

    def __init__(self, database: Database, fields: AccountFields) -> None:
        self._database = database
        self._fields = fields

    async def add(self, session: LoginSession, token_hash: bytes, *, password_hash: str, max_sessions: int) -> None:
        """Locks the account, or concurrent sign-ins would each keep too many sessions."""
        values = (
            session.created_at,
            session.updated_at,
            session.expires_at,
            session.remember,
            session.ip_address,
            session.user_agent,
        )
        async with self._database.transaction() as transaction:
            if await transaction.fetchval(LOCK_VERIFIED, session.account_id, password_hash) is None:
                raise NotFound("No active account has this password.")
            await transaction.execute(ADD, session.id, session.account_id, token_hash, *values)
            await transaction.execute(REMOVE_OLDEST, session.account_id, session.id, max_sessions - 1)

    async def by_token(self, token_hash: bytes) -> tuple[LoginSession, Account] | None:
        row = await self._database.fetchrow(BY_TOKEN, token_hash)
        return None if row is None else (login_session(row), self._fields.account(row))

    async def of_account(self, account_id: str) -> Mapping[bytes, LoginSession]:
        rows = await self._database.fetch(OF_ACCOUNT, account_id)
        return {row["token_hash"]: login_session(row) for row in rows}

    async def extend(self, session_id: str, expires_at: datetime) -> None:
        sql = "UPDATE glossator.login_sessions SET expires_at = $2, updated_at = now() WHERE id = $1"
        await self._database.execute(sql, session_id, expires_at)

    async def remove(self, *session_ids: str) -> None:
        await self._database.execute("DELETE FROM glossator.login_sessions WHERE id = ANY ($1)", session_ids)

    async def remove_all(self, account_id: str, *, keep: str | None = None) -> None:
        sql = "DELETE FROM glossator.login_sessions WHERE account_id = $1 AND id IS DISTINCT FROM $2"
        await self._database.execute(sql, account_id, keep)


def login_session(row: Row) -> LoginSession:
    return LoginSession(
        id=row["session_id"],
        account_id=row["account_id"],
        created_at=row["session_created_at"],
        updated_at=row["session_updated_at"],
        expires_at=row["expires_at"],
        remember=row["remember"],
        ip_address=row["ip_address"],
        user_agent=row["user_agent"],
    )
