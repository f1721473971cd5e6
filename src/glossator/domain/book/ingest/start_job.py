"""Starts the jobs that fill the book of a running server."""

import asyncio
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from glossator.domain.book.ingest.book_options import BookOptions
from glossator.domain.book.ingest.ingest import Ingest, Report
from glossator.domain.book.ingest.job_records import Job
from glossator.domain.book.ingest.jobs import Jobs
from glossator.domain.book.pages.formats import SUFFIXES
from glossator.domain.book.sources.folder import Folder, read_pages
from glossator.domain.book.sources.upload import Upload
from glossator.domain.errors import Refused


@dataclass(frozen=True)
class IngestRequest:
    """What is to be done with pages. `replace` makes an upload the whole book, instead of a part of it."""

    action: Literal["run", "plan"] = "run"
    replace: bool = False
    rebuild: bool = False
    allow_empty: bool = False


class IngestJobs:
    """Each method gives the started job. They raise JobRunning, Unavailable, or Refused before anything is done."""

    def __init__(self, jobs: Jobs, ingest: Ingest, rules: BookOptions) -> None:
        self._jobs = jobs
        self._ingest = ingest
        self._rules = rules

    async def start_folder(self, request: IngestRequest | None = None) -> Job:
        """The pages under DOCS_PATH, which are the whole book; a single file is a part of it."""
        docs = self._rules.docs
        if docs is None:
            raise Refused("no pages came with the request, and DOCS_PATH is not set - send files or an archive")
        try:
            folder = await asyncio.to_thread(read_pages, docs, self._rules.generator)
        except OSError as error:
            raise Refused(f"DOCS_PATH cannot be read ({error.strerror}) - correct it, or send the pages") from None
        return await self._start(folder, replace(request or IngestRequest(), replace=docs.is_dir()), None)

    async def start_upload(self, upload: Upload, request: IngestRequest, holds: ExitStack) -> Job:
        """The files behind the upload belong to the job from now on; they are the caller's when this raises."""
        if not upload and not request.allow_empty:
            raise Refused(f"the upload contains no page ({SUFFIXES}) - nothing was changed")
        if request.rebuild and not request.replace:
            raise Refused("a rebuild is the whole book from what is sent - say replace=all too, or leave rebuild out")
        return await self._start(upload, request, holds)

    async def roll_back(self) -> Job:
        async def work(_: Report) -> dict[str, Any]:
            build = await self._ingest.roll_back()
            counts = {"pages": {"total": build.pages}, "passages": {"total": build.passages}}
            return counts | {"embedded": 0, "cost_usd": 0.0, "errors": [], "rolled_back_to": asdict(build)}

        return await self._jobs.start(work)

    async def _start(self, source: Folder | Upload, request: IngestRequest, holds: ExitStack | None) -> Job:
        options = replace(
            self._rules.options,
            rebuild=request.rebuild,
            remove_missing=request.replace,
            allow_empty=request.allow_empty,
        )

        async def work(report: Report) -> dict[str, Any]:
            act = self._ingest.plan if request.action == "plan" else self._ingest.run
            summary = await act(source, options, report)
            return {**summary.document(), "skipped": source.skipped}

        return await self._jobs.start(work, holds)


def document(job: Job) -> Mapping[str, Any]:
    """A job as it is told: while it runs how far it is, at its end all that became of it."""
    shown: dict[str, Any] = {"job_id": job.id, "state": job.state}
    if job.result is not None:
        return shown | job.result
    shown |= {
        "pages": {"seen": job.pages, "total": job.total},
        "passages": {"embedded": job.embedded},
        "embedded": job.embedded,
        "cost_usd": None,
        "errors": [],
    }
    return shown | ({"reason": job.reason, "detail": job.detail} if job.state == "failed" else {})
