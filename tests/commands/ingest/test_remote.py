"""Ingest through a running server: the same results and the same errors as an ingest of this process."""

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from glossator.commands.ingest.command import Worker
from glossator.commands.ingest.remote import ServerWorker
from glossator.commands.server.local_server import LocalServer
from glossator.domain.book.ingest.ingest import Options
from glossator.domain.book.ingest.summary import Progress
from glossator.domain.book.passages import BrokenPage
from glossator.domain.book.sources.folder import Folder, read_pages
from glossator.domain.errors import BookMismatch, Busy, Refused, Unavailable
from glossator.domain.ports.embedder import Embedded
from glossator.kernel.settings.secret import Secret
from tests.indexes import CountingEmbedder
from tests.servers.app_server import serving_app
from tests.servers.http_server import Dropped, Handler, Reply, Request, serving
from tests.web.ingest.apps import ADMIN_KEY, Shelf

WHOLE = Options()
PART = Options(remove_missing=False)


def server_at(url: str, key: str = ADMIN_KEY) -> LocalServer:
    return replace(LocalServer.of_this_process(1, Secret(key)), url=url)


@asynccontextmanager
async def worker_over(shelf: Shelf) -> AsyncIterator[ServerWorker]:
    async with shelf.app() as app, serving_app(app) as url:
        yield ServerWorker(server_at(url))


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    (tmp_path / "guides").mkdir()
    (tmp_path / "guides" / "index.md").write_text("# Plants\nGreen things.", encoding="utf-8")
    (tmp_path / "guides" / "trees.md").write_text("# Trees\nTall things.", encoding="utf-8")
    return tmp_path


def folder(path: Path) -> Folder:
    return read_pages(path, "docusaurus")


async def test_summary_is_the_one_of_an_ingest_of_this_process(docs: Path) -> None:
    seen: list[Progress] = []
    shelf = Shelf()
    async with worker_over(shelf) as worker:
        interchangeable: Worker = worker
        summary = await interchangeable.run(folder(docs), WHOLE, seen.append)

    assert shelf.pages == {"guides/index.md": "Plants", "guides/trees.md": "Trees"}
    assert (summary.build, summary.title, summary.live, summary.planned) == (1, "Plants", True, False)
    assert (summary.pages.new, summary.passages.embedded, summary.tokens) == (2, 2, 6)


async def test_folder_is_the_whole_book_and_a_file_is_a_part(docs: Path) -> None:
    shelf = Shelf()
    async with worker_over(shelf) as worker:
        await worker.run(folder(docs), WHOLE)
        await worker.run(folder(docs / "guides" / "trees.md"), PART)
        assert shelf.pages.keys() == {"guides/index.md", "guides/trees.md", "trees.md"}

        summary = await worker.run(folder(docs), WHOLE)

    assert summary.pages.removed == 1
    assert summary.passages.embedded == 0


async def test_plan_writes_nothing(docs: Path) -> None:
    shelf = Shelf()
    async with worker_over(shelf) as worker:
        summary = await worker.plan(folder(docs), WHOLE)

    assert summary.planned
    assert shelf.pages == {}


async def test_rebuild_and_rollback(docs: Path) -> None:
    shelf = Shelf()
    async with worker_over(shelf) as worker:
        await worker.run(folder(docs), WHOLE)
        rebuilt = await worker.run(folder(docs), Options(rebuild=True))
        build = await worker.roll_back()

    assert rebuilt.build == 2
    assert (build.number, build.title, build.pages, build.passages) == (1, "Plants", 2, 2)
    assert shelf.index.live_number == 1


