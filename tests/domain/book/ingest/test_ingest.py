"""Ingest with an index and an embedder in memory: what is written and embedded, and what the summary reports."""

import asyncio
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from glossator.domain.book.ingest.book_options import IngestOptions
from glossator.domain.book.ingest.ingest import Ingest
from glossator.domain.book.ingest.summary import Estimate, IngestProgress, MaxCost
from glossator.domain.book.pages.dialect.generators import DEFAULT_DIALECT
from glossator.domain.book.pages.front_matter import BadPage
from glossator.domain.book.passages import BrokenPage, Page
from glossator.domain.book.sources.folder import page_from_bytes, read_pages
from glossator.domain.book.splitting.packing import Limits
from glossator.domain.book.splitting.splitter import Splitter
from glossator.domain.budget.budget import Budget
from glossator.domain.budget.caps import Caps, nanos
from glossator.domain.budget.leases import Leases
from glossator.domain.budget.memory_ledger import MemoryLedger
from glossator.domain.errors import Busy, Refused, Unavailable
from glossator.domain.ports.embedder import Embedded, Purpose
from tests.indexes import SPACES, CountingEmbedder
from tests.line_book import BOOK, Bench, LineSplitter, page, split

pytestmark = pytest.mark.virtual_time

KEEP_MISSING = IngestOptions(remove_missing=False)


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
async def filled(bench: Bench) -> Bench:
    await bench.ingest.run(BOOK, IngestOptions())
    bench.embedder.calls.clear()
    bench.index.writes.clear()
    return bench


async def test_first_run_writes_build_one_and_makes_it_live(bench: Bench) -> None:
    summary = await bench.ingest.run(BOOK, IngestOptions(site_url="https://book.example"))

    live = await bench.index.live()
    assert live is not None
    assert (live.number, live.state, live.pages, live.passages) == (1, "ready", 2, 5)
    assert (live.title, live.site_url) == ("Index", "https://book.example")
    assert (live.spaces, live.splitter, live.words) == (SPACES, "lines-1", "2")
    assert summary.live
    assert (summary.pages.new, summary.passages.embedded, summary.passages.total) == (2, 5, 5)


async def test_first_run_is_not_live_before_everything_is_written(bench: Bench) -> None:
    await bench.ingest.run(BOOK, IngestOptions())

    assert bench.index.writes == ["create", "put_passages", "put_pages", "save", "activate", "save"]


async def test_unchanged_book_is_neither_embedded_nor_written(filled: Bench) -> None:
    summary = await filled.ingest.run(BOOK, IngestOptions())

    assert filled.embedder.calls == []
    assert filled.index.writes == []
    assert summary.pages.unchanged == 2
    assert (summary.passages.embedded, summary.passages.total, summary.tokens) == (0, 5, 0)


async def test_passages_below_a_heading_without_an_anchor_are_counted(bench: Bench) -> None:
    html = b"<h1>T</h1>Top.<h2 id=a>A</h2>One.<h2>B</h2>Two."
    pages = [page_from_bytes("a.html", html.replace(b"id=a", anchor), DEFAULT_DIALECT) for anchor in (b"", b"id=a")]
    bench.splitter = Splitter(Limits(1000))

    summaries = [await bench.ingest.run([found], IngestOptions()) for found in pages]

    assert [summary.page_links for summary in summaries] == [2, 0]


async def test_unchanged_page_is_not_split_again(filled: Bench) -> None:
    """The changed one is split for the estimate and for the ingest."""
    split_pages: list[Page] = []
    filled.splitter = LineSplitter(before=split_pages.append)
    changed = page("trees.md", "root")

    await filled.ingest.run([BOOK[0], changed], IngestOptions())

    assert split_pages == [changed, changed]


