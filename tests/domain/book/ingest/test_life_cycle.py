"""The life of a build: slow spaces, upgrades, verification before the switch, and other books."""

import asyncio
import logging
from collections.abc import Collection, Sequence
from dataclasses import replace

import pytest

from glossator.domain.book.index import Hit, PassagePoint, Query, VectorSpace
from glossator.domain.book.ingest.book_options import IngestOptions
from glossator.domain.book.ingest.live_build import describe_outdated, requested_build
from glossator.domain.book.ingest.summary import IngestProgress
from glossator.domain.book.words import query_words
from glossator.domain.errors import BookMismatch, Refused, Unavailable
from glossator.domain.ports.embedder import Embedded, Purpose
from tests.indexes import CountingEmbedder, MemoryIndex
from tests.line_book import BOOK, Bench, LineSplitter, page

REBUILD = IngestOptions(rebuild=True)
UPGRADE = IngestOptions(upgrade=True)
OTHER_BOOK = (page("index.md", "star", "moon"), page("mars.md", "red"))
BOTH_SPACES = (VectorSpace("dense", "counting", 8), VectorSpace("slow", "slow counting", 8))


class FreeEmbedder(CountingEmbedder):
    usd_per_million_tokens = 0.0


@pytest.fixture
async def filled() -> Bench:
    """A live book with a complete slow space."""
    bench = Bench(embedder=FreeEmbedder(slow=True))
    await bench.ingest.run(BOOK, IngestOptions())
    bench.embedder.calls.clear()
    bench.index.writes.clear()
    return bench


def filled_texts(bench: Bench, number: int = 1) -> set[str]:
    points = bench.index.stored[number].points.values()
    return {point.passage.text for point in points if "slow" in point.vectors}


# Slow spaces


async def test_load_serves_the_book_without_the_vectors_of_a_slow_space() -> None:
    bench = Bench(embedder=FreeEmbedder(slow=True))
    await bench.ingest.load(BOOK, IngestOptions())

    live = await bench.index.live()
    assert live is not None
    assert (live.spaces, live.pending, live.passages) == (BOTH_SPACES, ("slow",), 5)
    assert filled_texts(bench) == set()


async def test_fill_completes_the_slow_space_and_reports_each_batch() -> None:
    bench, seen = Bench(embedder=FreeEmbedder(slow=True)), list[IngestProgress]()
    await bench.ingest.load([page("long.md", *map(str, range(40)))], IngestOptions())

    assert await bench.ingest.is_unfilled()
    assert (await bench.ingest.fill(seen.append))[0] == 40
    assert [progress.filled for progress in seen] == [16, 32, 40]
    assert {progress.estimate.passages for progress in seen} == {40}
    live = await bench.index.live()
    assert live is not None
    assert live.pending == ()
    assert not await bench.ingest.is_unfilled()


async def test_run_reports_the_filled_passages_after_all_pages() -> None:
    bench, seen = Bench(embedder=FreeEmbedder(slow=True)), list[IngestProgress]()

    summary = await bench.ingest.run(BOOK, IngestOptions(), seen.append)

    assert (summary.filled, summary.passages.embedded) == (5, 5)
    assert (seen[-1].pages, seen[-1].embedded, seen[-1].filled) == (2, 5, 5)


async def test_fill_of_a_complete_book_embeds_and_writes_nothing(filled: Bench) -> None:
    assert await filled.ingest.fill() == (0, 0)
    assert (filled.embedder.calls, filled.index.writes) == ([], [])


async def test_fill_of_an_empty_index_does_nothing() -> None:
    assert await Bench(embedder=FreeEmbedder(slow=True)).ingest.fill() == (0, 0)


async def test_changed_pages_are_filled_and_the_space_stays_searchable(filled: Bench) -> None:
    await filled.ingest.run([BOOK[0], page("trees.md", "root", "twig")], IngestOptions())

    live = await filled.index.live()
    assert live is not None
    assert live.pending == ()
    assert filled_texts(filled) == {"one", "two", "root", "twig"}


async def test_an_interrupted_fill_is_continued_by_the_next_run() -> None:
    bench = Bench(embedder=FreeEmbedder(slow=True))
    await bench.ingest.load([page("long.md", *map(str, range(40)))], IngestOptions())
    bench.index.writes.clear()
    bench.index.fail_after = 1
    with pytest.raises(Unavailable):
        await bench.ingest.fill()
    bench.index.fail_after = None
    before = filled_texts(bench)
    bench.embedded()

    await bench.ingest.run([page("long.md", *map(str, range(40)))], IngestOptions())

    assert len(before) == 24
    assert not before & set(bench.embedded())
    assert len(filled_texts(bench)) == 40


class Gate(FreeEmbedder):
    """Waits before it embeds for the slow space until it is opened."""

    def __init__(self) -> None:
        super().__init__(slow=True)
        self.reached, self.opened = asyncio.Event(), asyncio.Event()

    async def embed(self, texts: Sequence[str], purpose: Purpose, spaces: Collection[str] | None = None) -> Embedded:
        if spaces == ["slow"]:
            self.reached.set()
            await self.opened.wait()
        return await super().embed(texts, purpose, spaces)