async def test_pages_that_cannot_be_read_here_are_broken_and_stay_in_the_book(docs: Path) -> None:
    shelf = Shelf()
    async with worker_over(shelf) as worker:
        await worker.run(folder(docs), WHOLE)
        source = folder(docs)
        (docs / "guides" / "trees.md").unlink()
        summary = await worker.run(source, WHOLE)

    assert summary.broken == (BrokenPage("guides/trees.md", "cannot be read: No such file or directory"),)
    assert "guides/trees.md" in shelf.pages


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        (b"big.md", b"a word " * 800_000, "larger than 5 MiB"),
        (b"back\\slash.md", b"# A", "has a name that contains a backslash"),
        (b"\xff.md", b"# A", "has a name that contains a control character"),
        (b"bad.md", b"\xff", "is not UTF-8: byte 1"),
    ],
)
async def test_page_with_a_fault_does_not_keep_the_others_out(
    docs: Path, name: bytes, content: bytes, reason: str
) -> None:
    await asyncio.to_thread((docs / os.fsdecode(name)).write_bytes, content)
    shelf = Shelf()
    async with worker_over(shelf) as worker:
        summary = await worker.run(folder(docs), WHOLE)

    assert [page.reason for page in summary.broken] == [reason]
    assert len(shelf.pages) == 2


async def test_page_that_can_be_compressed_like_a_bomb_is_taken(docs: Path) -> None:
    await asyncio.to_thread((docs / "same.txt").write_bytes, b"again " * 100_000)
    shelf = Shelf()
    async with worker_over(shelf) as worker:
        await worker.run(folder(docs), WHOLE)

    assert "same.txt" in shelf.pages


async def test_folder_without_pages_is_refused_and_empties_the_book_when_told(docs: Path, tmp_path: Path) -> None:
    empty = tmp_path / "guides" / "empty"
    empty.mkdir()
    shelf = Shelf()
    async with worker_over(shelf) as worker:
        await worker.run(folder(docs), WHOLE)
        with pytest.raises(Refused, match="nothing was changed"):
            await worker.run(folder(empty), WHOLE)
        assert len(shelf.pages) == 2

        await worker.run(folder(empty), Options(allow_empty=True))

    assert shelf.pages == {}


async def test_errors_of_the_job_are_raised_as_they_were(docs: Path) -> None:
    shelf = Shelf()
    async with worker_over(shelf) as worker:
        await worker.run(folder(docs), WHOLE)
        with pytest.raises(Refused, match="there is no earlier build"):
            await worker.roll_back()
        shelf.embedder.model = "another"
        with pytest.raises(BookMismatch, match="glossator ingest --rebuild"):
            await worker.run(folder(docs), WHOLE)
        shelf.embedder.model = "counting"
        shelf.index.fail_after = 0
        (docs / "new.md").write_text("# New", encoding="utf-8")
        with pytest.raises(Unavailable, match="index: this write was to fail"):
            await worker.run(folder(docs), WHOLE)


async def test_second_ingest_is_busy(docs: Path) -> None:
    class Slow(CountingEmbedder):
        async def embed(self, texts: Sequence[str]) -> Embedded:
            await asyncio.sleep(3600)
            raise AssertionError

    async with worker_over(Shelf(embedder=Slow())) as worker:
        first = asyncio.create_task(worker.run(folder(docs), WHOLE))
        await asyncio.sleep(0.5)
        with pytest.raises(Busy, match="running already"):
            await worker.run(folder(docs), WHOLE)
        first.cancel()


async def test_wrong_key_is_told(docs: Path) -> None:
    async with Shelf().app() as app, serving_app(app) as url:
        with pytest.raises(Unavailable):
            await ServerWorker(server_at(url, "another")).run(folder(docs), WHOLE)


async def gone(request: Request, reply: Reply) -> None:
    raise Dropped


async def gone_after_the_start(request: Request, reply: Reply) -> None:
    if request.method == "GET":
        raise Dropped
    await reply.send_json(202, {"job_id": "1"})


async def interrupted(request: Request, reply: Reply) -> None:
    job = {"job_id": "1", "state": "failed", "reason": "interrupted", "detail": "stopped"}
    await reply.send_json(202 if request.method == "POST" else 200, job)


async def no_json(request: Request, reply: Reply) -> None:
    await reply.start(200, {"content-length": "2"})
    await reply.write(b"<>")
    await reply.end()


@pytest.mark.parametrize("handler", [gone, gone_after_the_start, interrupted, no_json])
async def test_server_that_goes_is_unavailable(docs: Path, handler: Handler) -> None:
    async with serving(handler) as port:
        with pytest.raises(Unavailable, match=r"^server: .* repeat the command"):
            await ServerWorker(server_at(f"http://127.0.0.1:{port}")).run(folder(docs), WHOLE)