async def test_changed_page_embeds_new_passages_moves_the_rest_and_deletes_removed_ones(filled: Bench) -> None:
    summary = await filled.ingest.run([BOOK[0], page("trees.md", "twig", "root", "bark")], IngestOptions())

    assert filled.embedded() == ["twig"]
    assert filled.texts() == {("index.md", t) for t in ("one", "two")} | {
        ("trees.md", t) for t in ("twig", "root", "bark")
    }
    assert (summary.pages.changed, summary.pages.unchanged) == (1, 1)
    assert (summary.passages.embedded, summary.passages.moved, summary.passages.removed) == (1, 2, 1)
    assert (summary.passages.total, summary.tokens, summary.cost_usd) == (5, 2, 2 * 20.0 / 1_000_000)


async def test_change_saves_the_build_even_if_no_count_changed(filled: Bench) -> None:
    await filled.ingest.run([BOOK[0], page("trees.md", "root", "leaf", "twig")], IngestOptions())

    assert filled.index.writes[-1] == "save"


async def test_moved_passage_has_its_new_offset_and_keeps_its_vector(filled: Bench) -> None:
    root = split(BOOK[1])[0].id
    vector = filled.index.stored[1].points[root].vectors["dense"]
    changed = page("trees.md", "twig", "root", "leaf", "bark")

    await filled.ingest.run([BOOK[0], changed], IngestOptions())

    point = filled.index.stored[1].points[root]
    assert (point.passage.start, point.page_hash) == (5, changed.hash)
    assert point.vectors["dense"] is vector


async def test_removed_page_leaves_no_passage_and_no_page(filled: Bench) -> None:
    summary = await filled.ingest.run(BOOK[:1], IngestOptions())

    assert filled.texts() == {("index.md", "one"), ("index.md", "two")}
    assert list(filled.index.stored[1].pages) == ["index.md"]
    assert (summary.pages.removed, summary.passages.removed, summary.passages.total) == (1, 3, 2)


async def test_partial_source_adds_and_changes_pages_but_removes_and_renames_nothing(filled: Bench) -> None:
    summary = await filled.ingest.run([page("birds.md", "wing")], KEEP_MISSING)

    live = await filled.index.live()
    assert live is not None
    assert (live.title, live.pages, live.passages) == ("Index", 3, 6)
    assert (summary.pages.new, summary.pages.removed) == (1, 0)


async def test_identical_passages_are_stored_separately_and_removing_one_embeds_nothing(bench: Bench) -> None:
    await bench.ingest.run([page("a.md", "same", "other", "same")], IngestOptions())
    bench.embedder.calls.clear()

    summary = await bench.ingest.run([page("a.md", "other", "same")], IngestOptions())

    assert bench.embedder.calls == []
    assert (summary.passages.total, summary.passages.moved, summary.passages.removed) == (2, 2, 1)


async def test_page_without_text_is_a_page_of_the_book(bench: Bench) -> None:
    summary = await bench.ingest.run([page("empty.md"), *BOOK], IngestOptions())

    assert "empty.md" in bench.index.stored[1].pages
    assert summary.pages.new == 3


async def test_broken_page_is_reported_and_its_stored_passages_are_kept(filled: Bench) -> None:
    broken = BrokenPage("trees.md", "not UTF-8")

    summary = await filled.ingest.run([page("index.md", "one", "three"), broken], IngestOptions())

    assert summary.broken == (broken,)
    assert ("trees.md", "bark") in filled.texts()
    assert ("index.md", "three") in filled.texts()
    assert (summary.pages.broken, summary.pages.changed, summary.pages.unchanged) == (1, 1, 0)


async def test_page_that_cannot_be_split_is_broken_and_the_others_are_ingested(filled: Bench) -> None:
    def refuse_trees(whole: Page) -> None:
        if whole.path == "trees.md":
            raise BadPage("nested too deeply")

    filled.splitter = LineSplitter(before=refuse_trees)

    summary = await filled.ingest.run([page("index.md", "three"), page("trees.md", "twig")], IngestOptions())

    assert summary.broken == (BrokenPage("trees.md", "nested too deeply"),)
    assert filled.texts() == {("index.md", "three"), *((BOOK[1].path, p.text) for p in split(BOOK[1]))}


