"""Rows whose time has passed: in bounded batches, past rows that somebody holds."""

import logging
from collections.abc import Mapping
from typing import Final

from glossator.domain.errors import Unavailable
from glossator.domain.ports.database import Database

log = logging.getLogger(__name__)

PASSED: Final[Mapping[str, str]] = {
    "login_sessions": "expires_at <= now()",
    "one_time_tokens": "expires_at <= now()",
    "sign_in_failures": "failed_at < now() - interval '1 day'",
    "known_networks": "seen_at < now() - interval '30 days'",
    "rewriting_shares": "day < (now() AT TIME ZONE 'UTC')::date",
}
"""By table of our schema, which of its rows say nothing any more."""
# Locked rows are skipped, or two replicas that sweep at once could wait for each other for ever.
SWEEP: Final = """
DELETE FROM glossator.{table} WHERE ctid IN (
    SELECT ctid FROM glossator.{table} WHERE {passed} LIMIT $1 FOR UPDATE SKIP LOCKED
)
"""


class ExpiredRows:
    """`batch`: rows that one statement removes at most."""

    def __init__(self, database: Database, *, batch: int = 1000) -> None:
        self._database = database
        self._batch = batch

    async def sweep(self) -> int:
        """How many went; fewer than there are when the database goes away, which is no fault of anybody's."""
        gone = 0
        try:
            for table, passed in PASSED.items():
                gone += await self._swept(SWEEP.format(table=table, passed=passed))
        except Unavailable:
            log.warning("rows_not_swept: the database does not answer, the next round tries again")
        log.info("rows_swept: %d whose time had passed", gone)
        return gone

    async def _swept(self, sql: str) -> int:
        gone, removed = 0, self._batch
        while removed == self._batch:
            removed = int((await self._database.execute(sql, self._batch)).split()[-1])
            gone += removed
        return gone
