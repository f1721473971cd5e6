"""What an ingest job is, and what remembers it; implemented by `storage` over the Database port.

Records of the jobs of one process, for a server without a database.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Literal, Protocol

State = Literal["queued", "running", "done", "failed"]

UNDER_WAY: Final = frozenset({"queued", "running"})
INTERRUPTED: Final = "interrupted"
INTERRUPTED_DETAIL: Final = "The server was stopped. Repeat the ingest: what was done is not embedded again."
KEPT: Final = 100
"""Jobs that are remembered; older ones are forgotten."""


@dataclass(frozen=True)
class Job:
    """`seen_at` moves while its process lives. A failed job has a `reason` (a code) and a `detail` (our sentence)."""

    id: str
    state: State
    created_at: datetime
    seen_at: datetime
    pages: int = 0
    total: int | None = None
    embedded: int = 0
    result: dict[str, Any] | None = None
    reason: str | None = None
    detail: str | None = None

    @property
    def under_way(self) -> bool:
        return self.state in UNDER_WAY

    def interrupted(self) -> "Job":
        return replace(self, state="failed", reason=INTERRUPTED, detail=INTERRUPTED_DETAIL)


class JobRecords(Protocol):
    """Where jobs are remembered; at most one of them is under way. Every method raises Unavailable."""

    async def begin(self, job: Job, stale: datetime) -> str | None:
        """Remembers the job unless one is under way that was seen after `stale`: then nothing but that one's id."""
        ...

    async def save(self, job: Job) -> bool:
        """False, and nothing is changed, when the job is not under way any more: it was taken for dead."""
        ...

    async def get(self, job_id: str) -> Job | None: ...

    async def interrupt(self, stale: datetime) -> int:
        """Jobs under way that were not seen since `stale` become failed; how many."""
        ...


class MemoryJobs:
    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}

    async def begin(self, job: Job, stale: datetime) -> str | None:
        await self.interrupt(stale)
        running = next((known.id for known in self._jobs.values() if known.under_way), None)
        if running is None:
            self._jobs[job.id] = job
            while len(self._jobs) > KEPT:
                del self._jobs[next(iter(self._jobs))]
        return running

    async def save(self, job: Job) -> bool:
        known = self._jobs.get(job.id)
        if known is None or not known.under_way:
            return False
        self._jobs[job.id] = job
        return True

    async def get(self, job_id: str) -> Job | None:
        return self._jobs.get(job_id)

    async def interrupt(self, stale: datetime) -> int:
        dead = [job for job in self._jobs.values() if job.under_way and job.seen_at < stale]
        self._jobs.update({job.id: job.interrupted() for job in dead})
        return len(dead)
