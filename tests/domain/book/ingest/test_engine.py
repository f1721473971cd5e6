"""The ingest with real files, the real parser and splitter, and the embedded engine."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from glossator.domain.book.ingest.book_options import IngestOptions
from glossator.domain.book.ingest.ingest import Ingest
from glossator.domain.book.ingest.summary import IngestSummary
from glossator.domain.book.sources.folder import read_pages
from glossator.domain.book.splitting.packing import Limits
from glossator.domain.book.splitting.splitter import Splitter
from glossator.kernel.guard import Guard
from glossator_plugins.qdrant_edge.folder import EdgeFolder
from glossator_plugins.qdrant_edge.index import EdgeIndex
from tests.indexes import CountingEmbedder


@asynccontextmanager
async def open_index(data: Path) -> AsyncIterator[EdgeIndex]:
    index = EdgeIndex(EdgeFolder(data), Guard("qdrant_edge"))
    try:
        yield index
    finally:
        await index.close()


async def ingest(docs: Path, data: Path, embedder: CountingEmbedder) -> IngestSummary:
    """Open the engine, run one ingest and close the engine, as a separate process would."""
    splitter = Splitter("docusaurus", Limits(1000))
    async with open_index(data) as index:
        return await Ingest(index, embedder, splitter, batch=256).run(read_pages(docs, "docusaurus"), IngestOptions())


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "index.md").write_text("# Plants\n\nGreen things.\n\n## Roots\n\nThey drink.\n", encoding="utf-8")
    (folder / "trees.md").write_text("# Trees\n\nTall things.\n", encoding="utf-8")
    return folder


async def test_second_process_embeds_nothing(docs: Path, tmp_path: Path) -> None:
    first = await ingest(docs, tmp_path / "data", CountingEmbedder())
    embedder = CountingEmbedder()

    second = await ingest(docs, tmp_path / "data", embedder)

    assert embedder.calls == []
    assert (first.passages.total, second.passages.total, second.pages.unchanged) == (3, 3, 2)


async def test_changed_section_is_the_only_one_embedded(docs: Path, tmp_path: Path) -> None:
    await ingest(docs, tmp_path / "data", CountingEmbedder())
    (docs / "index.md").write_text("# Plants\n\nGreen beings.\n\n## Roots\n\nThey drink.\n", encoding="utf-8")
    embedder = CountingEmbedder()

    summary = await ingest(docs, tmp_path / "data", embedder)

    assert embedder.texts == ["Plants\nGreen beings."]
    assert (summary.passages.embedded, summary.passages.moved, summary.passages.removed) == (1, 1, 1)


async def test_removed_page_is_deleted_from_the_engine(docs: Path, tmp_path: Path) -> None:
    await ingest(docs, tmp_path / "data", CountingEmbedder())
    (docs / "trees.md").unlink()

    await ingest(docs, tmp_path / "data", CountingEmbedder())

    async with open_index(tmp_path / "data") as index:
        assert {passage.page async for passage in index.passages(1)} == {"index.md"}
        assert [page.path async for page in index.pages(1)] == ["index.md"]
        assert await index.page("trees") is None
