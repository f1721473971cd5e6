"""Failed sign-ins and known networks; the keys are HMACs, so that rows identify no reader.

Failures expire after a day, known networks after 30 days. Each insert deletes a few old rows, `ExpiredRows` the rest.
"""

from datetime import timedelta
from typing import Final

from glossator.domain.accounts.ports import FailureCounts
from glossator.domain.ports.database import Database

# It begins with SELECT, so it is retried on a dead connection. If only the response was lost, the attempt counts twice,
# which a right password forgives.
COUNT: Final = """
SELECT failure, pair, email, now() - oldest AS oldest, known
FROM glossator.count_sign_in($1, $2, now() - $3::interval, $4, $5)
"""


class StoredSignInFailures:
    """Implements the port SignInFailures."""

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
