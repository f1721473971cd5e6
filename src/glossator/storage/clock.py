"""The difference between the clock of this machine and another one.

Login sessions, tokens and limits end at moments that are compared with both clocks, and a process refuses an access
token of another process whose clock is ahead by more than CLOCK_SKEW.
"""

from datetime import UTC, datetime
from typing import Final

from glossator.domain.accounts.sessions.access_token import CLOCK_SKEW
from glossator.domain.ports.database import Database

MAX_SECONDS: Final = 3600.0
"""A token to reset a password is valid for one hour, so a larger difference makes it useless: the start fails."""


async def database_offset(database: Database) -> float:
    """Seconds that the database's clock is ahead, measured at the middle of the round trip. Raises Unavailable."""
    began = datetime.now(UTC)
    there: datetime = await database.fetchval("SELECT clock_timestamp()")
    return (there - began - (datetime.now(UTC) - began) / 2).total_seconds()


def offset_message(seconds: float, other: str) -> str:
    """What is wrong and what to do; blank for clocks that are close enough. `other` names the other clock."""
    if abs(seconds) <= CLOCK_SKEW.total_seconds():
        return ""
    where = "ahead of" if seconds < 0 else "behind"
    return (
        f"the clock of this machine is {abs(seconds):,.0f} s {where} that of {other}, so sessions and tokens end at "
        "wrong times - synchronize it (NTP)"
    )
