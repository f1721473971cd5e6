"""Ingest over HTTP."""

import asyncio
import gc
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from quart import typing as quart

from glossator.domain.ports.embedder import Embedded, Purpose
from tests import archives
from tests.indexes import CountingEmbedder
from tests.web.ingest.apps import ADMIN, ORIGIN, BookSite, Form, archive_form, files_form

UNKNOWN = UUID(int=7)

BOOK = {"index.md": "# Plants\nGreen things.", "trees.md": "# Trees\nTall things."}
MIB = 2**20


@asynccontextmanager
async def client_of(site: BookSite) -> AsyncIterator[quart.TestClientProtocol]:
    async with site.app() as app:
        yield app.test_client()


async def send(client: quart.TestClientProtocol, form: Form | None, query: str = "") -> tuple[int, dict[str, Any]]:
    headers, body = (form.headers, form.body) if form else (ADMIN, b"")
    reply = await client.post(f"/ingest{query}", data=body, headers=dict(headers))
    return reply.status_code, await reply.get_json()


async def get_job(client: quart.TestClientProtocol, job_id: str) -> dict[str, Any]:
    job: dict[str, Any] = await (await client.get(f"/ingest/{job_id}", headers=ADMIN)).get_json()
    return job


async def run_job(client: quart.TestClientProtocol, form: Form | None, query: str = "") -> dict[str, Any]:
    """Start a job and return it when it has ended."""
    status, answer = await send(client, form, query)
    assert status == 202, answer
    async with asyncio.timeout(60):
        while (job := await get_job(client, answer["job_id"]))["state"] in {"queued", "running"}:
            await asyncio.sleep(0.01)
    return job


class SlowEmbedder(CountingEmbedder):
    """Waits until it is released."""

    def __init__(self) -> None:
        super().__init__()
        self.called = asyncio.Event()
        self.released = asyncio.Event()

    async def embed(self, texts: Sequence[str], purpose: Purpose, spaces: Collection[str] | None = None) -> Embedded:
        self.called.set()
        await self.released.wait()
        return await super().embed(texts, purpose, spaces)


async def test_archive_is_ingested() -> None:
    site = BookSite()
    async with client_of(site) as client:
        job = await run_job(client, archive_form(archives.zipped({f"docs/{p}": t for p, t in BOOK.items()})))

    assert site.pages == {"index.md": "Plants", "trees.md": "Trees"}
    assert job.pop("job_id")
    assert job.pop("seconds") >= 0
    assert job == {
        "state": "done",
        "build": 1,
        "title": "Plants",
        "model": "counting",
        "generator": "docusaurus",
        "live": True,
        "planned": False,
        "pages": {"new": 2, "changed": 0, "unchanged": 0, "removed": 0, "broken": 0},
        "passages": {"embedded": 2, "moved": 0, "removed": 0, "total": 2},
        "embedded": 2,
        "filled": 0,
        "questions": {"total": 0, "new": 0, "tokens": 0, "usd": 0.0, "embedding_tokens": 0},
        "page_links": 0,
        "tokens": 6,
        "cost_usd": 0.00012,
        "excluded": {},
        "excluded_pages": [],
        "not_included": 0,
        "errors": [],
        "skipped": 0,
    }


async def test_files_are_ingested_under_their_names() -> None:
    site = BookSite()
    async with client_of(site) as client:
        job = await run_job(
            client,
            files_form({**BOOK, "guides/a.html": "<h1>A</h1>", "b.txt": "Text", "c.png": "png", "bad.md": b"\xff"}),
        )

    assert site.pages.keys() == {"index.md", "trees.md", "guides/a.html", "b.txt"}
    assert job["errors"] == [{"page": "bad.md", "reason": "is not UTF-8: byte 1"}]
    assert job["skipped"] == 1


async def test_files_and_an_archive_can_be_combined() -> None:
    site, archive = BookSite(), archives.zipped({"trees.md": "# Trees"})
    async with client_of(site) as client:
        await run_job(client, Form((("files", "index.md", b"# Plants"), ("archive", "a.zip", archive))))

    assert site.pages.keys() == {"index.md", "trees.md"}


async def test_added_pages_follow_the_generator_of_the_book() -> None:
    site = BookSite(generator="auto")
    async with client_of(site) as client:
        book = {"mkdocs.yml": "site_name: Plants", "docs/index.md": "# Plants"}
        first = await run_job(client, archive_form(archives.zipped(book)), "?keep_top=1&replace=all")
        added = await run_job(client, files_form({"docs/fern.md": "# Fern"}))
        urls = {page.url for page in site.index.stored[1].pages.values()}
        replaced = await run_job(client, files_form({"docs/fern.md": "# Fern"}), "?replace=all&new_book=1")

    assert [job["generator"] for job in (first, added, replaced)] == ["mkdocs", "mkdocs", "docusaurus"]
    assert urls == {"", "fern/"}


