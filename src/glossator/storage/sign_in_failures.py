"""Failed sign-ins and the networks that succeeded; the keys are HMACs, so that a row tells of nobody.

Failures go after a day and known networks after 30 days, a few old rows with each new one; `sweeping` takes the rest.
"""

from datetime import timedelta
from typing import Final

from glossator.domain.accounts.ports import FailureCounts
from glossator.domain.ports import Database

# Not a bare SELECT, which would be sent again over a dead connection and count twice.
COUNT: Final = """
WITH counted AS (SELECT * FROM glossator.count_sign_in($1, $2, now() - $3::interval, $4, $5))
SELECT failure, pair, email, now() - oldest AS oldest, known FROM counted
"""
# Locked rows are skipped, or two that sweep at once could wait for each other for ever.
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
FORGET: Final = """
WITH known AS (DELETE FROM glossator.known_networks WHERE email_key = $1)
DELETE FROM glossator.sign_in_failures WHERE email_key = $1
"""


class StoredSignInFailures:
    """The port SignInFailures."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def count(
        self, email_key: bytes, network_key: bytes, within: timedelta, *, most_of_pair: int, most_of_email: int
    ) -> FailureCounts:
        row = await self._database.fetchrow(COUNT, email_key, network_key, within, most_of_pair, most_of_email)
        if row is None:
            raise LookupError("a count always has a row")
        return FailureCounts(row["failure"], row["pair"], row["email"], row["oldest"], row["known"])

    async def withdraw(self, failure: int) -> None:
        await self._database.execute("DELETE FROM glossator.sign_in_failures WHERE id = $1", failure)

    async def forgive(self, email_key: bytes, network_key: bytes) -> None:
        await self._database.execute(FORGIVE, email_key, network_key)

    async def forget(self, email_key: bytes) -> None:
        await self._database.execute(FORGET, email_key)
