"""Jobs over records in memory: their course, their end, and what is left when their process ends."""

import asyncio
import time
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from glossator.domain.book.ingest import jobs as module
from glossator.domain.book.ingest.ingest import Report
from glossator.domain.book.ingest.job_records import Job, MemoryJobs
from glossator.domain.book.ingest.jobs import Jobs
from glossator.domain.book.ingest.summary import Progress
from glossator.domain.errors import BookMismatch, Busy, JobRunning, Refused, Unavailable

pytestmark = pytest.mark.virtual_time

SECRET = "sk-upstream-text"


class Records(MemoryJobs):
    """Counts what is written; fails while it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.saved: list[Job] = []
        self.down = False

    async def save(self, job: Job) -> bool:
        if self.down:
            raise Unavailable("neon", "does not answer")
        self.saved.append(job)
        return await super().save(job)


class Gate:
    """Work that goes on until it is let go."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.let_go = asyncio.Event()
        self.stopped = False

    async def __call__(self, report: Report) -> dict[str, Any]:
        report(Progress(pages=2, total=5, embedded=7))
        self.begun.set()
        try:
            await self.let_go.wait()
        except asyncio.CancelledError:
            self.stopped = True
            raise
        return {"pages": {"new": 5}}


async def ended(jobs: Jobs, job: Job) -> Job:
    async with asyncio.timeout(5):
        while (found := await jobs.get(job.id)) is None or found.under_way:
            await asyncio.sleep(0.01)
    return found


async def test_job_runs_to_its_end_with_its_result() -> None:
    records, gate = Records(), Gate()
    async with Jobs(records) as jobs:
        job = await jobs.start(gate)
        await gate.begun.wait()
        running = await jobs.get(job.id)
        gate.let_go.set()
        done = await ended(jobs, job)

    assert running is not None
    assert (running.state, running.pages, running.total, running.embedded) == ("running", 2, 5, 7)
    assert (done.state, done.result) == ("done", {"pages": {"new": 5}})
    assert await records.get(job.id) == done


async def test_second_job_is_refused_with_the_first_ones_id_and_keeps_what_it_holds() -> None:
    async with Jobs(Records()) as jobs:
        first = await jobs.start(Gate())
        with ExitStack() as holds:
            closed: list[bool] = []
            holds.callback(closed.append, True)
            with pytest.raises(JobRunning) as caught:
                await jobs.start(Gate(), holds)

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
        (RuntimeError(SECRET), "failed", "Something went wrong; the server's log tells more."),
    ],
)
async def test_job_that_fails_says_why_in_our_words(error: Exception, reason: str, detail: str) -> None:
    async def work(_: Report) -> dict[str, Any]:
        raise error

    async with Jobs(MemoryJobs()) as jobs:
        failed = await ended(jobs, await jobs.start(work))

    assert (failed.state, failed.reason, failed.detail) == ("failed", reason, detail)


@pytest.mark.parametrize("outcome", ["done", "failed", "stopped", "never begun"])
async def test_what_a_job_holds_is_closed_whatever_happens(outcome: str) -> None:
    closed: list[bool] = []
    gate = Gate()

    async def failing(_: Report) -> dict[str, Any]:
        raise Refused("no")

    with ExitStack() as holds:
        holds.callback(closed.append, True)
        async with Jobs(MemoryJobs()) as jobs:
            job = await jobs.start(failing if outcome == "failed" else gate, holds)
            if outcome != "never begun":
                await asyncio.sleep(0)
                assert closed == []
            if outcome == "done":
                gate.let_go.set()
            if outcome in {"done", "failed"}:
                await ended(jobs, job)
        await asyncio.sleep(0)

        assert closed == [True]


async def test_stop_interrupts_the_job_and_says_so_in_its_record() -> None:
    records, gate = Records(), Gate()
    async with Jobs(records) as jobs:
        job = await jobs.start(gate)
        await gate.begun.wait()

    found = await records.get(job.id)
    assert gate.stopped
    assert found is not None
    assert (found.state, found.reason) == ("failed", "interrupted")


async def test_stop_is_not_delayed_by_records_that_hang() -> None:
    class Hanging(MemoryJobs):
        async def save(self, job: Job) -> bool:
            await asyncio.sleep(3600)
            return True

    began = time.monotonic()
    async with Jobs(Hanging()) as jobs:
        await jobs.start(Gate())
        await asyncio.sleep(0)

    assert time.monotonic() - began < module.STOP_SECONDS + 1


def job_of_another(seconds_ago: float) -> Job:
    seen = datetime.now(UTC) - timedelta(seconds=seconds_ago)
    return Job(str(uuid4()), "running", seen, seen)


@pytest.mark.parametrize(
    ("alone", "seconds_ago", "state"), [(True, 0.1, "failed"), (False, 70, "failed"), (False, 5, "running")]
)
async def test_job_found_at_the_start_is_interrupted_when_it_is_dead(
    alone: bool, seconds_ago: float, state: str
) -> None:
    records, left = MemoryJobs(), job_of_another(seconds_ago)
    await records.begin(left, datetime.min.replace(tzinfo=UTC))

    async with Jobs(records, alone=alone) as jobs:
        found = await jobs.get(left.id)

    assert found is not None
    assert found.state == state


async def test_job_whose_process_died_later_is_seen_by_whoever_asks() -> None:
    records = MemoryJobs()
    async with Jobs(records, alone=False) as jobs:
        left = job_of_another(70)
        await records.begin(left, datetime.min.replace(tzinfo=UTC))

        found = await jobs.get(left.id)
        started = await jobs.start(Gate())

    assert found is not None
    assert found.reason == "interrupted"
    assert started.state == "running"


async def test_job_that_was_taken_for_dead_stops_itself() -> None:
    records, gate = MemoryJobs(), Gate()
    async with Jobs(records) as jobs:
        job = await jobs.start(gate)
        await gate.begun.wait()
        await records.interrupt(datetime.now(UTC) + timedelta(seconds=1))
        async with asyncio.timeout(5):
            while not gate.stopped:
                await asyncio.sleep(0.01)
        found = await jobs.get(job.id)

    assert found is not None
    assert found.reason == "interrupted"


async def test_record_is_written_at_most_once_a_second() -> None:
    records = Records()

    async def work(report: Report) -> dict[str, Any]:
        for page in range(120):
            report(Progress(pages=page))
            await asyncio.sleep(0.01)
        return {}

    async with Jobs(records) as jobs:
        await ended(jobs, await jobs.start(work))

    assert len([job for job in records.saved if job.under_way]) <= 3
    assert records.saved[-1].state == "done"


async def test_records_that_cannot_be_written_do_not_end_the_work() -> None:
    records, gate = Records(), Gate()
    async with Jobs(records) as jobs:
        job = await jobs.start(gate)
        records.down = True
        await asyncio.sleep(1.2)
        records.down = False
        gate.let_go.set()

        assert (await ended(jobs, job)).state == "done"


async def test_job_cannot_start_without_its_record() -> None:
    class Down(MemoryJobs):
        async def begin(self, job: Job, stale: datetime) -> str | None:
            raise Unavailable("neon", "does not answer")

    async with Jobs(Down()) as jobs:
        with pytest.raises(Unavailable):
            await jobs.start(Gate())


async def test_interrupted_job_keeps_how_far_it_was() -> None:
    job = replace(job_of_another(0), pages=3, embedded=4)

    assert (job.interrupted().pages, job.interrupted().embedded) == (3, 4)