async def test_upload_adds_pages_and_replaces_the_book_on_request() -> None:
    site = BookSite()
    async with client_of(site) as client:
        await run_job(client, files_form(BOOK))
        await run_job(client, files_form({"birds.md": "# Birds"}))
        assert site.pages.keys() == {"index.md", "trees.md", "birds.md"}

        job = await run_job(client, files_form({"birds.md": "# Birds"}), "?replace=all")

    assert site.pages.keys() == {"birds.md"}
    assert job["pages"]["removed"] == 2


async def test_repeated_upload_embeds_nothing() -> None:
    site = BookSite()
    async with client_of(site) as client:
        await run_job(client, files_form(BOOK))
        job = await run_job(client, files_form(BOOK))

    assert (job["embedded"], job["cost_usd"], job["pages"]["unchanged"]) == (0, 0.0, 2)


async def test_without_a_body_docs_path_is_ingested(tmp_path: Path) -> None:
    (tmp_path / "index.md").write_text("# Plants\nGreen.", encoding="utf-8")
    site = BookSite(docs=tmp_path)
    async with client_of(site) as client:
        await run_job(client, files_form({"old.md": "# Old"}))
        await run_job(client, None)

    assert site.pages == {"index.md": "Plants"}


async def test_plan_writes_nothing() -> None:
    site = BookSite()
    async with client_of(site) as client:
        job = await run_job(client, files_form(BOOK), "?plan=1")

    assert (job["planned"], job["embedded"], job["live"]) == (True, 2, False)
    assert site.pages == {}


async def test_rebuild_and_rollback() -> None:
    site = BookSite()
    async with client_of(site) as client:
        await run_job(client, files_form(BOOK))
        rebuilt = await run_job(client, files_form(BOOK), "?rebuild=1&replace=all")
        rolled_back = await run_job(client, None, "?rollback=1")

    assert rebuilt["build"] == 2
    assert (rolled_back["rolled_back_to"]["number"], rolled_back["pages"], rolled_back["passages"]) == (
        1,
        {"total": 2},
        {"total": 2},
    )
    assert site.index.live_number == 1


async def test_rollback_without_an_earlier_build_fails_with_the_reason() -> None:
    async with client_of(BookSite()) as client:
        job = await run_job(client, None, "?rollback=1")

    assert (job["state"], job["reason"]) == ("failed", "refused")
    assert "there is no earlier build" in job["detail"]


async def test_top_folder_can_be_kept() -> None:
    site = BookSite()
    async with client_of(site) as client:
        await run_job(client, archive_form(archives.zipped({"guides/a.md": "# A"})), "?keep_top=1")

    assert site.pages.keys() == {"guides/a.md"}


