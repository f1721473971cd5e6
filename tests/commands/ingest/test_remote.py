"""Ingest through a running server: the results and errors are the same as those of an ingest in this process."""

import asyncio
import os
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from glossator.commands.ingest.command import IngestBackend
from glossator.commands.ingest.remote import RemoteIngest, site_to_json
from glossator.commands.server.local_server import LocalServer
from glossator.domain.book.ingest.book_options import IngestOptions
from glossator.domain.book.ingest.ingest import Ingest
from glossator.domain.book.ingest.summary import IngestProgress
from glossator.domain.book.pages.dialect.generators import Dialect
from glossator.domain.book.passages import BrokenPage
from glossator.domain.book.sources.folder import Folder, read_pages
from glossator.domain.book.splitting.packing import Limits
from glossator.domain.book.splitting.splitter import Splitter
from glossator.domain.errors import BookMismatch, Busy, Refused, Unavailable
from glossator.domain.ports.embedder import Embedded, Purpose
from glossator.kernel.settings.secret import Secret
from tests.indexes import CountingEmbedder, MemoryIndex
from tests.servers.app_server import serving_app
from tests.servers.http_server import Dropped, Handler, Reply, Request, serving
from tests.web.ingest.apps import ADMIN_KEY, BookSite

WHOLE = IngestOptions()
PART = IngestOptions(remove_missing=False)


def server_at(url: str, key: str = ADMIN_KEY) -> LocalServer:
    return replace(LocalServer.current_process(1, Secret(key)), url=url)


@asynccontextmanager
async def remote_ingest(site: BookSite) -> AsyncIterator[RemoteIngest]:
    async with site.app() as app, serving_app(app) as url:
        yield RemoteIngest(server_at(url))


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    (tmp_path / "guides").mkdir()
    (tmp_path / "guides" / "index.md").write_text("# Plants\nGreen things.", encoding="utf-8")
    (tmp_path / "guides" / "trees.md").write_text("# Trees\nTall things.", encoding="utf-8")
    return tmp_path


def folder(path: Path) -> Folder:
    return read_pages(path, "docusaurus")


async def test_summary_is_the_same_as_that_of_a_local_ingest(docs: Path) -> None:
    seen: list[IngestProgress] = []
    site = BookSite()
    async with remote_ingest(site) as backend:
        checked: IngestBackend = backend
        summary = await checked.run(folder(docs), WHOLE, seen.append)

    assert site.pages == {"guides/index.md": "Plants", "guides/trees.md": "Trees"}
    assert (summary.build, summary.title, summary.live, summary.planned) == (1, "Plants", True, False)
    assert (summary.pages.new, summary.passages.embedded, summary.tokens) == (2, 2, 6)


async def test_included_files_are_sent_and_files_are_counted_as_in_a_local_ingest(docs: Path) -> None:
    (docs / "_part.md").write_text("Included")
    (docs / "a.mdx").write_text("import P from './_part.md'\n\n<P />\n\n{{#include none.md}}\n")
    site = BookSite()
    async with remote_ingest(site) as backend:
        summary = await backend.run(folder(docs), WHOLE)

    assert summary.not_included == 1
    assert summary.excluded == {"partial": 1}
    assert "Included" in site.index.stored[1].pages["a.mdx"].source


async def test_folder_replaces_the_book_and_a_file_is_added(docs: Path) -> None:
    site = BookSite()
    async with remote_ingest(site) as backend:
        await backend.run(folder(docs), WHOLE)
        await backend.run(folder(docs / "guides" / "trees.md"), PART)
        assert site.pages.keys() == {"guides/index.md", "guides/trees.md", "trees.md"}

        summary = await backend.run(folder(docs), WHOLE)

    assert summary.pages.removed == 1
    assert summary.passages.embedded == 0


async def test_plan_writes_nothing(docs: Path) -> None:
    site = BookSite()
    async with remote_ingest(site) as backend:
        summary = await backend.plan(folder(docs), WHOLE)

    assert summary.planned
    assert site.pages == {}


async def test_rebuild_and_rollback(docs: Path) -> None:
    site = BookSite()
    async with remote_ingest(site) as backend:
        await backend.run(folder(docs), WHOLE)
        rebuilt = await backend.run(folder(docs), IngestOptions(rebuild=True))
        build = await backend.roll_back()

    assert rebuilt.build == 2
    assert (build.number, build.title, build.pages, build.passages) == (1, "Plants", 2, 2)
    assert site.index.live_number == 1


async def test_page_that_cannot_be_read_locally_is_broken_and_stays_in_the_book(docs: Path) -> None:
    site = BookSite()
    async with remote_ingest(site) as backend:
        await backend.run(folder(docs), WHOLE)
        source = folder(docs)
        (docs / "guides" / "trees.md").unlink()
        summary = await backend.run(source, WHOLE)

    assert summary.broken == (BrokenPage("guides/trees.md", "cannot be read: No such file or directory"),)
    assert "guides/trees.md" in site.pages


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        (b"big.md", b"a word " * 800_000, "larger than 5 MiB"),
        (b"back\\slash.md", b"# A", "has a name that contains a backslash"),
        (b"\xff.md", b"# A", "has a name that contains a control character"),
        (b"bad.md", b"\xff", "is not UTF-8: byte 1"),
    ],
)
async def test_broken_page_does_not_prevent_ingesting_the_others(
    docs: Path, name: bytes, content: bytes, reason: str
) -> None:
    await asyncio.to_thread((docs / os.fsdecode(name)).write_bytes, content)
    site = BookSite()
    async with remote_ingest(site) as backend:
        summary = await backend.run(folder(docs), WHOLE)

    assert [page.reason for page in summary.broken] == [reason]
    assert len(site.pages) == 2


