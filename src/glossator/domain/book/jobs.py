"""Ingests that run in the background of a server, one at a time, each with a record that can be asked for.

A job ends with the process: it is then marked as interrupted, and repeating it embeds nothing that was done already.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Final, Literal, Protocol, Self
from uuid import uuid4

from glossator.domain.book.ingest import Report
from glossator.domain.book.summary import Progress
from glossator.domain.errors import BookMismatch, Busy, DomainError, Refused, Unavailable

log = logging.getLogger(__name__)

State = Literal["queued", "running", "done", "failed"]
Work = Callable[[Report], Coroutine[Any, Any, dict[str, object]]]
"""Does a job's work and gives the document of its result; it closes what it was given, whatever happens."""

INTERRUPTED: Final = "interrupted"
STALE: Final = timedelta(seconds=60)
BEAT_SECONDS: Final = 20.0
SAVE_SECONDS: Final = 1.0
REASONS: Final[dict[type[DomainError], str]] = {
    Refused: "refused",
    BookMismatch: "book_mismatch",
    Unavailable: "unavailable",
    Busy: "busy",
}


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
    result: dict[str, object] | None = None
    reason: str | None = None
    detail: str | None = None


class JobRunning(DomainError):
    """Another job runs; `job_id` names it."""

    def __init__(self, job_id: str) -> None:
        super().__init__("an ingest is running already")
        self.job_id = job_id


class JobRecords(Protocol):
    """Where jobs are remembered. Every method raises Unavailable."""

    async def begin(self, job: Job, stale: datetime) -> str | None:
        """Remembers the job unless one runs that was seen after `stale`: then that one's id, and nothing is changed."""
        ...

    async def save(self, job: Job) -> None: ...

    async def get(self, job_id: str) -> Job | None: ...

    async def interrupt(self, stale: datetime) -> int:
        """Running jobs that were not seen after `stale` become failed; how many."""
        ...


class Jobs:
    """Enter it for as long as the server serves; leaving it interrupts the job that runs."""

    def __init__(self, records: JobRecords, *, alone: bool = True) -> None:
        """`alone`: no other process shares these records, so a job found running at the start is certainly dead."""
        self._records = records
        self._alone = alone
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        found = await self._records.interrupt(_now() if self._alone else _now() - STALE)
        if found:
            log.warning(
                "%d ingest job was interrupted by a stop; repeat it, what was done is not embedded again", found
            )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def start(self, work: Work) -> Job:
        """Raises JobRunning, and Unavailable when the job could not be remembered."""
        now = _now()
        job = Job(str(uuid4()), "running", now, now)
        running = await self._records.begin(job, now - STALE)
        if running is not None:
            raise JobRunning(running)
        self._task = asyncio.create_task(_Run(job, self._records).carry_out(work))
        return job

    async def get(self, job_id: str) -> Job | None:
        return await self._records.get(job_id)


class _Run:
    """One job on its way; what goes wrong with its record never ends its work."""

    def __init__(self, job: Job, records: JobRecords) -> None:
        self._job = job
        self._records = records
        self._saved = time.monotonic()
        self._saving: asyncio.Task[None] | None = None

    async def carry_out(self, work: Work) -> None:
        beating = asyncio.create_task(self._beat())
        try:
            result = await work(self._report)
        except asyncio.CancelledError:
            await self._end(state="failed", reason=INTERRUPTED, detail="The server was stopped; repeat the ingest.")
            raise
        except DomainError as error:
            await self._end(state="failed", reason=REASONS.get(type(error), "failed"), detail=str(error))
        except Exception as error:
            log.exception("ingest job failed with %s", type(error).__name__)
            await self._end(
                state="failed", reason="failed", detail="Something went wrong; the server's log tells more."
            )
        else:
            await self._end(state="done", result=result)
        finally:
            beating.cancel()
            await asyncio.gather(beating, return_exceptions=True)

    def _report(self, progress: Progress) -> None:
        self._job = replace(
            self._job, pages=progress.pages, total=progress.total, embedded=progress.embedded, seen_at=_now()
        )
        idle = self._saving is None or self._saving.done()
        if idle and time.monotonic() - self._saved >= SAVE_SECONDS:
            self._saved = time.monotonic()
            self._saving = asyncio.create_task(self._save())

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            self._job = replace(self._job, seen_at=_now())
            await self._save()

    async def _end(self, **changes: Any) -> None:
        if self._saving is not None:
            await asyncio.gather(self._saving, return_exceptions=True)
        self._job = replace(self._job, seen_at=_now(), **changes)
        await self._save()

    async def _save(self) -> None:
        try:
            await self._records.save(self._job)
        except Unavailable as error:
            log.warning("the record of ingest job %s could not be written: %s", self._job.id, error)


class MemoryJobs:
    """Records of one process, for a server without a database."""

    def __init__(self, keep: int = 100) -> None:
        self._jobs: dict[str, Job] = {}
        self._keep = keep

    async def begin(self, job: Job, stale: datetime) -> str | None:
        await self.interrupt(stale)
        running = next((known.id for known in self._jobs.values() if known.state == "running"), None)
        if running is None:
            await self.save(job)
        return running

    async def save(self, job: Job) -> None:
        self._jobs[job.id] = job
        while len(self._jobs) > self._keep:
            del self._jobs[next(iter(self._jobs))]

    async def get(self, job_id: str) -> Job | None:
        return self._jobs.get(job_id)

    async def interrupt(self, stale: datetime) -> int:
        dead = [job for job in self._jobs.values() if job.state == "running" and job.seen_at < stale]
        for job in dead:
            self._jobs[job.id] = replace(job, state="failed", reason=INTERRUPTED)
        return len(dead)


def _now() -> datetime:
    return datetime.now(UTC)
