"""Runs an ingest in the server that owns the data: sends the pages as an archive and waits for the job to end."""

import asyncio
import json
import zipfile
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from tempfile import TemporaryFile
from typing import IO, Any, Final

import httpx

from glossator.commands.server.local_server import LocalServer
from glossator.domain.book.index import Build
from glossator.domain.book.ingest.book_options import IngestOptions
from glossator.domain.book.ingest.job_records import INTERRUPTED
from glossator.domain.book.ingest.jobs import REASONS
from glossator.domain.book.ingest.summary import (
    Estimate,
    IngestProgress,
    IngestSummary,
    MaxCost,
    ProgressCallback,
    ignore_progress,
)
from glossator.domain.book.pages.formats import format_of
from glossator.domain.book.passages import BrokenPage
from glossator.domain.book.sources.archive import MAX_RATIO
from glossator.domain.book.sources.file_rules import WHEN_READ
from glossator.domain.book.sources.folder import Folder, included_files, printable_path, read_bytes, size_error
from glossator.domain.book.sources.reading_order import navigation_files
from glossator.domain.book.sources.site_config import Site
from glossator.domain.book.sources.upload import name_error
from glossator.domain.errors import Busy, DomainError, Refused, Unavailable

MIN_WAIT: Final = 0.2
MAX_WAIT: Final = 1.0
UPLOAD_SECONDS: Final = 300.0
NO_RESPONSE: Final = "the running server stopped responding - start it again and repeat the command"


@dataclass(frozen=True)
class PackedFolder:
    """The archive to send, the pages that could not be added to it, and what surrounds the folder."""

    archive: IO[bytes]
    broken: Sequence[BrokenPage]
    site: Site


class RemoteIngest:
    """An IngestBackend. The settings are those of the server; the folder's name and the site's configuration are sent.

    The job continues in the server when the command is stopped.
    """

    def __init__(self, server: LocalServer) -> None:
        self._server = server

    async def plan(
        self, source: Folder, options: IngestOptions, report: ProgressCallback = ignore_progress
    ) -> IngestSummary:
        return await self._ingest(source, query_params(options) | {"plan": "1"}, report)

    async def run(
        self, source: Folder, options: IngestOptions, report: ProgressCallback = ignore_progress
    ) -> IngestSummary:
        return await self._ingest(source, query_params(options), report)

    async def roll_back(self) -> Build:
        async with self._server.client(UPLOAD_SECONDS) as client:
            job = await wait_for_job(client, await post_job(client, {"rollback": "1"}), ignore_progress)
        return Build(**{**job["rolled_back_to"], "dialect": None})

    async def _ingest(self, source: Folder, query: Mapping[str, str], report: ProgressCallback) -> IngestSummary:
        with TemporaryFile() as file:
            packed = await asyncio.to_thread(pack, source, file)
            async with self._server.client(UPLOAD_SECONDS) as client:
                job = await wait_for_job(client, await post_job(client, query, packed), report)
        summary = IngestSummary.from_json(job)
        excluded = Counter(source.excluded)
        excluded.update({rule: number for rule, number in summary.excluded.items() if rule in WHEN_READ})
        named = (*source.named, *(page for page in summary.excluded_pages if page.rule in WHEN_READ))
        return replace(summary, excluded=excluded, excluded_pages=named)


def query_params(options: IngestOptions) -> dict[str, str]:
    """Paths are kept: a docs folder that contains a single folder is not a packed folder."""
    flags = {
        "keep_top": True,
        "rebuild": options.rebuild,
        "allow_empty": options.allow_empty,
        "new_book": options.other_book == "replace",
    }
    query = {name: "1" for name, on in flags.items() if on}
    if options.budget_usd is not None:
        query["budget"] = f"{options.budget_usd:.6f}"
    return query | ({"replace": "all"} if options.remove_missing else {})


