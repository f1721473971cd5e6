"""The embedded services on a full disk: they refuse to write, and what they stored stays."""

from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from glossator.domain.book.index import Query
from glossator.domain.book.ingest.book_options import IngestOptions
from glossator.domain.book.ingest.ingest import Ingest
from glossator.domain.book.ingest.summary import IngestSummary
from glossator.domain.book.sources.folder import read_pages
from glossator.domain.book.splitting.packing import Limits
from glossator.domain.book.splitting.splitter import Splitter
from glossator.domain.book.words import query_words
from glossator.domain.errors import Unavailable
from glossator.domain.ports.embedder import Embedded, Purpose
from glossator.kernel.errors import ServiceError
from glossator.kernel.guards.guard import Guard
from glossator_plugins.local_postgres.server import running_server
from glossator_plugins.qdrant_edge.folder import EdgeFolder
from glossator_plugins.qdrant_edge.index import EdgeIndex
from tests.indexes import CountingEmbedder
from tests.small_disk import empty, fill, small_disk

FULL = r"the disk of .* has too little space: \d+ MB are free, \d+ MB are needed - free some space, or set DATA_PATH"


class FillingEmbedder(CountingEmbedder):
    """Fills the disk at its third call."""

    def __init__(self, disk: Path) -> None:
        super().__init__()
        self._disk = disk

    async def embed(self, texts: Sequence[str], purpose: Purpose, spaces: Collection[str] | None = None) -> Embedded:
        if len(self.calls) == 2:
            fill(self._disk, free=0)
        return await super().embed(texts, purpose, spaces)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk", 150) as folder:
        yield folder


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    folder.mkdir()
    write_pages(folder, "Tall things")
    return folder


def write_pages(folder: Path, text: str) -> None:
    for number in range(20):
        (folder / f"{number:02}.md").write_text(f"# Trees {number}\n\n{text}.\n", encoding="utf-8")


@asynccontextmanager
async def open_index(disk: Path) -> AsyncIterator[EdgeIndex]:
    index = EdgeIndex(EdgeFolder(disk / "index"), Guard("qdrant_edge"))
    try:
        yield index
    finally:
        await index.close()


async def ingest(index: EdgeIndex, docs: Path, embedder: CountingEmbedder) -> IngestSummary:
    splitter = Splitter(Limits(1000))
    return await Ingest(index, embedder, splitter, batch=4).run(read_pages(docs, "docusaurus"), IngestOptions())


async def test_a_disk_that_fills_up_ends_an_ingest_and_the_book_is_still_served(disk: Path, docs: Path) -> None:
    async with open_index(disk) as index:
        await ingest(index, docs, CountingEmbedder())
        write_pages(docs, "Green things")

        with pytest.raises(Unavailable, match=FULL):
            await ingest(index, docs, FillingEmbedder(disk))

        assert len(await index.search(Query({}, query_words("trees"), 50))) >= 20
        assert await index.page("19") is not None


async def test_the_next_ingest_with_space_completes_what_a_full_disk_ended(disk: Path, docs: Path) -> None:
    embedder = CountingEmbedder()
    async with open_index(disk) as index:
        with pytest.raises(Unavailable, match=FULL):
            await ingest(index, docs, FillingEmbedder(disk))
    empty(disk)

    async with open_index(disk) as index:
        summary = await ingest(index, docs, embedder)

    assert (summary.live, summary.passages.total, len(embedder.texts)) == (True, 20, 12)


async def test_an_index_on_a_full_disk_does_not_start(disk: Path) -> None:
    fill(disk, free=0)
    with pytest.raises(ServiceError, match=FULL):
        EdgeFolder(disk / "index")
    assert not (disk / "index").exists()


async def test_postgres_creates_no_data_on_a_full_disk(disk: Path) -> None:
    fill(disk, free=60_000_000)
    with pytest.raises(ServiceError, match=FULL):
        async with running_server(disk):
            pass
    assert not (disk / "postgres" / "cluster").exists()
