"""Failed sign-ins and the networks that succeeded; the keys are HMACs, so that a row tells of nobody.

Failures go after a day and known networks after 30 days, a few old rows with each new one.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from glossator.domain.ports import Database

# Locked rows are skipped, or two attempts that sweep at once could wait for each other for ever.
ADD: Final = """
WITH swept AS (
    DELETE FROM glossator.sign_in_failures WHERE id IN (
        SELECT id FROM glossator.sign_in_failures WHERE failed_at < now() - interval '1 day'
        ORDER BY failed_at LIMIT 100 FOR UPDATE SKIP LOCKED
    )
)
INSERT INTO glossator.sign_in_failures (email_key, network_key) VALUES ($1, $2)
"""
FORGIVE: Final = """
WITH forgiven AS (
    DELETE FROM glossator.sign_in_failures WHERE email_key = $1 AND network_key = $2
), swept AS (
    DELETE FROM glossator.known_networks WHERE (email_key, network_key) IN (
        SELECT email_key, network_key FROM glossator.known_networks
        WHERE seen_at < now() - interval '30 days' AND (email_key, network_key) <> ($1, $2)
        ORDER BY seen_at LIMIT 100 FOR UPDATE SKIP LOCKED
    )
)
INSERT INTO glossator.known_networks (email_key, network_key) VALUES ($1, $2)
ON CONFLICT (email_key, network_key) DO UPDATE SET seen_at = now()
"""
COUNTS: Final = """
SELECT count(*) FILTER (WHERE network_key = $2) AS pair, count(*) AS email,
    min(failed_at) FILTER (WHERE network_key = $2) AS oldest,
    EXISTS (
        SELECT FROM glossator.known_networks
        WHERE email_key = $1 AND network_key = $2 AND seen_at > now() - interval '30 days'
    ) AS known
FROM glossator.sign_in_failures
WHERE email_key = $1 AND failed_at >= $3
"""
FORGET: Final = """
WITH known AS (DELETE FROM glossator.known_networks WHERE email_key = $1)
DELETE FROM glossator.sign_in_failures WHERE email_key = $1
"""


@dataclass(frozen=True)
class Counts:
    """The port FailureCounts."""

    pair: int
    email: int
    oldest: datetime | None
    known: bool


class StoredSignInFailures:
    """The port SignInFailures."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, email_key: bytes, network_key: bytes) -> None:
        await self._database.execute(ADD, email_key, network_key)

    async def forgive(self, email_key: bytes, network_key: bytes) -> None:
        await self._database.execute(FORGIVE, email_key, network_key)

    async def forget(self, email_key: bytes) -> None:
        await self._database.execute(FORGET, email_key)

    async def counts(self, email_key: bytes, network_key: bytes, since: datetime) -> Counts:
        row = await self._database.fetchrow(COUNTS, email_key, network_key, since)
        if row is None:
            raise LookupError("a count always has a row")
        return Counts(row["pair"], row["email"], row["oldest"], row["known"])