def pack(source: Folder, file: IO[bytes]) -> PackedFolder:
    """Write the pages, the files that they include and those that their order is read from to a zip file.

    The pages that the server would reject are not written but reported as broken.
    """
    broken = []
    included: set[str] = set()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in source.paths:
            error = name_error(path) or add_file(archive, source, path)
            if error:
                broken.append(BrokenPage(printable_path(path), error))
            else:
                included |= included_files(source.root, path)
        included |= {path for path in navigation_files(source.paths, source.dialect) if (source.root / path).is_file()}
        for path in sorted(included - {*source.paths}):
            if not name_error(path):
                add_file(archive, source, path)
    file.seek(0)
    return PackedFolder(file, broken, source.site)


def add_file(archive: zipfile.ZipFile, source: Folder, path: str) -> str:
    """Add a file, or return why it cannot be added."""
    try:
        limit = format_of(path).max_bytes
        content = read_bytes(source.root / path, limit)
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    if len(content) > limit:
        return size_error(limit)
    # The server rejects an entry that compresses like a zip bomb.
    compress = len(content) < MAX_RATIO // 2 * len(zlib.compress(content))
    archive.writestr(zipfile.ZipInfo(path), content, zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED)
    return ""


async def post_job(client: httpx.AsyncClient, query: Mapping[str, str], packed: PackedFolder | None = None) -> str:
    """Start the job and return its id. Raises Busy, Refused or Unavailable with the server's message."""
    files: dict[str, Any] = {}
    if packed:
        files["archive"] = ("book.zip", packed.archive, "application/zip")
        pages = [{"page": page.path, "reason": page.reason} for page in packed.broken]
        files["broken"] = (None, json.dumps(pages))
        files["site"] = (None, json.dumps(site_to_json(packed.site), ensure_ascii=False))
    response = await send(client.post("/ingest", params=dict(query), files=files or None))
    answer = read_json(response)
    if response.status_code == 202 and "job_id" in answer:
        return str(answer["job_id"])
    detail = str(answer.get("detail") or NO_RESPONSE).rstrip(".")
    if response.status_code == 409:
        raise Busy(detail)
    raise Refused(detail) if response.status_code in {400, 413, 422} else Unavailable("server", detail)


def site_to_json(site: Site) -> dict[str, Any]:
    """Without the names of the folders if one of them cannot be sent."""
    valid = not any(name_error(name) for name in site.folders)
    return {"folders": [*site.folders] if valid else [], "configs": [asdict(config) for config in site.configs]}


async def wait_for_job(client: httpx.AsyncClient, job_id: str, report: ProgressCallback) -> dict[str, Any]:
    """Return the finished job. Raises the error of a failed job."""
    wait = MIN_WAIT
    while True:
        job = read_json(await send(client.get(f"/ingest/{job_id}")))
        match job.get("state"):
            case "done":
                return job
            case "failed":
                raise job_error(job)
            case "queued" | "running":
                pages = job["pages"]
                estimate = Estimate(**job["estimate"])
                max_cost = MaxCost(**job["max_cost"]) if job.get("max_cost") else None
                seen, total = pages["seen"], pages["total"]
                counts = job["embedded"], (), job["filled"]
                report(IngestProgress(seen, total, *counts, estimate, max_cost, job.get("suggested", 0)))
            case _:
                raise Unavailable("server", NO_RESPONSE)
        await asyncio.sleep(wait)
        wait = min(MAX_WAIT, wait * 1.5)


def job_error(job: Mapping[str, Any]) -> DomainError:
    reason, detail = job.get("reason"), str(job.get("detail"))
    if reason == INTERRUPTED:
        return Unavailable("server", "it stopped before the ingest ended - start it and repeat the command")
    kind = next((kind for kind, code in REASONS.items() if code == reason), Unavailable)
    if kind is not Unavailable:
        return kind(detail)
    service, colon, why = detail.partition(": ")
    return Unavailable(service, why) if colon else Unavailable("server", detail)


async def send(request: Any) -> httpx.Response:
    try:
        response: httpx.Response = await request
    except httpx.HTTPError:
        raise Unavailable("server", NO_RESPONSE) from None
    return response


def read_json(response: httpx.Response) -> dict[str, Any]:
    """The JSON object in the body, or an empty one."""
    try:
        answer = response.json()
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}
