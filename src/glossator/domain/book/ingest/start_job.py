"""Starts the ingest jobs of a running server."""

import asyncio
import logging
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from glossator.domain.book.ingest.book_options import BookOptions
from glossator.domain.book.ingest.ingest import Ingest
from glossator.domain.book.ingest.job_records import Job
from glossator.domain.book.ingest.jobs import JobRunner
from glossator.domain.book.ingest.summary import ProgressCallback
from glossator.domain.book.pages.dialect.generators import Dialect
from glossator.domain.book.pages.formats import SUFFIXES
from glossator.domain.book.sources.folder import Folder, read_pages
from glossator.domain.book.sources.upload import Upload
from glossator.domain.errors import Refused

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class IngestRequest:
    """The options of a request. If `replace` is set, an upload replaces the whole book instead of adding to it.

    For `new_book`, `upgrade` and `budget_usd` see IngestOptions.
    """

    action: Literal["run", "plan"] = "run"
    replace: bool = False
    rebuild: bool = False
    allow_empty: bool = False
    new_book: bool = False
    upgrade: bool = False
    budget_usd: float | None = None


class IngestJobs:
    """Each method returns the started job. They raise JobRunning, Unavailable, or Refused before any change."""

    def __init__(self, runner: JobRunner, ingest: Ingest, options: BookOptions) -> None:
        self._runner = runner
        self._ingest = ingest
        self._options = options

    async def live_dialect(self) -> Dialect:
        return await self._ingest.live_dialect()

    async def start_folder(self, request: IngestRequest | None = None) -> Job:
        """Ingest DOCS_PATH: a folder replaces the whole book, a single file is added to it."""
        docs = self._options.docs
        if docs is None:
            raise Refused("the request contains no pages and DOCS_PATH is not set - send files or an archive")
        try:
            folder = await asyncio.to_thread(read_pages, docs, self._options.generator)
        except OSError as error:
            raise Refused(f"DOCS_PATH cannot be read ({error.strerror}) - correct it, or send the pages") from None
        return await self._start(folder, replace(request or IngestRequest(), replace=docs.is_dir()), None)

    async def start_upload(self, upload: Upload, request: IngestRequest, resources: ExitStack) -> Job:
        """Ingest an upload. The job takes over its open files, unless this raises."""
        if not upload and not request.allow_empty:
            raise Refused(f"the upload contains no page ({SUFFIXES}) - nothing was changed")
        if request.rebuild and not request.replace:
            raise Refused("a rebuild replaces the whole book - add replace=all, or omit rebuild")
        return await self._start(upload, request, resources)

    async def roll_back(self) -> Job:
        async def work(_: ProgressCallback) -> dict[str, Any]:
            build = await self._ingest.roll_back()
            counts = {"pages": {"total": build.pages}, "passages": {"total": build.passages}}
            return counts | {"embedded": 0, "cost_usd": 0.0, "errors": [], "rolled_back_to": asdict(build)}

        return await self._runner.start(work)

    async def start_fill(self) -> Job | None:
        """Continue an interrupted `fill`; None if there is nothing to do."""
        if not await self._ingest.is_unfilled():
            return None

        async def work(report: ProgressCallback) -> dict[str, Any]:
            filled, _ = await self._ingest.fill(report)
            return {"embedded": 0, "filled": filled, "cost_usd": 0.0, "errors": []}

        return await self._runner.start(work)

    async def _start(self, source: Folder | Upload, request: IngestRequest, resources: ExitStack | None) -> Job:
        options = replace(
            self._options.ingest,
            rebuild=request.rebuild,
            remove_missing=request.replace,
            allow_empty=request.allow_empty,
            other_book="replace" if request.new_book else "refuse",
            upgrade=request.upgrade,
            budget_usd=request.budget_usd,
        )

        async def work(report: ProgressCallback) -> dict[str, Any]:
            action = self._ingest.plan if request.action == "plan" else self._ingest.run
            summary = await action(source, options, report)
            if summary.address:
                log.info("book_address: %s", summary.address)
            return {**summary.to_json(), "skipped": source.skipped}

        return await self._runner.start(work, resources)


def job_to_json(job: Job) -> Mapping[str, Any]:
    """The job's progress while it runs, and its result when it has ended."""
    base: dict[str, Any] = {"job_id": job.id, "state": job.state}
    if job.result is not None:
        return base | job.result
    base |= {
        "pages": {"seen": job.pages, "total": job.total},
        "passages": {"embedded": job.embedded},
        "embedded": job.embedded,
        "filled": job.filled,
        "estimate": asdict(job.estimate),
        "suggested": job.suggested,
        "max_cost": asdict(job.max_cost) if job.max_cost else None,
        "cost_usd": None,
        "errors": [],
    }
    return base | ({"reason": job.reason, "detail": job.detail} if job.state == "failed" else {})