async def test_highly_compressible_page_is_accepted(docs: Path) -> None:
    await asyncio.to_thread((docs / "same.txt").write_bytes, b"again " * 100_000)
    site = BookSite()
    async with remote_ingest(site) as backend:
        await backend.run(folder(docs), WHOLE)

    assert "same.txt" in site.pages


async def test_folder_without_pages_is_rejected_unless_allowed(docs: Path, tmp_path: Path) -> None:
    empty = tmp_path / "guides" / "empty"
    empty.mkdir()
    site = BookSite()
    async with remote_ingest(site) as backend:
        await backend.run(folder(docs), WHOLE)
        with pytest.raises(Refused, match="nothing was changed"):
            await backend.run(folder(empty), WHOLE)
        assert len(site.pages) == 2

        await backend.run(folder(empty), IngestOptions(allow_empty=True))

    assert site.pages == {}


async def test_errors_of_the_job_are_raised(docs: Path) -> None:
    site = BookSite()
    async with remote_ingest(site) as backend:
        await backend.run(folder(docs), WHOLE)
        with pytest.raises(Refused, match="there is no earlier build"):
            await backend.roll_back()
        former, site.embedder.spaces = site.embedder.spaces, CountingEmbedder("another").spaces
        with pytest.raises(BookMismatch, match="glossator ingest --rebuild"):
            await backend.run(folder(docs), WHOLE)
        site.embedder.spaces = former
        site.index.fail_after = 0
        (docs / "new.md").write_text("# New", encoding="utf-8")
        with pytest.raises(Unavailable, match="index: simulated failure"):
            await backend.run(folder(docs), WHOLE)


async def test_second_ingest_is_busy(docs: Path) -> None:
    called = asyncio.Event()

    class Slow(CountingEmbedder):
        async def embed(
            self, texts: Sequence[str], purpose: Purpose, spaces: Collection[str] | None = None
        ) -> Embedded:
            called.set()
            await asyncio.sleep(3600)
            raise AssertionError

    async with remote_ingest(BookSite(embedder=Slow())) as backend:
        first = asyncio.create_task(backend.run(folder(docs), WHOLE))
        await called.wait()
        with pytest.raises(Busy, match="already"):
            await backend.run(folder(docs), WHOLE)
        first.cancel()


async def test_wrong_key_is_reported(docs: Path) -> None:
    async with BookSite().app() as app, serving_app(app) as url:
        with pytest.raises(Unavailable):
            await RemoteIngest(server_at(url, "another")).run(folder(docs), WHOLE)


async def drop(request: Request, reply: Reply) -> None:
    raise Dropped


async def drop_after_start(request: Request, reply: Reply) -> None:
    if request.method == "GET":
        raise Dropped
    await reply.send_json(202, {"job_id": "1"})


async def interrupt(request: Request, reply: Reply) -> None:
    job = {"job_id": "1", "state": "failed", "reason": "interrupted", "detail": "stopped"}
    await reply.send_json(202 if request.method == "POST" else 200, job)


async def send_no_json(request: Request, reply: Reply) -> None:
    await reply.start(200, {"content-length": "2"})
    await reply.write(b"<>")
    await reply.end()


@pytest.mark.parametrize("handler", [drop, drop_after_start, interrupt, send_no_json])
async def test_server_that_stops_is_unavailable(docs: Path, handler: Handler) -> None:
    async with serving(handler) as port:
        with pytest.raises(Unavailable, match=r"^server: .* repeat the command"):
            await RemoteIngest(server_at(f"http://127.0.0.1:{port}")).run(folder(docs), WHOLE)


async def test_another_book_needs_new_book(docs: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "index.md").write_text("# Cooking\nBoil the rice.", encoding="utf-8")
    site = BookSite(title="")
    async with remote_ingest(site) as backend:
        await backend.run(folder(docs / "guides"), WHOLE)
        with pytest.raises(Refused, match="--new-book"):
            await backend.run(folder(other), WHOLE)
        summary = await backend.run(folder(other), replace(WHOLE, other_book="replace"))

    assert (summary.build, summary.title, summary.live) == (2, "Cooking", True)


async def test_title_base_and_generator_are_the_same_as_in_a_local_ingest(docs: Path) -> None:
    (docs / "mkdocs.yml").write_text("site_name: Deep wells\nsite_url: https://book.example/wells/\n")
    (docs / ".env").write_text("SECRET=1")
    (docs / "guides" / "index.md").unlink()
    local, site = MemoryIndex(), BookSite(title="", generator="auto")
    ingest = Ingest(local, CountingEmbedder(), Splitter(Limits(1000)), batch=256)
    await ingest.run(read_pages(docs / "guides", "auto"), WHOLE)
    async with remote_ingest(site) as backend:
        await backend.run(folder(docs / "guides"), WHOLE)

    builds = [await local.live(), await site.index.live()]
    found = [(build.title, build.base, build.dialect) for build in builds if build]
    assert found == [("Deep wells", "wells", Dialect("mkdocs"))] * 2


async def test_name_of_the_folder_is_the_title_of_a_book_without_another(docs: Path) -> None:
    (docs / "guides" / "index.md").unlink()
    site = BookSite(title="")
    async with remote_ingest(site) as backend:
        summary = await backend.run(folder(docs / "guides"), WHOLE)

    assert summary.title == "guides"


def test_only_configuration_of_generators_is_sent(docs: Path) -> None:
    for name in ("mkdocs.yml", "config.toml", ".env", "secrets.yml", "conf.py"):
        (docs / name).write_text("site_name: A\npassword = 1")

    sent = site_to_json(folder(docs / "guides").site)

    assert [config["name"] for config in sent["configs"]] == ["mkdocs.yml"]
    assert sent["folders"][-1] == "guides"
