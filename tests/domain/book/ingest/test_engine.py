"""The ingest with real files, the real parser and splitter, and the embedded engine."""

import re
from collections.abc import AsyncIterator
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
from glossator.kernel.guards.guard import Guard
from glossator_plugins.qdrant_edge.folder import EdgeFolder
from glossator_plugins.qdrant_edge.index import EdgeIndex
from tests.forks import FORK_SERVER
from tests.indexes import CountingEmbedder
from tests.places import ROOT
from tests.processes import eventually


@asynccontextmanager
async def open_index(data: Path) -> AsyncIterator[EdgeIndex]:
    index = EdgeIndex(EdgeFolder(data), Guard("qdrant_edge"))
    try:
        yield index
    finally:
        await index.close()


async def ingest(docs: Path, data: Path, embedder: CountingEmbedder) -> IngestSummary:
    """Open the engine, run one ingest and close the engine, as a separate process would."""
    splitter = Splitter(Limits(1000))
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


def kill_ingest(docs: Path, data: Path, step: str, kind: str) -> bool:
    """Ingests in a process that is killed at this step; False if it finished before it."""
    files = [docs.parent / "output", docs.parent / "errors"]
    for file in files:
        file.touch()
    arguments = [str(docs), str(data), step, kind]
    process = FORK_SERVER.start("tests.domain.book.ingest.stopping_ingest", arguments, ROOT, {}, files)
    try:
        line = eventually(lambda: files[0].read_text("utf-8"), "the step")
    finally:
        process.kill()
        process.wait(60)
    assert line in {"reached\n", "finished\n"}
    return line == "reached\n"


@pytest.mark.parametrize(
    ("step", "live"),
    [("create+", 1), ("put_passages+", 1), ("put_pages+", 1), ("activate", 1), ("activate+", 2), ("add_vectors", 2)],
)
async def test_a_killed_rebuild_leaves_a_whole_build_live_and_can_be_repeated(
    docs: Path, tmp_path: Path, step: str, live: int
) -> None:
    embedder, data = CountingEmbedder(slow=True), tmp_path / "data"
    await ingest(docs, data, embedder)
    (docs / "trees.md").write_text("# Trees\n\nOld things.\n", encoding="utf-8")

    assert kill_ingest(docs, data, step, "rebuild")

    async with open_index(data) as index:
        build = await index.live()
        assert build is not None
        assert (build.number, build.passages) == (live, 3)
        (hit,) = await index.search(Query({}, query_words("tall" if live == 1 else "old"), 5))
        assert hit.passage.page == "trees.md"

        splitter = Splitter(Limits(1000))
        again = Ingest(index, embedder, splitter, batch=2)
        summary = await again.run(read_pages(docs, "docusaurus"), IngestOptions(rebuild=live == 1))
        repeated = await index.live()

        assert (summary.build, summary.live, summary.passages.total) == (2, True, 3)
        assert repeated is not None
        assert (repeated.state, repeated.pending) == ("ready", ())
        assert [passage async for passage in index.lacking(2, "slow")] == []


def edition(number: int) -> dict[str, str]:
    """Two pages change, one is new, and one of the others is gone."""
    return {
        "index.md": f"# Book\n\nWelcome to edition {number}.\n\n## Stays\n\nThis paragraph stays.\n",
        "trees.md": f"# Trees\n\nTall things of edition {number}.\n",
        f"only-{number}.md": f"# Only\n\nThis page is of edition {number} alone.\n",
    }


def write_edition(docs: Path, number: int) -> None:
    for file in docs.iterdir():
        file.unlink()
    for name, text in edition(number).items():
        (docs / name).write_text(text, encoding="utf-8")


async def editions_seen(data: Path) -> set[str]:
    """The editions in the texts of all hits and pages that readers see."""
    async with open_index(data) as index:
        hits = await index.search(Query({}, query_words("edition paragraph"), 50))
        found = [await index.page(url) for url in ("", "trees", "only-1", "only-2")]
    texts = [hit.passage.text for hit in hits] + [page.source for page in found if page is not None]
    return {match for text in texts for match in re.findall(r"edition (\d)", text)}


@pytest.mark.long
@pytest.mark.parametrize("write", range(1, 21))
async def test_an_update_that_is_killed_at_any_write_shows_one_edition(tmp_path: Path, write: int) -> None:
    docs, data, embedder = tmp_path / "docs", tmp_path / "data", CountingEmbedder(slow=True)
    docs.mkdir()
    write_edition(docs, 1)
    await ingest(docs, data, embedder)
    write_edition(docs, 2)

    killed = kill_ingest(docs, data, str(write), "update")

    assert await editions_seen(data) in ([{"1"}, {"2"}] if killed else [{"2"}])
    await ingest(docs, data, embedder)
    assert await editions_seen(data) == {"2"}