async def test_the_book_can_be_changed_while_a_slow_space_is_filled() -> None:
    gate = Gate()
    bench = Bench(embedder=gate)
    ingest = bench.ingest
    await ingest.load(BOOK, IngestOptions())
    filling = asyncio.create_task(ingest.fill())
    await gate.reached.wait()

    await ingest.load([BOOK[0], page("trees.md", "root", "twig")], IngestOptions())
    gate.opened.set()
    await filling
    await ingest.fill()

    assert bench.texts() == {("index.md", "one"), ("index.md", "two"), ("trees.md", "root"), ("trees.md", "twig")}
    assert filled_texts(bench) == {"one", "two", "root", "twig"}


async def test_fill_ends_when_another_build_becomes_live() -> None:
    gate = Gate()
    bench = Bench(embedder=gate)
    ingest = bench.ingest
    await ingest.load(BOOK, IngestOptions())
    filling = asyncio.create_task(ingest.fill())
    await gate.reached.wait()

    await ingest.load(BOOK, REBUILD)
    gate.opened.set()

    assert await filling == (0, 0)
    assert filled_texts(bench, 1) == filled_texts(bench, 2) == set()
    assert (await ingest.fill())[0] == 5


async def test_two_fills_do_not_embed_twice() -> None:
    gate = Gate()
    bench = Bench(embedder=gate)
    ingest = bench.ingest
    await ingest.load(BOOK, IngestOptions())
    fills = [asyncio.create_task(ingest.fill()) for _ in range(2)]
    await gate.reached.wait()
    gate.opened.set()

    assert sorted([filled for filled, _ in await asyncio.gather(*fills)]) == [0, 5]


# Upgrades


def newer(bench: Bench) -> Bench:
    """The same index after an upgrade: another splitter."""
    return replace(bench, splitter=LineSplitter("lines-2"))


async def outdated(bench: Bench) -> str:
    requested = requested_build(bench.embedder, bench.splitter.version, IngestOptions())
    return await describe_outdated(bench.index, requested)


async def test_a_build_of_other_rules_is_described_with_the_command(filled: Bench) -> None:
    assert await outdated(filled) == ""

    described = await outdated(newer(filled))

    assert "splitter lines-1" in described
    assert "splitter lines-2" in described
    assert described.endswith("it is served as it is - run: glossator ingest --rebuild")


async def test_a_build_of_other_word_rules_is_outdated_and_not_written(filled: Bench) -> None:
    filled.index.stored[1].build = replace(filled.index.stored[1].build, words="1")

    assert "word rules 1" in await outdated(filled)
    with pytest.raises(BookMismatch, match="run: glossator ingest --rebuild"):
        await filled.ingest.run(BOOK, IngestOptions())
    assert filled.index.writes == []


async def test_an_upgrade_builds_the_book_again_beside_the_old_build(
    filled: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)

    summary = await newer(filled).ingest.run(BOOK, UPGRADE)

    assert (summary.build, summary.live, [*filled.index.stored]) == (2, True, [1, 2])
    assert "it is built again and served meanwhile" in caplog.text


async def test_an_upgrade_of_a_current_build_changes_nothing(filled: Bench) -> None:
    await filled.ingest.run(BOOK, UPGRADE)

    assert (filled.index.writes, filled.embedder.calls) == ([], [])


async def test_an_upgrade_adds_a_space_that_the_build_lacks() -> None:
    index = MemoryIndex()
    await Bench(index, FreeEmbedder()).ingest.run(BOOK, IngestOptions())

    await Bench(index, FreeEmbedder(slow=True)).ingest.run(BOOK, UPGRADE)

    live = await index.live()
    assert live is not None
    assert (live.number, live.spaces) == (2, BOTH_SPACES)


async def test_an_upgrade_that_costs_money_needs_the_command() -> None:
    bench = Bench()
    await bench.ingest.run(BOOK, IngestOptions())

    with pytest.raises(BookMismatch, match="run: glossator ingest --rebuild"):
        await newer(bench).ingest.run(BOOK, UPGRADE)


async def test_a_single_page_never_replaces_an_outdated_book(filled: Bench) -> None:
    with pytest.raises(BookMismatch):
        await newer(filled).ingest.run(BOOK[:1], replace(UPGRADE, remove_missing=False))


# Verification before the switch


class LossyIndex(MemoryIndex):
    """Loses what `loss` names in every build but the first."""

    def __init__(self, loss: str) -> None:
        super().__init__()
        self._loss = loss

    async def put_passages(self, number: int, points: Sequence[PassagePoint]) -> None:
        if number > 1 and self._loss == "passage":
            points = points[1:]
        if number > 1 and self._loss == "vector":
            points = [replace(points[0], vectors={}), *points[1:]]
        await super().put_passages(number, points)

    async def search(self, query: Query) -> list[Hit]:
        return [] if self._loss == "search" and query.build == 2 else await super().search(query)


