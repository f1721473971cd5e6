"""Failed sign-ins and the networks that succeeded; the keys are HMACs, so that a row tells of nobody.

Failures go after a day and known networks after 30 days, a few old rows with each new one; `sweeping` takes the rest.
"""

from datetime import timedelta
from typing import Final

from glossator.domain.accounts.ports import FailureCounts
from glossator.domain.ports.database import Database

# It begins with SELECT, so that it is sent once more when the connection was dead. One whose answer was lost counts
# twice then, which a right password forgives.
COUNT: Final = """
SELECT failure, pair, email, now() - oldest AS oldest, known
FROM glossator.count_sign_in($1, $2, now() - $3::interval, $4, $5)
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
        await self._database.execute("SELECT glossator.forgive_sign_ins($1, $2)", email_key, network_key)

    async def forget(self, email_key: bytes) -> None:
        await self._database.execute("SELECT glossator.forget_sign_ins($1)", email_key)
