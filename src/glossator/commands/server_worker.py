"""Ingest by the server that owns the data: the pages go to it in an archive, its job is followed to the end."""

import asyncio
import tempfile
import zipfile
from collections.abc import Mapping
from typing import IO, Any, Final

import httpx

from glossator.commands.local_server import LocalServer
from glossator.domain.book.ingest import Options, Report
from glossator.domain.book.jobs import REASONS
from glossator.domain.book.reading import Folder
from glossator.domain.book.summary import Progress, Summary
from glossator.domain.errors import Busy, DomainError, Unavailable
from glossator.domain.ports import Build

FIRST_WAIT: Final = 0.1
LONGEST_WAIT: Final = 1.0
IN_MEMORY: Final = 8 * 2**20
UPLOAD_SECONDS: Final = 300.0


class ServerWorker:
    """Title, site and anchor rules are the server's own settings."""

    def __init__(self, server: LocalServer) -> None:
        self._server = server

    async def plan(self, source: Folder, options: Options, report: Report) -> Summary:
        return await self._ingest(source, {**_query(options), "plan": "1"}, report)

    async def run(self, source: Folder, options: Options, report: Report) -> Summary:
        return await self._ingest(source, _query(options), report)

    async def roll_back(self) -> Build:
        """Raises what the server's own roll-back raises."""
        async with self._server.client(UPLOAD_SECONDS) as client:
            job = await _followed(client, await _posted(client, {"rollback": "1"}, None), lambda _: None)
        return Build(**job["build"])

    async def _ingest(self, source: Folder, query: Mapping[str, str], report: Report) -> Summary:
        with tempfile.SpooledTemporaryFile(IN_MEMORY) as archive:
            await asyncio.to_thread(_pack, source, archive)
            async with self._server.client(UPLOAD_SECONDS) as client:
                return Summary.of_document(await _followed(client, await _posted(client, query, archive), report))


def _query(options: Options) -> dict[str, str]:
    wanted = {"rebuild": options.rebuild, "allow_empty": options.allow_empty}
    query = {name: "1" for name, on in wanted.items() if on}
    return query | ({"replace": "all"} if options.remove_missing else {})


def _pack(source: Folder, archive: IO[bytes]) -> None:
    """Files as they are: what is wrong with one is for the server to say."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in source.paths:
            packed.write(source.root / path, path)
    archive.seek(0)


async def _posted(client: httpx.AsyncClient, query: Mapping[str, str], archive: IO[bytes] | None) -> str:
    """The job's id. Raises Busy, or Unavailable with the server's own sentence."""
    files = {"archive": ("book.zip", archive, "application/zip")} if archive else None
    answer = await _answer(client.post("/ingest", params=dict(query), files=files))
    if "job_id" in answer and answer.get("code") is None:
        return str(answer["job_id"])
    error = Busy if answer.get("status") == 409 else None
    raise error(answer["detail"]) if error else Unavailable("server", str(answer.get("detail", "no answer")))


async def _followed(client: httpx.AsyncClient, job_id: str, report: Report) -> dict[str, Any]:
    """The finished job. Raises the error that it ended with."""
    wait = FIRST_WAIT
    while True:
        job = await _answer(client.get(f"/ingest/{job_id}"))
        match job.get("state"):
            case "done":
                return job
            case "failed":
                raise _failure(job)
            case "queued" | "running":
                report(Progress(job["pages"]["seen"], job["pages"]["total"], job["embedded"]))
            case _:
                raise Unavailable("server", "the job is not known any more - it may have been restarted")
        await asyncio.sleep(wait)
        wait = min(LONGEST_WAIT, wait * 1.5)


def _failure(job: Mapping[str, Any]) -> DomainError:
    detail = str(job.get("detail") or "the ingest failed")
    kind = next((kind for kind, reason in REASONS.items() if reason == job.get("reason")), None)
    return kind(detail) if kind is not None and kind is not Unavailable else Unavailable("server", detail)


async def _answer(request: Any) -> dict[str, Any]:
    try:
        answer = (await request).json()
    except (httpx.HTTPError, ValueError):
        raise Unavailable("server", "it does not answer any more") from None
    return answer if isinstance(answer, dict) else {}
