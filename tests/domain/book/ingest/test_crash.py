"""An ingest that ends half way, at every write it makes: the next one finishes it and embeds only the rest."""

import pytest

from glossator.domain.book.ingest.ingest import Options
from glossator.domain.book.passages import Page
from glossator.domain.errors import Unavailable
from tests.line_book import BOOK, Bench, page, split

OLD = (*BOOK, page("roots.md", "deep", "wide"), page("old.md", "gone"))
NEW = (page("index.md", "one", "three"), page("trees.md", "bark"), page("roots.md", "wide"), page("birds.md", "wing"))


def contents(bench: Bench, number: int) -> tuple[set[tuple[str, str, int, str]], set[tuple[str, str]]]:
    shelf = bench.index.shelves[number]
    points = {(p.passage.page, p.passage.text, p.passage.start, p.page_hash) for p in shelf.points.values()}
    return points, {(stored.path, stored.hash) for stored in shelf.pages.values()}


def expected(book: tuple[Page, ...]) -> tuple[set[tuple[str, str, int, str]], set[tuple[str, str]]]:
    points = {(each.path, p.text, p.start, each.hash) for each in book for p in split(each)}
    return points, {(each.path, each.hash) for each in book}


async def end_after(bench: Bench, writes: int, book: tuple[Page, ...], options: Options) -> None:
    bench.index.writes.clear()
    bench.index.fail_after = writes
    with pytest.raises(Unavailable):
        await bench.ingest.run(book, options)
    bench.index.fail_after = None


@pytest.mark.parametrize("writes", range(8))
async def test_first_run_is_finished_by_the_next_one(writes: int) -> None:
    bench = Bench(batch=3)
    await end_after(bench, writes, OLD, Options())
    assert await bench.index.live() is None
    there = {text for _, text in bench.texts()} if writes else set[str]()
    bench.embedded()

    await bench.ingest.run(OLD, Options())

    assert contents(bench, 1) == expected(OLD)
    assert not there & set(bench.embedded())
    assert (bench.index.live_number, list(bench.index.shelves)) == (1, [1])
    assert bench.index.shelves[1].build.state == "ready"


@pytest.mark.parametrize("book", [NEW, OLD], ids=["the same change", "the change taken back"])
@pytest.mark.parametrize("writes", range(10))
async def test_a_change_is_finished_by_the_next_run(writes: int, book: tuple[Page, ...]) -> None:
    bench = Bench(batch=1)
    await bench.ingest.run(OLD, Options())
    await end_after(bench, writes, NEW, Options())
    there = bench.texts()
    bench.embedded()

    await bench.ingest.run(book, Options())

    assert contents(bench, 1) == expected(book)
    assert not {text for _, text in there} & set(bench.embedded())
    build = bench.index.shelves[1].build
    assert (build.pages, build.passages) == (len(book), sum(len(split(each)) for each in book))


@pytest.mark.parametrize("writes", range(1, 7))
async def test_rebuild_that_failed_is_not_live_and_the_next_one_goes_on_with_it(writes: int) -> None:
    bench = Bench(batch=3)
    await bench.ingest.run(OLD, Options())
    await end_after(bench, writes, NEW, Options(rebuild=True))
    assert bench.index.live_number == 1
    assert contents(bench, 1) == expected(OLD)
    there = {text for _, text in bench.texts(2)}
    bench.embedded()

    await bench.ingest.run(NEW, Options(rebuild=True))

    assert contents(bench, 2) == expected(NEW)
    assert not there & set(bench.embedded())
    assert (bench.index.live_number, list(bench.index.shelves)) == (2, [1, 2])


async def test_plain_run_after_a_failed_rebuild_writes_into_the_live_build() -> None:
    bench = Bench()
    await bench.ingest.run(OLD, Options())
    await end_after(bench, 2, NEW, Options(rebuild=True))

    await bench.ingest.run(NEW, Options())

    assert bench.index.live_number == 1
    assert contents(bench, 1) == expected(NEW)
