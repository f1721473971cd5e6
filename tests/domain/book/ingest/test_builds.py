"""Which build is written, which one is live, and what a plan predicts."""

from dataclasses import replace

import pytest

from glossator.domain.book.index import Build, VectorSpace
from glossator.domain.book.ingest.book_options import IngestOptions
from glossator.domain.book.passages import BrokenPage, Page
from glossator.domain.errors import BookMismatch, Refused
from tests.indexes import CountingEmbedder, StoredBuild
from tests.line_book import BOOK, Bench, LineSplitter, page

REBUILD = IngestOptions(rebuild=True)
EDIT = IngestOptions(other_book="edit")
OTHER_PROGRAM = Build(0, "", "", (VectorSpace("dense", "", 1536),), "", "")


@pytest.fixture
async def filled() -> Bench:
    bench = Bench()
    await bench.ingest.run(BOOK, IngestOptions())
    bench.embedder.calls.clear()
    bench.index.writes.clear()
    return bench


def numbers(bench: Bench) -> list[int]:
    return sorted(bench.index.stored)


async def test_rebuild_makes_the_next_build_live_and_keeps_the_one_before(filled: Bench) -> None:
    summary = await filled.ingest.run(BOOK, REBUILD)

    assert (filled.index.live_number, numbers(filled)) == (2, [1, 2])
    assert (summary.build, summary.live, summary.passages.embedded) == (2, True, 5)


async def test_second_rebuild_drops_all_but_the_previous_build(filled: Bench) -> None:
    await filled.ingest.run(BOOK, REBUILD)
    await filled.ingest.run(BOOK, REBUILD)

    assert (filled.index.live_number, numbers(filled)) == (3, [2, 3])


async def test_rollback_makes_the_previous_build_live(filled: Bench) -> None:
    await filled.ingest.run(BOOK[:1], REBUILD)

    build = await filled.ingest.roll_back()

    assert (build.number, filled.index.live_number) == (1, 1)


async def test_rebuild_after_a_rollback_drops_the_rejected_build(filled: Bench) -> None:
    await filled.ingest.run(BOOK, REBUILD)
    await filled.ingest.roll_back()

    await filled.ingest.run(BOOK, REBUILD)

    assert (filled.index.live_number, numbers(filled)) == (3, [1, 3])


async def test_rollback_without_an_earlier_build_is_rejected(filled: Bench) -> None:
    with pytest.raises(Refused, match="no earlier build"):
        await filled.ingest.roll_back()

    assert filled.index.writes == []


async def test_rollback_of_an_empty_index_is_rejected() -> None:
    with pytest.raises(Refused, match="no earlier build"):
        await Bench().ingest.roll_back()


async def test_rollback_to_another_embedding_model_requires_that_model(filled: Bench) -> None:
    filled.embedder = CountingEmbedder(model="larger", dimension=16)
    await filled.ingest.run(BOOK, REBUILD)

    with pytest.raises(BookMismatch, match=r"counting.*larger.*restore the embedding model"):
        await filled.ingest.roll_back()

    assert filled.index.live_number == 2


@pytest.mark.parametrize(
    ("embedder", "splitter"),
    [
        (CountingEmbedder(model="larger"), "lines-1"),
        (CountingEmbedder(dimension=16), "lines-1"),
        (CountingEmbedder(), "lines-2"),
    ],
    ids=["model", "dimension", "splitter"],
)
async def test_different_model_or_splitter_requires_a_rebuild(
    filled: Bench, embedder: CountingEmbedder, splitter: str
) -> None:
    filled.embedder, filled.splitter = embedder, LineSplitter(splitter)

    with pytest.raises(BookMismatch) as caught:
        await filled.ingest.run(BOOK, IngestOptions())

    assert "counting (8 dimensions), splitter lines-1" in str(caught.value)
    assert f"{embedder.model} ({embedder.dimension} dimensions), splitter {splitter}" in str(caught.value)
    assert "glossator ingest --rebuild" in str(caught.value)
    assert filled.index.writes == []