@pytest.mark.parametrize(
    ("form", "query", "status", "code", "text"),
    [
        (
            archive_form(archives.zipped({"../a.md": "x"})),
            "",
            422,
            "upload_refused",
            "../a.md has a path that contains ..",
        ),
        (archive_form(archives.zipped({"a.md": b"0" * MIB})), "", 413, "upload_too_large", "a.md unpacks to more"),
        (archive_form(b"# not an archive"), "", 400, "upload_damaged", "not a zip file"),
        (archive_form(b""), "", 400, "upload_damaged", "not a zip file"),
        (archive_form(archives.zipped({})), "", 422, "refused", "contains no page"),
        (archive_form(archives.zipped({"a.png": "x"})), "", 422, "refused", "contains no page"),
        (files_form({"/etc/a.md": "x"}), "", 422, "upload_refused", "has an absolute path"),
        (files_form({"": "x"}), "", 422, "upload_refused", "has no name"),
        (Form((("files", "a.md", b"x"),) * 2), "", 422, "upload_refused", "a.md appears more than once"),
        (Form((("files", None, b"x"),)), "", 422, "invalid_field", "Send pages as files"),
        (Form((("file", "a.md", b"x"),)), "", 422, "invalid_field", "Send pages as files"),
        (Form((("archive", "a.zip", b"x"), ("archive", "a.zip", b"x"))), "", 422, "invalid_field", "Send pages"),
        (Form((("broken", None, b"[1]"),)), "", 422, "invalid_field", ""),
        (Form((("site", None, b"[]"),)), "", 422, "invalid_field", ""),
        (Form((("site", None, b'{"folders": ["a"], "configs": [{"name": "a"}]}'),)), "", 422, "invalid_field", ""),
        (Form((("site", None, b'{"folders": ["a", "b", "c", "d"], "configs": []}'),)), "", 422, "invalid_field", ""),
        (Form((("site", None, b"{}"), ("site", None, b"{}"))), "", 422, "invalid_field", "Send pages as files"),
        (Form(()), "", 422, "refused", "contains no page"),
        (None, "", 422, "refused", "DOCS_PATH is not set"),
        (files_form(BOOK), "?rebuild=1", 422, "refused", "add replace=all"),
        (files_form(BOOK), "?replace=some", 422, "invalid_field", "replace: must be all"),
        (files_form(BOOK), "?plan=yes", 422, "invalid_field", "plan: must be 1"),
        (files_form(BOOK), "?budget=much", 422, "invalid_field", "budget: must be US dollars, such as 1.50"),
        (files_form(BOOK), "?budget=-1", 422, "invalid_field", "budget: must be US dollars"),
        (None, "?rollback=1&plan=1", 422, "invalid_field", "rollback: cannot be combined"),
        (None, "?rollback=1&replace=all", 422, "invalid_field", "rollback: cannot be combined"),
    ],
)
async def test_invalid_upload_is_a_problem_with_the_reason(
    form: Form | None, query: str, status: int, code: str, text: str
) -> None:
    site = BookSite()
    async with client_of(site) as client:
        answered, problem = await send(client, form, query)

    assert (answered, problem["code"]) == (status, code)
    assert text in problem["detail"]
    assert site.index.writes == []


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("application/zip", b"PK", 415),
        ("multipart/form-data", b"x", 400),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data; name=files; filename=a.md", 400),
        ("multipart/form-data; boundary=x", files_form(BOOK).body[:-20], 400),
        ("multipart/form-data; boundary=x", b"--x\r\nNo-Disposition: 1\r\n\r\nx\r\n--x--\r\n", 400),
    ],
)
async def test_body_that_is_not_a_form_is_rejected(content_type: str, body: bytes, status: int) -> None:
    async with client_of(BookSite()) as client:
        reply = await client.post("/ingest", data=body, headers={**ADMIN, "Content-Type": content_type})

    assert reply.status_code == status


@pytest.mark.parametrize("has_length", [True, False])
async def test_more_than_64_mib_is_rejected(has_length: bool) -> None:
    form = files_form({"a.md": b""})
    headers = {**form.headers, **({"Content-Length": str(64 * MIB + 1)} if has_length else {})}
    async with client_of(BookSite()) as client:
        async with client.request("/ingest", method="POST", headers=headers) as connection:
            await connection.send(form.body[: form.body.index(b"\r\n\r\n") + 4])
            for _ in range(0 if has_length else 66):
                await connection.send(b"x" * MIB)
                await asyncio.sleep(0.005)
            await connection.send_complete()
        reply = await connection.as_response()

    assert (reply.status_code, (await reply.get_json())["code"]) == (413, "body_too_large")


async def test_second_job_is_rejected_with_the_id_of_the_first() -> None:
    embedder = SlowEmbedder()
    async with client_of(BookSite(embedder=embedder)) as client:
        _, first = await send(client, files_form(BOOK))
        await embedder.called.wait()
        status, problem = await send(client, files_form(BOOK))
        running = await get_job(client, first["job_id"])
        embedder.released.set()

    assert (status, problem["code"], problem["job_id"]) == (409, "ingest_running", first["job_id"])
    assert running == {
        "job_id": first["job_id"],
        "state": "running",
        "pages": {"seen": 2, "total": 2},
        "passages": {"embedded": 0},
        "embedded": 0,
        "filled": 0,
        "suggested": 0,
        "estimate": {"passages": 2, "per_second": None, "seconds_left": None},
        "max_cost": {"tokens": 6, "usd": 0.00012},
        "cost_usd": None,
        "errors": [],
    }


async def test_stop_interrupts_the_job_and_a_repeated_one_finishes_it() -> None:
    embedder = SlowEmbedder()
    site = BookSite(embedder=embedder)
    async with client_of(site) as client:
        _, first = await send(client, files_form(BOOK))
        await embedder.called.wait()
    site.embedder = CountingEmbedder()
    async with client_of(site) as client:
        interrupted = await get_job(client, first["job_id"])
        job = await run_job(client, files_form(BOOK))

    assert (interrupted["state"], interrupted["reason"]) == ("failed", "interrupted")
    assert (job["state"], job["embedded"]) == ("done", 2)


