"""Ingest jobs for DOCS_PATH."""

import asyncio
import logging
from pathlib import Path
from typing import Any

import pytest

from glossator.domain.book.ingest.book_options import BookOptions, IngestOptions
from glossator.domain.book.ingest.ingest import Ingest
from glossator.domain.book.ingest.job_records import Job, MemoryJobs
from glossator.domain.book.ingest.jobs import JobRunner
from glossator.domain.book.ingest.start_job import IngestJobs, IngestRequest, job_to_json
from glossator.domain.book.ingest.summary import Estimate, IngestProgress, ProgressCallback
from glossator.domain.book.sources.folder import read_pages
from glossator.domain.errors import JobRunning, Refused
from tests.indexes import CountingEmbedder
from tests.line_book import Bench, LineSplitter

pytestmark = pytest.mark.virtual_time


async def ingest_folder(bench: Bench, docs: Path | None, request: IngestRequest | None = None) -> Job:
    """Ingest this folder in a job and return the finished job."""
    async with JobRunner(MemoryJobs()) as jobs:
        ingest_jobs = IngestJobs(
            jobs, bench.ingest, BookOptions(docs, "docusaurus", "/read/", IngestOptions(title="Plants"))
        )
        job = await ingest_jobs.start_folder(request)
        while (found := await jobs.get(job.id)) and found.active:
            await asyncio.sleep(0.01)
    assert found is not None
    return found


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    (tmp_path / "index.md").write_text("Green", encoding="utf-8")
    (tmp_path / "trees.md").write_text("Tall", encoding="utf-8")
    return tmp_path


async def test_folder_replaces_the_book_and_uses_the_title_setting(docs: Path) -> None:
    bench = Bench()
    await ingest_folder(bench, docs)
    (docs / "trees.md").unlink()

    job = await ingest_folder(bench, docs)

    live = await bench.index.live()
    assert job.state == "done"
    assert live is not None
    assert live.title == "Plants"
    assert {page for page, _ in bench.texts()} == {"index.md"}


async def test_single_file_is_added_to_the_book(docs: Path) -> None:
    bench = Bench()
    await ingest_folder(bench, docs)

    await ingest_folder(bench, docs / "trees.md")

    assert {page for page, _ in bench.texts()} == {"index.md", "trees.md"}


async def test_plan_of_the_folder_writes_nothing(docs: Path) -> None:
    bench = Bench()

    job = await ingest_folder(bench, docs, IngestRequest("plan"))

    assert job.result is not None
    assert job.result["planned"]
    assert bench.index.writes == []


@pytest.mark.parametrize(
    ("name", "text"),
    [(None, "DOCS_PATH is not set"), ("missing", "DOCS_PATH cannot be read .No such file")],
)
async def test_missing_folder_is_reported_with_the_setting(docs: Path, name: str | None, text: str) -> None:
    with pytest.raises(Refused, match=text):
        await ingest_folder(Bench(), docs / name if name else None)


async def test_second_job_is_rejected_while_one_runs(docs: Path) -> None:
    async with JobRunner(MemoryJobs()) as jobs:
        ingest: Ingest = Bench().ingest
        ingest_jobs = IngestJobs(jobs, ingest, BookOptions(docs, "docusaurus", "/read/", IngestOptions()))
        first = await ingest_jobs.start_folder()

        with pytest.raises(JobRunning) as caught:
            await ingest_jobs.roll_back()

    assert caught.value.job_id == first.id


async def test_an_interrupted_fill_is_continued_by_a_job(docs: Path) -> None:
    bench = Bench(embedder=CountingEmbedder(slow=True))
    await bench.ingest.load(read_pages(docs, "docusaurus"), IngestOptions())
    async with JobRunner(MemoryJobs()) as jobs:
        ingest_jobs = IngestJobs(jobs, bench.ingest, BookOptions(docs, "docusaurus", "/read/", IngestOptions()))
        job = await ingest_jobs.start_fill()
        while job and job.active:
            await asyncio.sleep(0.01)
            job = await jobs.get(job.id)

        assert job is not None
        assert (job.state, job.result) == ("done", {"embedded": 0, "filled": 2, "cost_usd": 0.0, "errors": []})
        assert await ingest_jobs.start_fill() is None


async def test_a_failed_job_is_logged_with_the_command(docs: Path, caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench()
    await ingest_folder(bench, docs)
    bench.splitter = LineSplitter("lines-2")

    job = await ingest_folder(bench, docs, IngestRequest(upgrade=True))

    assert (job.state, job.reason) == ("failed", "book_mismatch")
    assert "run: glossator ingest --rebuild" in caplog.text


async def test_a_job_upgrades_a_book_of_other_rules_when_that_costs_nothing(docs: Path) -> None:
    bench = Bench()
    bench.embedder.usd_per_million_tokens = 0.0
    await ingest_folder(bench, docs)
    bench.splitter = LineSplitter("lines-2")

    job = await ingest_folder(bench, docs, IngestRequest(upgrade=True))

    assert (job.state, bench.index.live_number) == ("done", 2)


async def test_a_job_reports_and_logs_how_many_passages_are_filled(
    docs: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)

    async def work(report: ProgressCallback) -> dict[str, Any]:
        report(IngestProgress(pages=2, total=2, embedded=9))
        await asyncio.sleep(60)
        report(IngestProgress(pages=2, total=2, embedded=9, filled=4, estimate=Estimate(20, 0.25, 64)))
        await asyncio.sleep(60)
        return {}

    async with JobRunner(MemoryJobs()) as jobs:
        job = await jobs.start(work)
        await asyncio.sleep(70)
        running = await jobs.get(job.id)

    assert running is not None
    assert (job_to_json(running)["embedded"], job_to_json(running)["filled"]) == (9, 4)
    assert job_to_json(running)["estimate"] == {"passages": 20, "per_second": 0.25, "seconds_left": 64}
    assert [record.getMessage() for record in caplog.records if "job_progress" in record.getMessage()] == [
        "job_progress: 2 pages read, 9 passages embedded, 4 filled, about 64 s left"
    ]
