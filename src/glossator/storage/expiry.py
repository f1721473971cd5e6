"""Deletes expired rows in bounded batches; locked rows are skipped."""

import logging
from collections.abc import Mapping
from typing import Final

from glossator.domain.errors import Unavailable
from glossator.domain.ports.database import Database

log = logging.getLogger(__name__)

EXPIRED: Final[Mapping[str, str]] = {
    "login_sessions": "expires_at <= now()",
    "one_time_tokens": "expires_at <= now()",
    "sign_in_failures": "failed_at < now() - interval '1 day'",
    "known_networks": "seen_at < now() - interval '30 days'",
    "budget_counts": "period < (now() AT TIME ZONE 'UTC')::date - CASE WHEN key = '' THEN 400 ELSE 0 END",
    "budget_usage": "day < (now() AT TIME ZONE 'UTC')::date - 400",
    "feedback": "account_id IS NULL AND given_at < now() - interval '400 days'",
    "asked_questions": """
        asked_at < now() - interval '{report_days} days'
        OR asked_at < (SELECT asked_at FROM glossator.asked_questions ORDER BY asked_at DESC OFFSET {questions} LIMIT 1)
        OR question IS NOT NULL AND problem IS NULL AND asked_at < now() - interval '1 day' AND NOT EXISTS (
            SELECT FROM glossator.feedback f WHERE f.answer_id = asked_questions.answer_id AND f.rating = 'down'
        )
    """,
    "answer_counts": "day < (now() AT TIME ZONE 'UTC')::date - {report_days}",
    "rewriting_shares": "day < (now() AT TIME ZONE 'UTC')::date",
}
"""The condition for expired rows, by table of our schema. Text of a reader without an account whose answer had no
problem is kept for a day, in which it can be rated."""
MAX_QUESTIONS: Final = 20_000
"""About 30 MB with vectors of 1,536 dimensions."""
# SKIP LOCKED avoids deadlocks between two replicas that sweep at once.
SWEEP: Final = """
DELETE FROM glossator.{table} WHERE ctid IN (
    SELECT ctid FROM glossator.{table} WHERE {condition} LIMIT $1 FOR UPDATE SKIP LOCKED
)
"""


class ExpiredRows:
    """`batch`: maximum number of rows that one statement deletes. `report_days`: how long the report's data are kept;
    `questions`: how many of them."""

    def __init__(
        self, database: Database, *, batch: int = 1000, report_days: int = 30, questions: int = MAX_QUESTIONS
    ) -> None:
        self._database = database
        self._batch = batch
        self._limits = {"report_days": report_days, "questions": questions}

    async def sweep(self) -> int:
        """The number of deleted rows. Stops early, without an error, if the database becomes unavailable."""
        deleted = 0
        try:
            for table, condition in EXPIRED.items():
                expired = condition.format_map(self._limits)
                deleted += await self._sweep_table(SWEEP.format(table=table, condition=expired))
        except Unavailable:
            log.warning("rows_not_swept: the database is unavailable, the next run will try again")
        log.info("rows_swept: %d expired rows deleted", deleted)
        return deleted

    async def _sweep_table(self, sql: str) -> int:
        total, deleted = 0, self._batch
        while deleted == self._batch:
            deleted = int((await self._database.execute(sql, self._batch)).split()[-1])
            total += deleted
        return total
