"""The embedded index as a plugin: its folder, its errors, and the data that survive a crash."""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from glossator.domain.book.index import Build, Query, VectorSpace
from glossator.domain.book.passages import Page
from glossator.domain.book.words import query_words
from glossator.domain.errors import Unavailable
from glossator.domain.ports.embedder import Embedder
from glossator.kernel.errors import ServiceError
from glossator.kernel.guards.guard import Guard
from glossator.kernel.plugin import ServicePlugin
from glossator.kernel.services import Services
from glossator.kernel.settings.setting import BadValue, Settings
from glossator_plugins.passage_points.points import COLLECTION, REBUILD
from glossator_plugins.qdrant_edge.folder import EdgeFolder
from glossator_plugins.qdrant_edge.index import EdgeIndex
from glossator_plugins.qdrant_edge.plugin import DATA_PATH, QdrantEdgePlugin
from tests.forks import FORK_SERVER, Process
from tests.indexes import SPACES, CountingEmbedder
from tests.places import ROOT
from tests.processes import eventually

BUILD = Build(1, "A Book", "", SPACES, "splitter-1", "2")
PAGE = Page("a.md", "A", "a", "source", "hash")


@asynccontextmanager
async def open_index(
    data: Path, *, embedder: CountingEmbedder | None = None, rebuild: bool = False
) -> AsyncIterator[EdgeIndex]:
    services = Services()
    services.provide(Embedder, embedder or CountingEmbedder())
    settings = Settings.of({DATA_PATH: data, COLLECTION: "book", REBUILD: rebuild})
    async with QdrantEdgePlugin().open(settings, services) as index:
        yield index


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[Process]:
    """A process that has written a page, and then waits with the folder open."""
    files = [tmp_path / "output", tmp_path / "errors"]
    for file in files:
        file.touch()
    folder = str(tmp_path / "index" / "book")
    process = FORK_SERVER.start("tests.plugins.qdrant_edge.page_writer", [folder], ROOT, {}, files)
    try:
        eventually(lambda: files[0].read_text("utf-8") == "written\n", "the page")
        yield process
    finally:
        process.kill()
        process.wait(60)


def test_the_plugin_fulfils_the_contract() -> None:
    assert isinstance(QdrantEdgePlugin(), ServicePlugin)


async def test_an_empty_folder_passes_the_check(tmp_path: Path) -> None:
    async with open_index(tmp_path) as index:
        await index.check()


async def test_builds_are_stored_under_the_data_path_and_the_collection_name(tmp_path: Path) -> None:
    async with open_index(tmp_path) as index:
        await index.create(BUILD)
        await index.activate(1)
    assert (tmp_path / "index" / "book" / "1").is_dir()
    assert (tmp_path / "index" / "book" / "live").read_text() == "1"


async def test_a_second_owner_is_rejected_with_the_folders_name(tmp_path: Path) -> None:
    async with open_index(tmp_path):
        with pytest.raises(ServiceError, match=r"the index in .*index/book is in use by another process"):
            async with open_index(tmp_path):
                pass


async def test_a_second_process_is_rejected(tmp_path: Path, writer: Process) -> None:
    assert writer.poll() is None
    with pytest.raises(ServiceError, match="in use by another process"):
        async with open_index(tmp_path):
            pass


async def test_acknowledged_writes_survive_sigkill(tmp_path: Path, writer: Process) -> None:
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    async with open_index(tmp_path) as index:
        assert await index.live() == BUILD
        assert await index.page("a") == PAGE


async def test_a_manual_change_of_the_live_file_is_noticed(tmp_path: Path) -> None:
    async with open_index(tmp_path) as index:
        await index.create(BUILD)
        await index.create(replace(BUILD, number=2))
        await index.activate(1)
        (tmp_path / "index" / "book" / "live").write_text("2\n")
        assert await index.live() == replace(BUILD, number=2)


