"""Ingest by the server that owns the data: the pages go to it in an archive, its job is followed to the end."""

import asyncio
import json
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import IO, Any, Final

import httpx

from glossator.commands.server.local_server import LocalServer
from glossator.domain.book.index import Build
from glossator.domain.book.ingest.ingest import Options, Report, ignore
from glossator.domain.book.ingest.job_records import INTERRUPTED
from glossator.domain.book.ingest.jobs import REASONS
from glossator.domain.book.ingest.summary import Progress, Summary
from glossator.domain.book.passages import BrokenPage
from glossator.domain.book.sources.archive import MAX_RATIO
from glossator.domain.book.sources.folder import Folder, printable_path, read_bytes, size_error
from glossator.domain.book.sources.upload import name_error
from glossator.domain.errors import Busy, DomainError, Refused, Unavailable

FIRST_WAIT: Final = 0.2
LONGEST_WAIT: Final = 1.0
UPLOAD_SECONDS: Final = 300.0
NO_ANSWER: Final = "the running server does not answer any more - start it again and repeat the command"


@dataclass(frozen=True)
class Packed:
    """What is sent: the archive, and the pages that could not be put into it."""

    archive: IO[bytes]
    broken: Sequence[BrokenPage]


class ServerWorker:
    """A Worker; title, site and anchor rules are the server's own settings.

    The server's job goes on when the command is stopped.
    """

    def __init__(self, server: LocalServer) -> None:
        self._server = server

    async def plan(self, source: Folder, options: Options, report: Report = ignore) -> Summary:
        return await self._ingest(source, query_of(options) | {"plan": "1"}, report)

    async def run(self, source: Folder, options: Options, report: Report = ignore) -> Summary:
        return await self._ingest(source, query_of(options), report)

    async def roll_back(self) -> Build:
        async with self._server.client(UPLOAD_SECONDS) as client:
            job = await followed(client, await posted(client, {"rollback": "1"}), ignore)
        return Build(**job["rolled_back_to"])

    async def _ingest(self, source: Folder, query: Mapping[str, str], report: Report) -> Summary:
        with TemporaryFile() as file:
            packed = await asyncio.to_thread(pack, source, file)
            async with self._server.client(UPLOAD_SECONDS) as client:
                return Summary.of_document(await followed(client, await posted(client, query, packed), report))


def query_of(options: Options) -> dict[str, str]:
    """Paths are kept as they are: a docs folder with a single folder in it is no packed folder."""
    wanted = {"keep_top": True, "rebuild": options.rebuild, "allow_empty": options.allow_empty}
    query = {name: "1" for name, on in wanted.items() if on}
    return query | ({"replace": "all"} if options.remove_missing else {})


def pack(source: Folder, file: IO[bytes]) -> Packed:
    """Pages that the server would refuse are left out, by the reasons that an ingest of this process has for them."""
    broken = []
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in source.paths:
            error = name_error(path) or add(archive, source, path)
            if error:
                broken.append(BrokenPage(printable_path(path), error))
    file.seek(0)
    return Packed(file, broken)


def add(archive: zipfile.ZipFile, source: Folder, path: str) -> str:
    """Why the page cannot be added; "" when it was."""
    try:
        content = read_bytes(source.root / path, source.max_bytes)
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    if len(content) > source.max_bytes:
        return size_error(source.max_bytes)
    # What can be compressed like a bomb is taken for one.
    dense = len(content) < MAX_RATIO // 2 * len(zlib.compress(content))
    archive.writestr(zipfile.ZipInfo(path), content, zipfile.ZIP_DEFLATED if dense else zipfile.ZIP_STORED)
    return ""


async def posted(client: httpx.AsyncClient, query: Mapping[str, str], packed: Packed | None = None) -> str:
    """The job's id. Raises Busy, Refused or Unavailable, with the server's own sentence."""
    files: dict[str, Any] = {}
    if packed:
        files["archive"] = ("book.zip", packed.archive, "application/zip")
        pages = [{"page": page.path, "reason": page.reason} for page in packed.broken]
        files["broken"] = (None, json.dumps(pages))
    response = await answered(client.post("/ingest", params=dict(query), files=files or None))
    answer = document_of(response)
    if response.status_code == 202 and "job_id" in answer:
        return str(answer["job_id"])
    detail = str(answer.get("detail") or NO_ANSWER).rstrip(".")
    if response.status_code == 409:
        raise Busy(detail)
    raise Refused(detail) if response.status_code in {400, 413, 422} else Unavailable("server", detail)


async def followed(client: httpx.AsyncClient, job_id: str, report: Report) -> dict[str, Any]:
    """The finished job. Raises the error that it ended with."""
    wait = FIRST_WAIT
    while True:
        job = document_of(await answered(client.get(f"/ingest/{job_id}")))
        match job.get("state"):
            case "done":
                return job
            case "failed":
                raise failure_of(job)
            case "queued" | "running":
                report(Progress(job["pages"]["seen"], job["pages"]["total"], job["embedded"]))
            case _:
                raise Unavailable("server", NO_ANSWER)
        await asyncio.sleep(wait)
        wait = min(LONGEST_WAIT, wait * 1.5)


def failure_of(job: Mapping[str, Any]) -> DomainError:
    reason, detail = job.get("reason"), str(job.get("detail"))
    if reason == INTERRUPTED:
        return Unavailable("server", "it was stopped before the ingest's end - repeat the command when it runs again")
    kind = next((kind for kind, known in REASONS.items() if known == reason), Unavailable)
    if kind is not Unavailable:
        return kind(detail)
    service, colon, why = detail.partition(": ")
    return Unavailable(service, why) if colon else Unavailable("server", detail)


async def answered(request: Any) -> httpx.Response:
    try:
        response: httpx.Response = await request
    except httpx.HTTPError:
        raise Unavailable("server", NO_ANSWER) from None
    return response


def document_of(response: httpx.Response) -> dict[str, Any]:
    """Empty when it is no document of ours."""
    try:
        answer = response.json()
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}