async def test_upstream_error_is_not_passed_on(caplog: pytest.LogCaptureFixture) -> None:
    class Failing(CountingEmbedder):
        async def embed(
            self, texts: Sequence[str], purpose: Purpose, spaces: Collection[str] | None = None
        ) -> Embedded:
            raise RuntimeError("Incorrect API key provided: sk-secret")

    async with client_of(BookSite(embedder=Failing())) as client:
        job = await run_job(client, files_form(BOOK))

    assert (job["state"], job["reason"]) == ("failed", "failed")
    assert "sk-secret" not in str(job)


async def test_pages_that_the_client_could_not_read_are_broken_and_kept(tmp_path: Path) -> None:
    site = BookSite()
    broken = b'[{"page": "trees.md", "reason": "cannot be read: Permission denied"}]'
    async with client_of(site) as client:
        await run_job(client, files_form(BOOK))
        form = Form((*files_form({"index.md": "# Plants"}).parts, ("broken", None, broken)))
        job = await run_job(client, form, "?replace=all")

    assert job["errors"] == [{"page": "trees.md", "reason": "cannot be read: Permission denied"}]
    assert site.pages.keys() == {"index.md", "trees.md"}


async def test_site_in_an_archive_gives_title_and_base_and_is_no_page() -> None:
    site = BookSite(title="")
    files = {
        "w/mkdocs.yml": "site_name: Wells\nsite_url: https://book.example/wells/",
        "w/a.md": "# A",
        "w/b.md": "# B",
    }
    async with client_of(site) as client:
        job = await run_job(client, archive_form(archives.zipped(files)))
        part = await run_job(client, files_form({"c.md": "# C"}))

    live = await site.index.live()
    assert live is not None
    assert (job["title"], job["skipped"], live.title, live.base) == ("Wells", 1, "Wells", "wells")
    assert part["pages"]["new"] == 1


async def test_unknown_files_of_the_site_are_ignored() -> None:
    site = BookSite(title="")
    sent = b'{"folders": ["Wells"], "configs": [{"name": "secret.yml", "level": 1, "text": "title: No"}]}'
    async with client_of(site) as client:
        job = await run_job(client, Form((*files_form({"a.md": "# A"}).parts, ("site", None, sent))))

    assert (job["title"], "address" in job) == ("Wells", False)


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic x"}])
@pytest.mark.parametrize(("method", "path"), [("POST", "/ingest"), ("GET", f"/ingest/{UNKNOWN}")])
async def test_without_the_admin_key_the_routes_are_not_found(headers: dict[str, str], method: str, path: str) -> None:
    async with client_of(BookSite()) as client:
        reply = await client.open(path, method=method, headers=headers, json=None)

    assert (reply.status_code, (await reply.get_json())["code"]) == (404, "not_found")


@pytest.mark.parametrize("job_id", [str(UNKNOWN), "none", "0", "{" + str(UNKNOWN) + "}", "x" * 2000])
async def test_unknown_job_is_not_found(job_id: str) -> None:
    async with client_of(BookSite()) as client:
        reply = await client.get(f"/ingest/{job_id}", headers=ADMIN)

    assert (reply.status_code, (await reply.get_json())["code"]) == (404, "not_found")


@pytest.mark.parametrize("method", ["POST", "GET", "OPTIONS"])
async def test_ingest_routes_have_no_cors_headers(method: str) -> None:
    path = "/ingest" if method != "GET" else f"/ingest/{UNKNOWN}"
    headers = {"Origin": ORIGIN, "Access-Control-Request-Method": "POST"}
    async with client_of(BookSite()) as client:
        reply = await client.open(path, method=method, headers={**ADMIN, **headers}, json=None)

    assert not [name for name in reply.headers if name[0].lower().startswith("access-control")]
    assert "Set-Cookie" not in reply.headers
    assert reply.headers["Cache-Control"] == "no-store"


def open_files() -> int:
    gc.collect()
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts the open files of this process")
@pytest.mark.parametrize("outcome", ["done", "refused", "incomplete", "busy", "stopped"])
async def test_temporary_files_are_deleted(outcome: str) -> None:
    embedder = SlowEmbedder()
    archive = archives.zipped({"../a.md": "x"} if outcome == "refused" else BOOK)
    form = Form((("files", "b.md", b"# B"), ("archive", "a.zip", archive)))
    before = open_files()
    async with client_of(BookSite(embedder=embedder)) as client:
        if outcome == "incomplete":
            await client.post("/ingest", data=form.body[:-30], headers=dict(form.headers))
        elif outcome in {"done", "refused"}:
            embedder.released.set()
            await (run_job if outcome == "done" else send)(client, form)
        else:
            await send(client, files_form(BOOK))
            await embedder.called.wait()
            if outcome == "busy":
                await send(client, form)
                embedder.released.set()
    async with asyncio.timeout(60):
        while open_files() > before:
            await asyncio.sleep(0.01)