async def test_embedding_requests_are_full_batches_across_pages(bench: Bench) -> None:
    bench.batch = 10
    book = [page(f"{at}.md", *(f"{at} {line}" for line in range(at))) for at in range(1, 12)]

    summary = await bench.ingest.run(book, IngestOptions())

    assert summary.passages.total == 66
    assert [len(call) for call in bench.embedder.calls] == [10] * 6 + [6]


async def test_page_is_stored_after_its_passages(bench: Bench) -> None:
    bench.batch = 2
    bench.index.fail_after = 2

    with pytest.raises(Unavailable):
        await bench.ingest.run([page("long.md", "a", "b", "c", "d", "e")], IngestOptions())

    assert len(bench.index.stored[1].points) == 3
    assert bench.index.stored[1].pages == {}


async def test_without_an_embedding_model_passages_are_stored_without_vectors(bench: Bench) -> None:
    bench.embedder = CountingEmbedder(model="", dimension=0)

    await bench.ingest.run(BOOK, IngestOptions())

    assert bench.embedder.calls == []
    assert all(point.vectors == {} for point in bench.index.stored[1].points.values())
    assert bench.texts() == {(whole.path, passage.text) for whole in BOOK for passage in split(whole)}


async def test_title_option_overrides_the_first_page(filled: Bench) -> None:
    await filled.ingest.run(BOOK, IngestOptions(title="Botany"))

    live = await filled.index.live()
    assert live is not None
    assert live.title == "Botany"


@pytest.mark.parametrize(
    ("paths", "title"),
    [
        (["a.md", "README.md", "z.md"], "Readme"),
        (["a.md", "index.mdx"], "Index"),
        (["b.md", "a.md"], "B"),
        (["b.md", "deep/index.md"], "B"),
    ],
)
async def test_title_is_that_of_the_front_page(bench: Bench, paths: list[str], title: str) -> None:
    summary = await bench.ingest.run([page(path, path) for path in paths], IngestOptions())

    assert summary.title == title


@pytest.mark.parametrize("source", [[], [BrokenPage("trees.md", "not UTF-8")]])
@pytest.mark.parametrize("options", [IngestOptions(), KEEP_MISSING, IngestOptions(rebuild=True)])
async def test_source_without_a_readable_page_changes_nothing(
    filled: Bench, source: Sequence[Page | BrokenPage], options: IngestOptions
) -> None:
    with pytest.raises(Refused, match="nothing was changed"):
        await filled.ingest.run(source, options)

    assert len(filled.texts()) == 5
    assert list(filled.index.stored) == [1]


async def test_allow_empty_empties_the_book(filled: Bench) -> None:
    summary = await filled.ingest.run([], IngestOptions(allow_empty=True))

    assert (summary.passages.total, summary.pages.removed) == (0, 2)


async def test_progress_counts_pages_passages_and_broken_pages(bench: Bench) -> None:
    reports: list[IngestProgress] = []
    broken = BrokenPage("bad.md", "bad front matter")

    await bench.ingest.run([*BOOK, broken], IngestOptions(), reports.append)

    assert [at.pages for at in reports[1:]] == [1, 2, 3, 3]
    last = replace(reports[-1], estimate=Estimate())
    assert last == IngestProgress(pages=3, total=3, embedded=5, broken=(broken,))


class SlowEmbedder(CountingEmbedder):
    """A batch takes two seconds."""

    async def embed(self, texts: Sequence[str], purpose: Purpose, spaces: Collection[str] | None = None) -> Embedded:
        await asyncio.sleep(2)
        return await super().embed(texts, purpose, spaces)


async def test_progress_estimates_the_passages_and_the_time_that_are_left() -> None:
    bench, reports = Bench(embedder=SlowEmbedder(), batch=4), list[IngestProgress]()

    await bench.ingest.run(
        [page(f"{number}.md", "a", "b", "c", "d") for number in range(10)], IngestOptions(), reports.append
    )

    del reports[0]  # the most that it can cost
    assert [report.estimate.seconds_left for report in reports[:3]] == [None, 18, 16]
    assert (reports[1].estimate.passages, reports[1].estimate.per_second) == (40, 2)
    assert reports[-1].estimate.seconds_left == 0


