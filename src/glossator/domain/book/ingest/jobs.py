"""Ingests that run in the background of a server, one at a time, each with a record that can be asked for.

- A job ends with its process and is then marked as interrupted; repeating it embeds nothing that was done already.
- A job whose process says nothing for a minute is taken for dead, by whichever replica asks. A process that finds its
  own job taken for dead stops it: two ingests of one book never run side by side.
- Trouble with the record alone does not end the work.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from contextlib import ExitStack, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Final, Self
from uuid import uuid4

from glossator.domain.book.ingest.ingest import Report
from glossator.domain.book.ingest.job_records import Job, JobRecords
from glossator.domain.book.ingest.summary import Progress
from glossator.domain.errors import BookMismatch, Busy, DomainError, JobRunning, Refused, Unavailable

log = logging.getLogger(__name__)

Work = Callable[[Report], Coroutine[Any, Any, dict[str, Any]]]
"""Does what is to be done and gives the document of its result."""

STALE: Final = timedelta(seconds=60)
BEAT_SECONDS: Final = 15.0
SAVE_SECONDS: Final = 1.0
STOP_SECONDS: Final = 1.0
REASONS: Final[dict[type[DomainError], str]] = {
    Refused: "refused",
    BookMismatch: "book_mismatch",
    Unavailable: "unavailable",
    Busy: "busy",
}
FAILED: Final = "failed"


class Jobs:
    """Enter it for as long as the server serves; leaving it interrupts the job that runs."""

    def __init__(self, records: JobRecords, *, alone: bool = True) -> None:
        """`alone`: no other process runs jobs over these records, so one found at the start is certainly dead."""
        self._records = records
        self._alone = alone
        self._run: _Run | None = None
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        found = await self._records.interrupt(_now() if self._alone else _now() - STALE)
        if found:
            log.warning("job_interrupted: an ingest did not live to its end - repeat it, nothing is embedded twice")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def start(self, work: Work, holds: ExitStack | None = None) -> Job:
        """From now on the job owns what `holds` holds and closes it at its end, whatever happens.

        Raises JobRunning, or Unavailable when the job could not be remembered; `holds` is then the caller's still.
        """
        now = _now()
        job = Job(str(uuid4()), "running", now, now)
        running = await self._records.begin(job, now - STALE)
        if running is not None:
            raise JobRunning(running)
        held = holds.pop_all() if holds else ExitStack()
        self._run = _Run(job, self._records)
        self._task = asyncio.create_task(self._run.carry_out(work), name=f"ingest job {job.id}")
        self._task.add_done_callback(lambda _: held.close())
        return job

    async def get(self, job_id: str) -> Job | None:
        """As its record has it; the last job of this process as it is now."""
        if self._run is not None and self._run.job.id == job_id:
            return self._run.job
        job = await self._records.get(job_id)
        if job is not None and job.under_way and job.seen_at < _now() - STALE:
            await self._records.interrupt(_now() - STALE)
            job = await self._records.get(job_id)
        return job


class _Run:
    """One job on its way."""

    def __init__(self, job: Job, records: JobRecords) -> None:
        self.job = job
        self._records = records
        self._moved = asyncio.Event()
        self._recorded = time.monotonic()

    async def carry_out(self, work: Work) -> None:
        keeping = asyncio.create_task(self._keep(asyncio.current_task()))
        try:
            result = await work(self._report)
        except asyncio.CancelledError:
            await self._end(self.job.interrupted())
            raise
        except DomainError as error:
            reason = next((reason for kind, reason in REASONS.items() if isinstance(error, kind)), FAILED)
            await self._end(self._failed(reason, str(error)))
        except Exception as error:
            log.exception("job_failed: %s", type(error).__name__)
            await self._end(self._failed(FAILED, "Something went wrong; the server's log tells more."))
        else:
            await self._end(replace(self.job, state="done", result=result))
        finally:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)

    def _report(self, progress: Progress) -> None:
        self.job = replace(self.job, pages=progress.pages, total=progress.total, embedded=progress.embedded)
        self._moved.set()

    async def _keep(self, working: asyncio.Task[Any] | None) -> None:
        """Writes the record when something moved, at most once a second, and else often enough to be seen alive."""
        while await self._save(self.job):
            await asyncio.sleep(SAVE_SECONDS)
            with suppress(TimeoutError):
                async with asyncio.timeout(BEAT_SECONDS):
                    await self._moved.wait()
            self._moved.clear()
        log.error("job_lost: the ingest was taken for dead by another process and stops")
        if working is not None:
            working.cancel()

    async def _end(self, job: Job) -> None:
        self.job = job
        with suppress(TimeoutError):
            async with asyncio.timeout(STOP_SECONDS):
                await self._save(job)

    async def _save(self, job: Job) -> bool:
        """False when the job is not this process's any more, as far as can be known."""
        self.job = replace(job, seen_at=_now())
        try:
            held = await self._records.save(self.job)
        except Unavailable as error:
            log.warning("job_not_recorded: %s", error)
            return time.monotonic() - self._recorded < STALE.total_seconds() - 2 * BEAT_SECONDS
        self._recorded = time.monotonic()
        return held

    def _failed(self, reason: str, detail: str) -> Job:
        return replace(self.job, state="failed", reason=reason, detail=detail)


def _now() -> datetime:
    return datetime.now(UTC)