async def test_leftovers_of_a_crash_are_not_builds_and_are_replaced(tmp_path: Path) -> None:
    (tmp_path / "index" / "book" / "1.new" / "segments").mkdir(parents=True)
    (tmp_path / "index" / "book" / "1.removed" / "segments").mkdir(parents=True)
    async with open_index(tmp_path) as index:
        assert await index.builds() == []
        await index.create(BUILD)
        assert await index.builds() == [BUILD]


@pytest.mark.parametrize(
    "embedder", [CountingEmbedder("other", 8), CountingEmbedder("counting", 16), CountingEmbedder("", 0)]
)
async def test_a_book_of_another_model_fails_the_check(tmp_path: Path, embedder: CountingEmbedder) -> None:
    async with open_index(tmp_path) as index:
        await index.create(BUILD)
        await index.activate(1)
    async with open_index(tmp_path, embedder=embedder) as index:
        with pytest.raises(ServiceError, match=r"embedded with counting \(8 dimensions\), .* ingest --rebuild"):
            await index.check()


async def test_a_rebuild_may_start_with_another_model(tmp_path: Path) -> None:
    async with open_index(tmp_path) as index:
        await index.create(BUILD)
        await index.activate(1)
    async with open_index(tmp_path, embedder=CountingEmbedder("other", 16), rebuild=True) as index:
        await index.check()
        await index.create(replace(BUILD, number=2, spaces=(VectorSpace("dense", "other", 16),)))
        await index.activate(2)
    async with open_index(tmp_path, embedder=CountingEmbedder("other", 16)) as index:
        await index.check()


@pytest.mark.parametrize("live", ["2", "one", ""])
async def test_an_unreadable_live_build_fails_the_check(tmp_path: Path, live: str) -> None:
    (tmp_path / "index" / "book").mkdir(parents=True)
    (tmp_path / "index" / "book" / "live").write_text(live)
    async with open_index(tmp_path) as index:
        with pytest.raises(ServiceError, match=r"cannot read the live build in .*restore the folder"):
            await index.check()


async def test_an_engine_error_is_reported_with_our_own_message_and_counted(tmp_path: Path) -> None:
    guard = Guard("qdrant_edge")
    index = EdgeIndex(EdgeFolder(tmp_path), guard)
    with pytest.raises(Unavailable, match=f"qdrant_edge: the index in {tmp_path} cannot be used"):
        await index.save(BUILD)
    assert guard.failure_count == 1
    await index.close()


async def test_a_damaged_build_is_unavailable(tmp_path: Path) -> None:
    async with open_index(tmp_path) as index:
        await index.create(BUILD)
    (tmp_path / "index" / "book" / "1" / "edge_config.json").write_text("{")
    async with open_index(tmp_path) as index:
        with pytest.raises(Unavailable):
            await index.builds()


async def test_concurrent_searches_all_get_their_hits(tmp_path: Path) -> None:
    async with open_index(tmp_path) as index:
        await index.create(BUILD)
        await index.activate(1)
        searches = [index.search(Query({}, query_words("server"), 5)) for _ in range(50)]
        assert await asyncio.gather(*searches) == [[]] * 50


async def test_a_cancelled_call_leaves_the_index_usable(tmp_path: Path) -> None:
    async with open_index(tmp_path) as index:
        creating = asyncio.create_task(index.create(BUILD))
        await asyncio.sleep(0.001)
        creating.cancel()
        with pytest.raises(asyncio.CancelledError):
            await creating
        await index.create(BUILD)
        assert await index.builds() == [BUILD]


@pytest.mark.parametrize("name", [".", "..", ".hidden", "../up", "a/b", "a\\b", "c:d", "what?"])
def test_an_invalid_folder_name_is_rejected(name: str) -> None:
    with pytest.raises(BadValue, match="must not begin with a dot"):
        COLLECTION.type.parse(name)


@pytest.mark.parametrize("name", ["book", "claude-cli-db", "Mein Buch", "\u4e66_1.0"])
def test_other_names_are_accepted_unchanged(name: str) -> None:
    assert COLLECTION.type.parse(name) == name
