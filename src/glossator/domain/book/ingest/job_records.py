"""Ingest jobs and the port that stores their records; `storage` implements it over the Database port.

MemoryJobs stores the records of one process, for a server without a database.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, Literal, Protocol

from glossator.domain.book.ingest.summary import Estimate, MaxCost

JobState = Literal["queued", "running", "done", "failed"]

ACTIVE_STATES: Final = frozenset({"queued", "running"})
INTERRUPTED: Final = "interrupted"
INTERRUPTED_DETAIL: Final = "The server stopped. Repeat the ingest: finished work is not embedded again."
MAX_JOBS: Final = 100
"""The number of stored jobs; older ones are deleted."""


@dataclass(frozen=True)
class Job:
    """`seen_at` is updated while the job's process is alive. `filled`, `estimate`, `max_cost` and `suggested`
    are known to that process alone.

    A failed job has a `reason` (a code) and a `detail` (a sentence of ours).
    """

    id: str
    state: JobState
    created_at: datetime
    seen_at: datetime
    pages: int = 0
    total: int | None = None
    embedded: int = 0
    result: dict[str, Any] | None = None
    reason: str | None = None
    detail: str | None = None
    filled: int = 0
    estimate: Estimate = field(default_factory=Estimate)
    max_cost: MaxCost | None = None
    suggested: int = 0

    @property
    def active(self) -> bool:
        return self.state in ACTIVE_STATES

    def interrupted(self) -> "Job":
        return replace(self, state="failed", reason=INTERRUPTED, detail=INTERRUPTED_DETAIL)


class JobRecords(Protocol):
    """Stores jobs, of which at most one is active. Every method raises Unavailable."""

    async def begin(self, job: Job, stale: datetime) -> str | None:
        """Store the job and return None, or return the id of an active job that was seen after `stale`."""
        ...

    async def save(self, job: Job) -> bool:
        """Update an active job; return False without a change if the job was interrupted by another process."""
        ...

    async def get(self, job_id: str) -> Job | None: ...

    async def interrupt(self, stale: datetime) -> int:
        """Mark active jobs that were last seen before `stale` as failed, and return their number."""
        ...


class MemoryJobs:
    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}

    async def begin(self, job: Job, stale: datetime) -> str | None:
        await self.interrupt(stale)
        running = next((stored.id for stored in self._jobs.values() if stored.active), None)
        if running is None:
            self._jobs[job.id] = job
            while len(self._jobs) > MAX_JOBS:
                del self._jobs[next(iter(self._jobs))]
        return running

    async def save(self, job: Job) -> bool:
        stored = self._jobs.get(job.id)
        if stored is None or not stored.active:
            return False
        self._jobs[job.id] = job
        return True

    async def get(self, job_id: str) -> Job | None:
        return self._jobs.get(job_id)

    async def interrupt(self, stale: datetime) -> int:
        dead = [job for job in self._jobs.values() if job.active and job.seen_at < stale]
        self._jobs.update({job.id: job.interrupted() for job in dead})
        return len(dead)
