"""Ingests a book: only what changed is embedded and written.

Rules:
- The index is read before and after the ingest, so the summary reports what is stored, not what was intended.
- A broken page is reported by name, and its stored passages are kept.
- The next run finds and finishes whatever an interrupted run left incomplete.
- Where embedding costs money, the whole cost is estimated and reserved before the first call.
- Only one ingest runs at a time. The vectors of slow spaces and suggested questions are added after it, while the book
  is served; another ingest can run meanwhile.
"""

import asyncio
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from glossator.domain.book.index import Build, PassageIndex
from glossator.domain.book.ingest.book_options import IngestOptions
from glossator.domain.book.ingest.builds import Target, choose_target, roll_back
from glossator.domain.book.ingest.changes import BuildContents, read_contents
from glossator.domain.book.ingest.live_build import (
    describe_mismatch,
    find_live_build,
    is_unfilled,
    matches,
    requested_build,
    slow_spaces,
)
from glossator.domain.book.ingest.loader import Loader
from glossator.domain.book.ingest.outcome import missing_paths, require_pages, summary_of, updated_build
from glossator.domain.book.ingest.price import Suggesting, cost_of, cost_of_change, cost_of_questions, priced, reserved
from glossator.domain.book.ingest.scan import PageSource, PageSplitter, SourceScan, is_other_book
from glossator.domain.book.ingest.summary import (
    IngestProgress,
    IngestSummary,
    MaxCost,
    ProgressCallback,
    Suggested,
    estimate,
    ignore_progress,
)
from glossator.domain.book.ingest.writer import fill
from glossator.domain.book.pages.dialect.generators import DEFAULT_DIALECT, Dialect
from glossator.domain.budget.budget import Budget
from glossator.domain.errors import Busy, DomainError
from glossator.domain.ports.embedder import Embedder

log = logging.getLogger(__name__)


