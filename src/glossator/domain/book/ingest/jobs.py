"""Runs ingests as background jobs of a server, one at a time, and stores a record of each.

- When its process stops, a job is marked as interrupted; a repeated ingest does not embed finished work again.
- A job without a heartbeat for a minute counts as dead, in every replica. A process whose own job was marked as dead
  stops it, so that two ingests of one book never run at the same time.
- A job continues if its record cannot be saved.
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from contextlib import ExitStack, suppress
from dataclasses import replace
from datetime import timedelta
from types import TracebackType
from typing import Any, Final, Self
from uuid import uuid4

from glossator.domain.book.ingest.job_records import Job, JobRecords
from glossator.domain.book.ingest.summary import Estimate, IngestProgress, ProgressCallback
from glossator.domain.clock import now
from glossator.domain.errors import BookMismatch, Busy, DomainError, JobRunning, Refused, Unavailable
from glossator.domain.ports.steps import Steps, UntracedSteps

log = logging.getLogger(__name__)

Work = Callable[[ProgressCallback], Coroutine[Any, Any, dict[str, Any]]]
"""The work of a job; it returns the result as JSON."""

STALE: Final = timedelta(seconds=60)
HEARTBEAT_SECONDS: Final = 15.0
SAVE_SECONDS: Final = 1.0
LOG_SECONDS: Final = 10.0
STOP_SECONDS: Final = 1.0
REASONS: Final[dict[type[DomainError], str]] = {
    Refused: "refused",
    BookMismatch: "book_mismatch",
    Unavailable: "unavailable",
    Busy: "busy",
}
FAILED: Final = "failed"


class JobRunner:
    """A context manager for the lifetime of the server: leaving it interrupts the running job."""

    def __init__(self, records: JobRecords, *, single_process: bool = True, steps: Steps | None = None) -> None:
        """`single_process`: no other process runs jobs, so an active job found at the start is dead."""
        self._records = records
        self._single_process = single_process
        self._steps = steps or UntracedSteps()
        self.ended: Counter[str] = Counter()
        """Jobs of this process by their last state."""
        self.embedded = 0
        """Passages that they embedded."""
        self._run: _RunningJob | None = None
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        interrupted = await self._records.interrupt(now() if self._single_process else now() - STALE)
        if interrupted:
            log.warning("job_interrupted: an ingest did not finish - repeat it, nothing is embedded twice")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def start(self, work: Work, resources: ExitStack | None = None) -> Job:
        """Start a job, which takes over `resources` and closes them when it ends.

        Raises JobRunning, or Unavailable if the record could not be stored; the caller then still owns `resources`.
        """
        started = now()
        job = Job(str(uuid4()), "running", started, started)
        running = await self._records.begin(job, started - STALE)
        if running is not None:
            raise JobRunning(running)
        owned = resources.pop_all() if resources else ExitStack()
        log.info("job_started: ingest %s", job.id)
        run = self._run = _RunningJob(job, self._records)
        self._task = asyncio.create_task(run.run(self._traced(work)), name=f"ingest job {job.id}")
        self._task.add_done_callback(lambda _: owned.close())
        self._task.add_done_callback(lambda _: self._count(run.job))
        return job

    def _traced(self, work: Work) -> Work:
        async def run(report: ProgressCallback) -> dict[str, Any]:
            with self._steps.step("ingest"):
                return await work(report)

        return run

    def _count(self, job: Job) -> None:
        self.ended[job.state] += 1
        self.embedded += job.embedded

    async def get(self, job_id: str) -> Job | None:
        """Return the stored job, or the current state of this process's last job."""
        if self._run is not None and self._run.job.id == job_id:
            return self._run.job
        job = await self._records.get(job_id)
        if job is not None and job.active and job.seen_at < now() - STALE:
            await self._records.interrupt(now() - STALE)
            job = await self._records.get(job_id)
        return job


class _RunningJob:
    def __init__(self, job: Job, records: JobRecords) -> None:
        self.job = job
        self._records = records
        self._changed = asyncio.Event()
        self._saved_at = time.monotonic()
        self._logged_at = asyncio.get_running_loop().time()

    async def run(self, work: Work) -> None:
        saving = asyncio.create_task(self._keep_saving(asyncio.current_task()))
        try:
            result = await work(self._report)
        except asyncio.CancelledError:
            log.warning("job_interrupted: ingest %s, %s", self.job.id, self._counts())
            await self._end(self.job.interrupted())
            raise
        except DomainError as error:
            reason = next((reason for kind, reason in REASONS.items() if isinstance(error, kind)), FAILED)
            log.warning("job_failed: ingest %s, %s: %s", self.job.id, self._counts(), error)
            await self._end(self._failed(reason, str(error)))
        except Exception as error:
            log.exception("job_failed: ingest %s, %s: %s", self.job.id, self._counts(), type(error).__name__)
            await self._end(self._failed(FAILED, "Something went wrong; see the server's log."))
        else:
            log.info("job_done: ingest %s, %s", self.job.id, self._counts())
            await self._end(replace(self.job, state="done", result=result))
        finally:
            saving.cancel()
            await asyncio.gather(saving, return_exceptions=True)

    def _report(self, progress: IngestProgress) -> None:
        self.job = replace(
            self.job,
            pages=progress.pages,
            total=progress.total,
            embedded=progress.embedded,
            filled=progress.filled,
            estimate=progress.estimate,
            max_cost=progress.max_cost or self.job.max_cost,
            suggested=progress.suggested,
        )
        self._changed.set()
        time = asyncio.get_running_loop().time()
        if time - self._logged_at >= LOG_SECONDS:
            self._logged_at = time
            log.info("job_progress: %s%s", self._counts(), format_left(progress.estimate))

    def _counts(self) -> str:
        job = self.job
        counts = {"pages read": job.pages, "passages embedded": job.embedded, "filled": job.filled}
        counts |= {"questions suggested": job.suggested}
        return ", ".join(f"{count} {what}" for what, count in counts.items() if count) or "nothing changed"

    async def _keep_saving(self, worker: asyncio.Task[Any] | None) -> None:
        """Save the record after changes, at most once a second, and otherwise as a heartbeat."""
        while await self._save(self.job):
            await asyncio.sleep(SAVE_SECONDS)
            with suppress(TimeoutError):
                async with asyncio.timeout(HEARTBEAT_SECONDS):
                    await self._changed.wait()
            self._changed.clear()
        log.error("job_lost: another process marked the ingest as dead; it stops")
        if worker is not None:
            worker.cancel()

    async def _end(self, job: Job) -> None:
        self.job = job
        with suppress(TimeoutError):
            async with asyncio.timeout(STOP_SECONDS):
                await self._save(job)

    async def _save(self, job: Job) -> bool:
        """Return False if another process marked the job as dead, or probably did while saving failed."""
        self.job = replace(job, seen_at=now())
        try:
            saved = await self._records.save(self.job)
        except Unavailable as error:
            log.warning("job_not_recorded: %s", error)
            return time.monotonic() - self._saved_at < STALE.total_seconds() - 2 * HEARTBEAT_SECONDS
        self._saved_at = time.monotonic()
        return saved

    def _failed(self, reason: str, detail: str) -> Job:
        return replace(self.job, state="failed", reason=reason, detail=detail)


def format_left(estimate: Estimate) -> str:
    return "" if estimate.seconds_left is None else f", about {estimate.seconds_left:.0f} s left"