class PatientEmbedder(SlowEmbedder):
    """Three calls may be in flight; `most` is how many were."""

    ingest_calls = 3
    running = most = 0

    async def embed(self, texts: Sequence[str], purpose: Purpose, spaces: Collection[str] | None = None) -> Embedded:
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            return await super().embed(texts, purpose, spaces)
        finally:
            self.running -= 1


async def test_several_batches_are_embedded_at_a_time_and_written_in_order() -> None:
    embedder = PatientEmbedder()
    bench = Bench(embedder=embedder, batch=4)

    summary = await bench.ingest.run(
        [page(f"{number}.md", "a", "b", "c", "d") for number in range(10)], IngestOptions()
    )

    assert (embedder.most, embedder.running, summary.passages.embedded) == (3, 0, 40)


class FailingEmbedder(PatientEmbedder):
    async def embed(self, texts: Sequence[str], purpose: Purpose, spaces: Collection[str] | None = None) -> Embedded:
        if self.running == 2:
            raise Unavailable("openai", "down")
        return await super().embed(texts, purpose, spaces)


async def test_a_failed_batch_leaves_no_call_behind() -> None:
    embedder = FailingEmbedder()
    bench = Bench(embedder=embedder, batch=4)

    with pytest.raises(Unavailable):
        await bench.ingest.run([page(f"{number}.md", "a", "b", "c", "d") for number in range(10)], IngestOptions())

    assert embedder.running == 0


async def test_total_is_unknown_for_a_source_without_length(bench: Bench) -> None:
    reports: list[IngestProgress] = []

    await bench.ingest.run(UncountedPages(), IngestOptions(), reports.append)

    assert {at.total for at in reports} == {None}


class UncountedPages:
    def __iter__(self) -> Iterator[Page]:
        yield from BOOK


async def test_second_ingest_at_the_same_time_is_rejected(bench: Bench) -> None:
    ingest = bench.ingest

    first = asyncio.create_task(ingest.run(BOOK, IngestOptions()))
    await asyncio.sleep(0)
    with pytest.raises(Busy):
        await ingest.run(BOOK, IngestOptions())
    with pytest.raises(Busy):
        await ingest.roll_back()

    assert (await first).live


async def test_ingest_can_run_again_after_a_failure(bench: Bench) -> None:
    ingest = bench.ingest
    with pytest.raises(Refused):
        await ingest.run([], IngestOptions())

    assert (await ingest.run(BOOK, IngestOptions())).passages.total == 5


async def test_splitting_does_not_block_the_event_loop(bench: Bench) -> None:
    started, release = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def wait(_: Page) -> None:
        loop.call_soon_threadsafe(started.set)
        asyncio.run_coroutine_threadsafe(release.wait(), loop).result(timeout=60)

    bench.splitter = LineSplitter(before=wait)
    run = asyncio.create_task(bench.ingest.run(BOOK[:1], IngestOptions()))
    await started.wait()
    release.set()

    assert (await run).passages.total == 2


async def test_source_tells_the_title_and_what_is_not_in_the_book(bench: Bench, tmp_path: Path) -> None:
    docs = tmp_path / "Wells"
    docs.mkdir()
    (docs / "a.md").write_text("# Buckets\n{{#include none.md}}")
    (docs / "_b.md").write_text("part")

    summary = await bench.ingest.run(read_pages(docs, "docusaurus"), IngestOptions())
    (docs / "a.md").write_text("---\nslug: /\n---\n# All wells")
    changed = await bench.ingest.run(read_pages(docs, "docusaurus"), IngestOptions(other_book="edit"))

    assert (summary.title, summary.not_included, summary.excluded) == ("Wells", 1, {"partial": 1})
    assert (changed.title, changed.not_included) == ("All wells", 0)


