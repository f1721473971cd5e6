"""The records of jobs: one suite for memory and PostgreSQL."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from glossator.domain.book.ingest.job_records import MAX_JOBS, Job, JobRecords, JobState, MemoryJobs
from glossator.storage.jobs import StoredJobs

NOW = datetime(2026, 1, 1, 12, 0, 0, 123000, tzinfo=UTC)
LONG_AGO = NOW - timedelta(minutes=1)


def job(number: int = 0, state: JobState = "running", seen: datetime = NOW) -> Job:
    return Job(str(uuid4()), state, NOW + timedelta(seconds=number), seen)


@pytest.fixture(params=["memory", "postgres"])
def records(request: pytest.FixtureRequest) -> JobRecords:
    return MemoryJobs() if request.param == "memory" else StoredJobs(request.getfixturevalue("database"))


async def test_job_is_stored_as_it_was_saved(records: JobRecords) -> None:
    started = job()
    assert await records.begin(started, LONG_AGO) is None
    result = {"pages": {"new": 1}, "errors": [{"page": "ü\\x00.md", "reason": "is “odd”"}], "cost_usd": 0.5}
    ended = replace(started, state="done", pages=3, total=4, embedded=5, result=result, reason="r", detail="d")

    assert await records.save(ended)

    assert await records.get(started.id) == ended


async def test_unknown_job_is_none(records: JobRecords) -> None:
    assert await records.get(str(uuid4())) is None


async def test_second_job_gets_the_id_of_the_first(records: JobRecords) -> None:
    first, second = job(), job()
    await records.begin(first, LONG_AGO)

    assert await records.begin(second, LONG_AGO) == first.id
    assert await records.get(second.id) is None


async def test_only_one_of_several_concurrent_jobs_starts(records: JobRecords) -> None:
    begun = await asyncio.gather(*(records.begin(job(), LONG_AGO) for _ in range(8)))

    assert begun.count(None) == 1


async def test_next_job_starts_after_the_first_has_ended(records: JobRecords) -> None:
    first = job()
    await records.begin(first, LONG_AGO)
    await records.save(replace(first, state="failed"))

    assert await records.begin(job(), LONG_AGO) is None


async def test_job_without_a_heartbeat_is_interrupted_by_the_next_one(records: JobRecords) -> None:
    dead = job(seen=LONG_AGO - timedelta(seconds=1))
    await records.begin(dead, LONG_AGO - timedelta(hours=1))

    assert await records.begin(job(), LONG_AGO) is None

    found = await records.get(dead.id)
    assert found is not None
    assert (found.state, found.reason) == ("failed", "interrupted")
    assert found.detail


async def test_job_with_a_heartbeat_is_not_interrupted(records: JobRecords) -> None:
    await records.begin(job(), LONG_AGO)

    assert await records.interrupt(LONG_AGO) == 0


async def test_interrupted_job_cannot_be_saved(records: JobRecords) -> None:
    dead = job()
    await records.begin(dead, LONG_AGO)
    assert await records.interrupt(NOW + timedelta(seconds=1)) == 1

    assert not await records.save(replace(dead, state="done"))

    found = await records.get(dead.id)
    assert found is not None
    assert found.reason == "interrupted"


async def test_old_jobs_are_deleted(records: JobRecords) -> None:
    jobs = [job(number) for number in range(MAX_JOBS + 3)]
    for each in jobs:
        await records.begin(each, LONG_AGO)
        await records.save(replace(each, state="done"))

    stored = [each for each in jobs if await records.get(each.id)]

    assert stored == jobs[-MAX_JOBS:]