@pytest.mark.parametrize(
    ("loss", "reason"),
    [
        ("passage", "it has 2 pages and 4 passages instead of 2 pages and 5 passages"),
        ("vector", "a passage has no vector of counting"),
        ("search", "a search finds nothing"),
    ],
)
async def test_an_incomplete_build_does_not_go_live_and_is_removed(loss: str, reason: str) -> None:
    bench = Bench(LossyIndex(loss))
    await bench.ingest.run(BOOK, IngestOptions())

    with pytest.raises(Unavailable, match=reason):
        await bench.ingest.run(BOOK, REBUILD)

    assert (bench.index.live_number, [*bench.index.stored]) == (1, [1])
    assert len(await bench.index.search(Query({}, query_words("root"), 5))) == 1


async def test_a_resumed_build_is_verified_by_the_words_of_a_stored_passage() -> None:
    bench = Bench()
    await bench.ingest.run(BOOK, IngestOptions())
    bench.index.writes.clear()
    bench.index.fail_after = 4  # create, passages, pages, save: only the switch is missing
    with pytest.raises(Unavailable):
        await bench.ingest.run(BOOK, REBUILD)
    bench.index.fail_after = None
    bench.embedded()

    summary = await bench.ingest.run(BOOK, REBUILD)

    assert (summary.build, summary.live, bench.embedded()) == (2, True, [])


async def test_a_book_without_passages_can_go_live() -> None:
    bench = Bench()
    summary = await bench.ingest.run([page("empty.md")], IngestOptions())

    assert (summary.live, summary.passages.total) == (True, 0)


# Other books


async def test_another_book_is_refused_before_anything_is_written(filled: Bench) -> None:
    filled.embedder.calls.clear()
    titles = IngestOptions(title="Stars")

    with pytest.raises(Refused, match=r'another book \("Stars"\) than .* \("Index"\).* --new-book'):
        await filled.ingest.run(OTHER_BOOK, titles)
    with pytest.raises(Refused, match="--new-book"):
        await filled.ingest.plan(OTHER_BOOK, titles)
    with pytest.raises(Refused, match="--new-book"):
        await filled.ingest.run(OTHER_BOOK, replace(titles, rebuild=True))

    assert (filled.index.writes, filled.embedder.calls) == ([], [])


async def test_other_pages_for_another_site_are_another_book(filled: Bench) -> None:
    with pytest.raises(Refused, match=r'\("Index" at https://other.example\) than .* \("Index"\)'):
        await filled.ingest.run(OTHER_BOOK, IngestOptions(site_url="https://other.example"))


async def test_new_book_replaces_the_book_in_a_new_build_that_can_be_rolled_back(filled: Bench) -> None:
    summary = await filled.ingest.run(OTHER_BOOK, IngestOptions(title="Stars", other_book="replace"))

    assert (summary.build, summary.title, summary.live) == (2, "Stars", True)
    assert (await filled.ingest.roll_back()).title == "Index"


async def test_new_book_changes_the_same_book_in_place(filled: Bench) -> None:
    await filled.ingest.run(BOOK, IngestOptions(title="Botany", other_book="replace"))

    assert [*filled.index.stored] == [1]


@pytest.mark.parametrize(
    "options", [IngestOptions(title="Botany"), IngestOptions(site_url="https://other.example")], ids=["title", "site"]
)
async def test_the_same_pages_are_the_same_book_whatever_they_are_called(filled: Bench, options: IngestOptions) -> None:
    summary = await filled.ingest.run([*BOOK, page("birds.md", "wing")], options)

    assert (summary.build, summary.pages.unchanged) == (1, 2)


async def test_a_rewritten_book_with_the_same_title_is_the_same_book(filled: Bench) -> None:
    summary = await filled.ingest.run([page("index.md", "new"), page("stones.md", "old")], IngestOptions())

    assert (summary.build, summary.pages.removed) == (1, 1)


async def test_a_single_page_is_never_another_book(filled: Bench) -> None:
    summary = await filled.ingest.run([page("mars.md", "red")], IngestOptions(remove_missing=False, title="Stars"))

    assert (summary.build, summary.pages.new) == (1, 1)


async def test_an_edit_is_never_another_book(filled: Bench) -> None:
    summary = await filled.ingest.run([page("mars.md", "red")], IngestOptions(other_book="edit"))

    assert (summary.build, summary.title) == (1, "Mars")


async def test_an_upgrade_that_computes_other_hashes_and_titles_keeps_the_book(filled: Bench) -> None:
    rehashed = [replace(page, hash=f"new {page.hash}", title="New") for page in BOOK]

    summary = await newer(filled).ingest.run(rehashed, UPGRADE)

    assert (summary.build, summary.title, summary.live) == (2, "New", True)


async def test_an_upgrade_that_added_a_space_can_be_rolled_back() -> None:
    index = MemoryIndex()
    await Bench(index, FreeEmbedder()).ingest.run(BOOK, IngestOptions())
    upgraded = Bench(index, FreeEmbedder(slow=True))
    await upgraded.ingest.run(BOOK, UPGRADE)

    assert (await upgraded.ingest.roll_back()).number == 1