class Ingest:
    """Embeds and writes `batch` passages at once."""

    def __init__(
        self,
        index: PassageIndex,
        embedder: Embedder,
        splitter: PageSplitter,
        *,
        batch: int,
        budget: Budget | None = None,
        suggesting: Suggesting | None = None,
    ) -> None:
        self._index = index
        self._embedder = embedder
        self._splitter = splitter
        self._loader = Loader(index, embedder, splitter, batch)
        self._budget = budget or Budget.without_caps()
        self._suggesting = suggesting
        self._running = False
        self._writing = asyncio.Lock()
        self._filling = asyncio.Lock()

    async def plan(
        self, source: PageSource, options: IngestOptions, report: ProgressCallback = ignore_progress
    ) -> IngestSummary:
        """Predict the changes and the maximum cost of `run` without writing or embedding. Raises like `run`."""
        began = time.monotonic()
        target = await self._target(source, options)
        scan, before, after, cost = await self._scanned(source, target, report)
        require_pages(scan, options)
        after.remove(missing_paths(after, scan, options))
        cost = cost.plus(await cost_of_questions(self._suggesting, target, before, after))
        updated = updated_build(target.build, scan, after, options)
        summary = await asyncio.to_thread(summary_of, updated, before, after, scan)
        return replace(priced(summary, cost, began), planned=True)

    async def run(
        self, source: PageSource, options: IngestOptions, report: ProgressCallback = ignore_progress
    ) -> IngestSummary:
        """Like `load`, then `fill` and `suggest`."""
        began, latest = time.monotonic(), IngestProgress()

        def remember(progress: IngestProgress) -> None:
            nonlocal latest
            latest = progress
            report(progress)

        summary = await self.load(source, options, remember)
        filled, tokens = await self.fill(
            lambda progress: remember(replace(latest, filled=progress.filled, estimate=progress.estimate))
        )
        spent, own = cost_of(summary.tokens + tokens, self._embedder), options.budget_usd
        questions = await self.suggest(
            lambda progress: report(replace(latest, suggested=progress.suggested)), None if own is None else own - spent
        )
        embedded = summary.tokens + tokens + questions.embedding_tokens
        cost = MaxCost(embedded, cost_of(embedded, self._embedder) + questions.usd)
        return replace(priced(summary, cost, began), filled=filled, questions=questions)

    async def load(
        self, source: PageSource, options: IngestOptions, report: ProgressCallback = ignore_progress
    ) -> IngestSummary:
        """Write what changed, without the vectors of slow spaces. A first run or a rebuild goes live at the end.

        Raises Busy, BookMismatch, Refused or Unavailable. After Unavailable, the next run continues where this one
        stopped.
        """
        with self._lock():
            began = time.monotonic()
            target = await self._target(source, options)
            async with self._writing:
                needed, questions = await self._max_costs(source, target)
                if (max_cost := needed.plus(questions)).usd:
                    report(IngestProgress(max_cost=max_cost))
                async with reserved(self._budget, needed, options.budget_usd) as spending:
                    summary = await self._loader.load(source, target, options, report, spending)
            return priced(summary, MaxCost(summary.tokens, cost_of(summary.tokens, self._embedder)), began)

    async def fill(self, report: ProgressCallback = ignore_progress) -> tuple[int, int]:
        """Add the vectors of slow spaces that the live build lacks; return the numbers of passages and of tokens.

        Raises Unavailable.
        """
        async with self._filling:
            live = await find_live_build(self._index)
            pending = {*live.pending} & {*slow_spaces(live, self._embedder)} if live else set[str]()
            expected = live.passages * len(pending) if live and pending else None
            clock = asyncio.get_running_loop().time
            began = clock()

            def report_filled(filled: int) -> None:
                report(IngestProgress(filled=filled, estimate=estimate(filled, expected, clock() - began)))

            return await fill(self._index, self._embedder, self._writing, report_filled)

    async def suggest(self, report: ProgressCallback = ignore_progress, left_usd: float | None = None) -> Suggested:
        """Add suggested questions to the pages of the live build that have none; the rest is for the next ingest.

        `left_usd` is what is left of an ingest's own budget; without one the site's caps count.
        """
        if self._suggesting is None:
            return Suggested()

        def report_new(new: int) -> None:
            report(IngestProgress(suggested=new))

        try:
            return await self._suggesting.add(self._writing, report_new, left_usd)
        except DomainError as error:
            log.warning("suggestions_incomplete: %s; the next ingest adds the rest", error)
            return Suggested()

    async def is_unfilled(self) -> bool:
        """Whether `fill` has something to do."""
        return await is_unfilled(self._index, self._embedder)

    async def live_dialect(self) -> Dialect:
        """The site of the live build, for pages that are added to it."""
        live = await find_live_build(self._index)
        return live.dialect or DEFAULT_DIALECT if live else DEFAULT_DIALECT

    async def roll_back(self) -> Build:
        """Make the build before the last rebuild live again. Raises Busy, Refused or BookMismatch."""
        with self._lock():
            async with self._writing:
                return await roll_back(self._index, self._requested_build(IngestOptions()))

    async def _max_costs(self, source: PageSource, target: Target) -> tuple[MaxCost, MaxCost]:
        """Of what the book needs, and of its suggested questions, without which it is complete.

        Where nothing costs money, the source is not read.
        """
        suggesting = self._suggesting
        if not self._embedder.usd_per_million_tokens and not (suggesting and suggesting.max_cost.usd):
            return MaxCost(), MaxCost()
        _, before, after, cost = await self._scanned(source, target, ignore_progress)
        return cost, await cost_of_questions(self._suggesting, target, before, after)

    async def _scanned(
        self, source: PageSource, target: Target, report: ProgressCallback
    ) -> tuple[SourceScan, BuildContents, BuildContents, MaxCost]:
        """The scan, the contents before and after it, and what embedding the changes would cost."""
        before, current = BuildContents(), BuildContents()
        if not target.fresh:
            before = await read_contents(self._index, target.build.number)
            current = await read_contents(self._index, target.build.number, draft=True)
        scan, after = SourceScan(source, current, self._splitter), current.copy()
        embedded, cost = 0, MaxCost()
        async for change in scan.changes():
            if change:
                after.apply(change)
                embedded += len(change.new)
                cost = cost.plus(await asyncio.to_thread(cost_of_change, change, self._embedder))
            report(scan.progress(embedded, seconds=0))
        return scan, before, after, cost

    @contextmanager
    def _lock(self) -> Iterator[None]:
        if self._running:
            raise Busy("an ingest is already running - wait until it ends")
        self._running = True
        try:
            yield
        finally:
            self._running = False

    async def _target(self, source: PageSource, options: IngestOptions) -> Target:
        requested = self._requested_build(options)
        live = await find_live_build(self._index) if options.remove_missing else None
        rebuild = options.rebuild
        if live and options.other_book != "edit":
            outdated = not matches(live, requested)
            rebuild |= await is_other_book(self._index, source, live, options, outdated=outdated)
        if live and options.upgrade and not matches(live, requested) and not self._embedder.usd_per_million_tokens:
            log.info("book_upgrade: %s; it is built again and served meanwhile", describe_mismatch(live, requested))
            rebuild = True
        return await choose_target(self._index, requested, rebuild=rebuild)

    def _requested_build(self, options: IngestOptions) -> Build:
        return requested_build(self._embedder, self._splitter.version, options)
