"""JobRunner with records in memory: how they run and end, and what remains when their process stops."""

import asyncio
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from glossator.domain.book.ingest.job_records import Job, MemoryJobs
from glossator.domain.book.ingest.jobs import JobRunner
from glossator.domain.book.ingest.summary import IngestProgress, ProgressCallback
from glossator.domain.errors import BookMismatch, Busy, JobRunning, Refused, Unavailable

pytestmark = pytest.mark.virtual_time

SECRET = "sk-upstream-text"


class Records(MemoryJobs):
    """Remembers what is saved; fails while `down` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.saved: list[Job] = []
        self.down = False

    async def save(self, job: Job) -> bool:
        if self.down:
            raise Unavailable("neon", "does not respond")
        self.saved.append(job)
        return await super().save(job)


class BlockedWork:
    """Work that ends when it is released."""

    def __init__(self) -> None:
        self.started = asyncio.Event()
        self.released = asyncio.Event()
        self.stopped = False

    async def __call__(self, report: ProgressCallback) -> dict[str, Any]:
        report(IngestProgress(pages=2, total=5, embedded=7))
        self.started.set()
        try:
            await self.released.wait()
        except asyncio.CancelledError:
            self.stopped = True
            raise
        return {"pages": {"new": 5}}


async def wait_until_ended(jobs: JobRunner, job: Job) -> Job:
    async with asyncio.timeout(60):
        while (found := await jobs.get(job.id)) is None or found.active:
            await asyncio.sleep(0.01)
    return found


async def test_job_reports_progress_and_stores_its_result() -> None:
    records, work = Records(), BlockedWork()
    async with JobRunner(records) as jobs:
        job = await jobs.start(work)
        await work.started.wait()
        running = await jobs.get(job.id)
        work.released.set()
        done = await wait_until_ended(jobs, job)

    assert running is not None
    assert (running.state, running.pages, running.total, running.embedded) == ("running", 2, 5, 7)
    assert (done.state, done.result) == ("done", {"pages": {"new": 5}})
    assert await records.get(job.id) == done


async def test_second_job_is_rejected_with_the_first_ones_id_and_its_resources_stay_open() -> None:
    async with JobRunner(Records()) as jobs:
        first = await jobs.start(BlockedWork())
        with ExitStack() as resources:
            closed: list[bool] = []
            resources.callback(closed.append, True)
            with pytest.raises(JobRunning) as caught:
                await jobs.start(BlockedWork(), resources)

            assert closed == []

    assert caught.value.job_id == first.id
    assert isinstance(caught.value, Busy)


@pytest.mark.parametrize(
    ("error", "reason", "detail"),
    [
        (Refused("no page - nothing was changed"), "refused", "no page - nothing was changed"),
        (BookMismatch("another model"), "book_mismatch", "another model"),
        (Unavailable("qdrant", "is down"), "unavailable", "qdrant: is down"),
        (Busy("runs already"), "busy", "runs already"),
        (RuntimeError(SECRET), "failed", "Something went wrong; see the server's log."),
    ],
)
async def test_failed_job_has_a_reason_and_a_detail(error: Exception, reason: str, detail: str) -> None:
    async def work(_: ProgressCallback) -> dict[str, Any]:
        raise error

    async with JobRunner(MemoryJobs()) as jobs:
        failed = await wait_until_ended(jobs, await jobs.start(work))

    assert (failed.state, failed.reason, failed.detail) == ("failed", reason, detail)


@pytest.mark.parametrize("outcome", ["done", "failed", "stopped", "not started"])
async def test_resources_are_closed_whenever_the_job_ends(outcome: str) -> None:
    closed: list[bool] = []
    work = BlockedWork()

    async def failing(_: ProgressCallback) -> dict[str, Any]:
        raise Refused("no")

    with ExitStack() as resources:
        resources.callback(closed.append, True)
        async with JobRunner(MemoryJobs()) as jobs:
            job = await jobs.start(failing if outcome == "failed" else work, resources)
            if outcome != "not started":
                await asyncio.sleep(0)
                assert closed == []
            if outcome == "done":
                work.released.set()
            if outcome in {"done", "failed"}:
                await wait_until_ended(jobs, job)
        await asyncio.sleep(0)

        assert closed == [True]


async def test_stop_interrupts_the_job_and_updates_its_record() -> None:
    records, work = Records(), BlockedWork()
    async with JobRunner(records) as jobs:
        job = await jobs.start(work)
        await work.started.wait()

    found = await records.get(job.id)
    assert work.stopped
    assert found is not None
    assert (found.state, found.reason) == ("failed", "interrupted")


async def test_stop_does_not_wait_for_hanging_records() -> None:
    class Hanging(MemoryJobs):
        async def save(self, job: Job) -> bool:
            await asyncio.sleep(3600)
            return True

    async with asyncio.timeout(15), JobRunner(Hanging()) as jobs:
        await jobs.start(BlockedWork())
        await asyncio.sleep(0)


def job_of_another_process(seconds_ago: float) -> Job:
    seen = datetime.now(UTC) - timedelta(seconds=seconds_ago)
    return Job(str(uuid4()), "running", seen, seen)


@pytest.mark.parametrize(
    ("single_process", "seconds_ago", "state"), [(True, 0.1, "failed"), (False, 70, "failed"), (False, 5, "running")]
)
async def test_dead_job_found_at_the_start_is_interrupted(single_process: bool, seconds_ago: float, state: str) -> None:
    records, left = MemoryJobs(), job_of_another_process(seconds_ago)
    await records.begin(left, datetime.min.replace(tzinfo=UTC))

    async with JobRunner(records, single_process=single_process) as jobs:
        found = await jobs.get(left.id)

    assert found is not None
    assert found.state == state


async def test_job_without_a_heartbeat_is_interrupted_when_it_is_read() -> None:
    records = MemoryJobs()
    async with JobRunner(records, single_process=False) as jobs:
        left = job_of_another_process(70)
        await records.begin(left, datetime.min.replace(tzinfo=UTC))

        found = await jobs.get(left.id)
        started = await jobs.start(BlockedWork())

    assert found is not None
    assert found.reason == "interrupted"
    assert started.state == "running"


async def test_job_that_was_marked_as_dead_stops_itself() -> None:
    records, work = MemoryJobs(), BlockedWork()
    async with JobRunner(records) as jobs:
        job = await jobs.start(work)
        await work.started.wait()
        await records.interrupt(datetime.now(UTC) + timedelta(seconds=1))
        async with asyncio.timeout(60):
            while not work.stopped:
                await asyncio.sleep(0.01)
        found = await jobs.get(job.id)

    assert found is not None
    assert found.reason == "interrupted"


async def test_record_is_saved_at_most_once_a_second() -> None:
    records = Records()

    async def work(report: ProgressCallback) -> dict[str, Any]:
        for page in range(120):
            report(IngestProgress(pages=page))
            await asyncio.sleep(0.01)
        return {}

    async with JobRunner(records) as jobs:
        await wait_until_ended(jobs, await jobs.start(work))

    assert len([job for job in records.saved if job.active]) <= 3
    assert records.saved[-1].state == "done"


async def test_records_that_cannot_be_saved_do_not_end_the_job() -> None:
    records, work = Records(), BlockedWork()
    async with JobRunner(records) as jobs:
        job = await jobs.start(work)
        records.down = True
        await asyncio.sleep(1.2)
        records.down = False
        work.released.set()

        assert (await wait_until_ended(jobs, job)).state == "done"


async def test_job_does_not_start_without_its_record() -> None:
    class Down(MemoryJobs):
        async def begin(self, job: Job, stale: datetime) -> str | None:
            raise Unavailable("neon", "does not respond")

    async with JobRunner(Down()) as jobs:
        with pytest.raises(Unavailable):
            await jobs.start(BlockedWork())


async def test_interrupted_job_keeps_its_progress() -> None:
    job = replace(job_of_another_process(0), pages=3, embedded=4)

    assert (job.interrupted().pages, job.interrupted().embedded) == (3, 4)
