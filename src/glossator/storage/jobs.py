"""Stores the records of ingest jobs, which all replicas share."""

import json
from datetime import datetime
from typing import Final
from uuid import UUID

from glossator.domain.book.ingest.job_records import INTERRUPTED, INTERRUPTED_DETAIL, MAX_JOBS, Job
from glossator.domain.ports.database import Database, Row

_INTERRUPT: Final = """
    UPDATE glossator.jobs SET state = 'failed', reason = $2, detail = $3
    WHERE state IN ('queued', 'running') AND seen_at < $1
"""
_INSERT: Final = """
    INSERT INTO glossator.jobs (id, state, created_at, seen_at) VALUES ($1, $2, $3, $4)
    ON CONFLICT ((true)) WHERE state IN ('queued', 'running') DO NOTHING
    RETURNING id
"""
_ACTIVE: Final = "SELECT id FROM glossator.jobs WHERE state IN ('queued', 'running')"
_SAVE: Final = """
    UPDATE glossator.jobs
    SET state = $2, seen_at = $3, pages = $4, total = $5, embedded = $6, result = $7, reason = $8, detail = $9
    WHERE id = $1 AND state IN ('queued', 'running')
    RETURNING id
"""
_DELETE_OLD: Final = """
    DELETE FROM glossator.jobs
    WHERE id IN (SELECT id FROM glossator.jobs ORDER BY created_at DESC, id OFFSET $1)
"""
_GET: Final = "SELECT * FROM glossator.jobs WHERE id = $1"


class StoredJobs:
    """A unique index in the database prevents a second active job."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, job: Job, stale: datetime) -> str | None:
        await self.interrupt(stale)
        args = (UUID(job.id), job.state, job.created_at, job.seen_at)
        while await self._database.fetchval(_INSERT, *args) is None:
            running = await self._database.fetchval(_ACTIVE)
            if running is not None:
                return str(running)
        await self._database.execute(_DELETE_OLD, MAX_JOBS)
        return None

    async def save(self, job: Job) -> bool:
        result = None if job.result is None else json.dumps(job.result)
        args = (job.state, job.seen_at, job.pages, job.total, job.embedded, result, job.reason, job.detail)
        return await self._database.fetchval(_SAVE, UUID(job.id), *args) is not None

    async def get(self, job_id: str) -> Job | None:
        row = await self._database.fetchrow(_GET, UUID(job_id))
        return None if row is None else _job(row)

    async def interrupt(self, stale: datetime) -> int:
        status = await self._database.execute(_INTERRUPT, stale, INTERRUPTED, INTERRUPTED_DETAIL)
        return int(status.rpartition(" ")[2])


def _job(row: Row) -> Job:
    return Job(
        id=str(row["id"]),
        state=row["state"],
        created_at=row["created_at"],
        seen_at=row["seen_at"],
        pages=row["pages"],
        total=row["total"],
        embedded=row["embedded"],
        result=None if row["result"] is None else json.loads(row["result"]),
        reason=row["reason"],
        detail=row["detail"],
    )