async def test_rebuild_uses_the_new_model(filled: Bench) -> None:
    filled.embedder = CountingEmbedder(model="larger", dimension=16)

    await filled.ingest.run(BOOK, REBUILD)

    live = await filled.index.live()
    assert live is not None
    assert (live.number, live.spaces) == (2, (VectorSpace("dense", "larger", 16),))


async def test_unfinished_build_of_another_model_is_not_resumed(filled: Bench) -> None:
    unfinished = replace(
        filled.index.stored[1].build, number=2, state="building", spaces=(VectorSpace("dense", "other", 8),)
    )
    filled.index.stored[2] = StoredBuild(unfinished)

    await filled.ingest.run(BOOK, REBUILD)

    assert (filled.index.live_number, numbers(filled)) == (3, [1, 3])


async def test_collection_of_another_program_is_not_changed(filled: Bench) -> None:
    bench = Bench()
    bench.index.stored[0] = StoredBuild(OTHER_PROGRAM)
    bench.index.live_number = 0

    await bench.ingest.run(BOOK, IngestOptions())

    assert (bench.index.live_number, numbers(bench)) == (1, [0, 1])
    assert bench.index.stored[0] == StoredBuild(OTHER_PROGRAM)


async def test_first_run_goes_live_without_its_broken_pages() -> None:
    bench = Bench()

    summary = await bench.ingest.run([*BOOK, BrokenPage("bad.md", "not UTF-8")], IngestOptions())

    assert summary.live
    assert bench.index.live_number == 1


async def test_rebuild_does_not_go_live_without_a_page_that_is_broken_now(filled: Bench) -> None:
    summary = await filled.ingest.run([BOOK[0], BrokenPage("trees.md", "not UTF-8")], REBUILD)

    assert not summary.live
    assert (filled.index.live_number, numbers(filled)) == (1, [1, 2])


async def test_rebuild_goes_live_after_the_broken_page_is_fixed(filled: Bench) -> None:
    await filled.ingest.run([BOOK[0], BrokenPage("trees.md", "not UTF-8")], REBUILD)
    filled.embedder.calls.clear()

    summary = await filled.ingest.run(BOOK, REBUILD)

    assert (summary.build, summary.live) == (2, True)
    assert filled.embedded() == ["root", "leaf", "bark"]


async def test_plan_of_a_first_run_reports_the_cost_and_writes_nothing() -> None:
    bench = Bench()

    plan = await bench.ingest.plan(BOOK, IngestOptions())

    assert plan.planned
    assert (plan.build, plan.title, plan.live) == (1, "Index", False)
    assert (plan.pages.new, plan.passages.embedded, plan.passages.total) == (2, 5, 5)
    assert (plan.tokens, plan.cost_usd) == (10, 10 * 20.0 / 1_000_000)
    assert (bench.index.writes, bench.embedder.calls) == ([], [])


async def test_plan_of_a_change_equals_the_summary_of_the_run(filled: Bench) -> None:
    book: list[Page | BrokenPage] = [
        page("trees.md", "twig", "root"),
        page("birds.md", "wing"),
        BrokenPage("bad.md", "not UTF-8"),
    ]

    plan = await filled.ingest.plan(book, EDIT)
    assert (filled.index.writes, filled.embedder.calls) == ([], [])
    summary = await filled.ingest.run(book, EDIT)

    assert (plan.pages, plan.passages, plan.broken) == (summary.pages, summary.passages, summary.broken)
    assert (plan.tokens, plan.cost_usd, plan.title) == (summary.tokens, summary.cost_usd, summary.title)


async def test_plan_of_a_rebuild_counts_all_passages(filled: Bench) -> None:
    plan = await filled.ingest.plan(BOOK, REBUILD)

    assert (plan.build, plan.passages.embedded) == (2, 5)
    assert numbers(filled) == [1]


async def test_plan_with_another_splitter_requires_a_rebuild(filled: Bench) -> None:
    filled.splitter = LineSplitter("lines-2")

    with pytest.raises(BookMismatch):
        await filled.ingest.plan(BOOK, IngestOptions())


async def test_plan_without_a_page_is_rejected_like_a_run(filled: Bench) -> None:
    with pytest.raises(Refused):
        await filled.ingest.plan([], IngestOptions())