async def test_order_of_the_book_is_stored_and_a_part_of_the_book_keeps_it(bench: Bench, tmp_path: Path) -> None:
    for name, number in (("a", 2), ("b", 1)):
        (tmp_path / f"{name}.md").write_text(f"---\nsidebar_position: {number}\n---\n# Page {name}")
    await bench.ingest.run(read_pages(tmp_path, "docusaurus"), IngestOptions())
    part = replace(IngestOptions(), remove_missing=False)
    await bench.ingest.run(read_pages(tmp_path / "a.md", "docusaurus"), part)

    live = await bench.index.live()
    assert live is not None
    assert live.order == ("b.md", "a.md")


async def test_base_of_the_site_is_stored_and_reported(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.md").write_text("# Buckets")
    (tmp_path / "mkdocs.yml").write_text("site_url: https://book.example/wells/")
    options = IngestOptions(site_url="https://book.example")

    docs = tmp_path / "docs"
    plan = await bench.ingest.plan(read_pages(docs, "docusaurus"), options)
    summary = await bench.ingest.run(read_pages(docs, "docusaurus"), options)
    part = await bench.ingest.run(read_pages(docs / "a.md", "docusaurus"), replace(options, remove_missing=False))

    live = await bench.index.live()
    assert live is not None
    assert (live.site_url, live.base, part.address) == ("https://book.example", "wells", "")
    assert plan.address == summary.address == summary.to_json()["address"]
    assert summary.address.endswith("mkdocs.yml says site_url /wells/: links use https://book.example/wells/")


def budget_of(bench: Bench, site_day: float) -> Ingest:
    """`Bench` embeds one line for a price of USD 0.00004, since a token is a word and the title counts."""
    ledger = MemoryLedger()
    caps = Caps(site_day=nanos(site_day), site_month=nanos(1))
    budget = Budget(caps, ledger, Leases(ledger))
    return Ingest(bench.index, bench.embedder, bench.splitter, batch=2, budget=budget)


async def test_an_ingest_reports_its_estimate_before_the_first_paid_call(bench: Bench) -> None:
    first: list[tuple[MaxCost | None, int]] = []

    await bench.ingest.run(BOOK, IngestOptions(), lambda at: first.append((at.max_cost, len(bench.embedder.calls))))

    assert first[0] == (MaxCost(10, 0.0002), 0)


async def test_an_ingest_beyond_what_is_left_is_refused_and_changes_nothing(bench: Bench) -> None:
    with pytest.raises(Refused, match=r"at most 10 tokens \(\$0\.0002\), and \$0\.0001 is left of BUDGET__SITE_DAY"):
        await budget_of(bench, 0.0001).run(BOOK, IngestOptions())

    assert (bench.embedder.calls, bench.index.writes) == ([], [])


async def test_an_ingest_with_a_budget_of_its_own_leaves_the_caps_alone(bench: Bench) -> None:
    ingest = budget_of(bench, 0.0001)

    summary = await ingest.run(BOOK, IngestOptions(budget_usd=0.01))
    again = await ingest.run([page("trees.md", "twig")], IngestOptions(remove_missing=False))

    assert summary.cost_usd == pytest.approx(0.0002)
    assert again.cost_usd == pytest.approx(0.00004)


async def test_an_ingest_beyond_its_own_budget_is_refused(bench: Bench) -> None:
    with pytest.raises(Refused, match=r"more than the given budget of \$0\.00"):
        await budget_of(bench, 5.0).run(BOOK, IngestOptions(budget_usd=0.0001))

    assert bench.embedder.calls == []


async def test_free_embeddings_need_no_estimate(bench: Bench) -> None:
    bench.embedder.usd_per_million_tokens = 0.0
    reports: list[IngestProgress] = []

    await budget_of(bench, 0.0001).run(BOOK, IngestOptions(), reports.append)

    assert [at.max_cost for at in reports] == [None] * len(reports)
