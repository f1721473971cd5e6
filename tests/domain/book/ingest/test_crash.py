"""An ingest that fails at any of its writes: the next one finishes it and embeds only the rest."""

import pytest

from glossator.domain.book.ingest.book_options import IngestOptions
from glossator.domain.book.passages import Page
from glossator.domain.errors import Unavailable
from tests.indexes import CountingEmbedder
from tests.line_book import BOOK, Bench, page, split

OLD = (*BOOK, page("roots.md", "deep", "wide"), page("old.md", "gone"))
NEW = (page("index.md", "one", "three"), page("trees.md", "bark"), page("roots.md", "wide"), page("birds.md", "wing"))


def contents(bench: Bench, number: int) -> tuple[set[tuple[str, str, int, str]], set[tuple[str, str]]]:
    shelf = bench.index.stored[number]
    points = {(p.passage.page, p.passage.text, p.passage.start, p.page_hash) for p in shelf.points.values()}
    return points, {(stored.path, stored.hash) for stored in shelf.pages.values()}


def expected(book: tuple[Page, ...]) -> tuple[set[tuple[str, str, int, str]], set[tuple[str, str]]]:
    points = {(each.path, p.text, p.start, each.hash) for each in book for p in split(each)}
    return points, {(each.path, each.hash) for each in book}


def drafted(bench: Bench) -> set[tuple[str, str]]:
    points = bench.index.drafts[1].points.values() if 1 in bench.index.drafts else ()
    return {(point.passage.page, point.passage.text) for point in points}


async def fail_after(bench: Bench, writes: int, book: tuple[Page, ...], options: IngestOptions) -> None:
    bench.index.writes.clear()
    bench.index.fail_after = writes
    with pytest.raises(Unavailable):
        await bench.ingest.run(book, options)
    bench.index.fail_after = None


@pytest.mark.parametrize("writes", range(8))
async def test_first_run_is_finished_by_the_next_run(writes: int) -> None:
    bench = Bench(batch=3)
    await fail_after(bench, writes, OLD, IngestOptions())
    assert await bench.index.live() is None
    stored = {text for _, text in bench.texts()} if writes else set[str]()
    bench.embedded()

    await bench.ingest.run(OLD, IngestOptions())

    assert contents(bench, 1) == expected(OLD)
    assert not stored & set(bench.embedded())
    assert (bench.index.live_number, list(bench.index.stored)) == (1, [1])
    assert bench.index.stored[1].build.state == "ready"


@pytest.mark.parametrize("book", [NEW, OLD], ids=["the same change", "the change reverted"])
@pytest.mark.parametrize("writes", range(10))
async def test_change_is_finished_by_the_next_run(writes: int, book: tuple[Page, ...]) -> None:
    bench = Bench(batch=1)
    await bench.ingest.run(OLD, IngestOptions())
    await fail_after(bench, writes, NEW, IngestOptions())
    assert contents(bench, 1) == expected(OLD)
    stored = bench.texts() | drafted(bench)
    bench.embedded()

    await bench.ingest.run(book, IngestOptions())

    assert contents(bench, 1) == expected(book)
    assert not {text for _, text in stored} & set(bench.embedded())
    build = bench.index.stored[1].build
    assert (build.pages, build.passages) == (len(book), sum(len(split(each)) for each in book))


@pytest.mark.parametrize("writes", range(10))
async def test_a_part_of_the_book_that_follows_a_failed_change_shows_nothing_of_it(writes: int) -> None:
    bench = Bench(batch=1)
    await bench.ingest.run(OLD, IngestOptions())
    await fail_after(bench, writes, NEW, IngestOptions())
    changed = page("trees.md", "bark", "leaf")

    await bench.ingest.run([changed], IngestOptions(remove_missing=False))

    assert contents(bench, 1) == expected((*(each for each in OLD if each.path != "trees.md"), changed))


@pytest.mark.parametrize("writes", range(1, 7))
async def test_failed_rebuild_is_not_live_and_is_resumed_by_the_next_one(writes: int) -> None:
    bench = Bench(batch=3)
    await bench.ingest.run(OLD, IngestOptions())
    await fail_after(bench, writes, NEW, IngestOptions(rebuild=True))
    assert bench.index.live_number == 1
    assert contents(bench, 1) == expected(OLD)
    stored = {text for _, text in bench.texts(2)}
    bench.embedded()

    await bench.ingest.run(NEW, IngestOptions(rebuild=True))

    assert contents(bench, 2) == expected(NEW)
    assert not stored & set(bench.embedded())
    assert (bench.index.live_number, list(bench.index.stored)) == (2, [1, 2])


async def test_at_every_write_of_a_rebuild_a_complete_build_is_served() -> None:
    """Also during the switch, and while the slow space is filled."""
    whole = Bench(embedder=CountingEmbedder(slow=True), batch=2)
    await whole.ingest.run(OLD, IngestOptions())
    whole.index.writes.clear()
    await whole.ingest.run(NEW, IngestOptions(rebuild=True))
    steps = whole.index.writes
    switch = steps.index("activate")
    assert "add_vectors" in steps[switch:]

    for writes in range(len(steps)):
        bench = Bench(embedder=CountingEmbedder(slow=True), batch=2)
        await bench.ingest.run(OLD, IngestOptions())
        await fail_after(bench, writes, NEW, IngestOptions(rebuild=True))

        served = (1, OLD) if writes <= switch else (2, NEW)
        assert (bench.index.live_number, contents(bench, served[0])) == (served[0], expected(served[1])), steps[writes]

        await bench.ingest.run(NEW, IngestOptions(rebuild=writes <= switch))
        live = await bench.index.live()
        assert live is not None
        assert (live.number, live.state, live.pending) == (2, "ready", ())
        assert contents(bench, 2) == expected(NEW)
        assert all("slow" in point.vectors for point in bench.index.stored[2].points.values())


async def test_normal_run_after_a_failed_rebuild_updates_the_live_build() -> None:
    bench = Bench()
    await bench.ingest.run(OLD, IngestOptions())
    await fail_after(bench, 2, NEW, IngestOptions(rebuild=True))

    await bench.ingest.run(NEW, IngestOptions())

    assert bench.index.live_number == 1
    assert contents(bench, 1) == expected(NEW)
