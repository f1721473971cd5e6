"""Ingests a book: only what changed is embedded and written.

Rules:
- The index is read before and after the ingest, so the summary reports what is stored, not what was intended.
- A broken page is reported by name, and its stored passages are kept.
- The next run finds and finishes whatever an interrupted run left incomplete.
- Only one ingest runs at a time.
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

from glossator.domain.book.index import Build, PassageIndex, VectorSpace
from glossator.domain.book.ingest.book_options import IngestOptions
from glossator.domain.book.ingest.builds import IngestOutcome, Target, choose_target, publish, roll_back
from glossator.domain.book.ingest.changes import BuildContents, PageChange, read_contents
from glossator.domain.book.ingest.scan import PageSplitter, Source, SourceScan
from glossator.domain.book.ingest.summary import IngestProgress, IngestSummary, summarize
from glossator.domain.book.ingest.writer import BuildWriter, fill
from glossator.domain.book.words import WORD_RULES
from glossator.domain.errors import Busy, Refused
from glossator.domain.ports.embedder import Embedder

ProgressCallback = Callable[[IngestProgress], None]


def ignore_progress(_: IngestProgress) -> None:
    pass


class Ingest:
    """Embeds and writes `batch` passages at once."""

    def __init__(self, index: PassageIndex, embedder: Embedder, splitter: PageSplitter, *, batch: int) -> None:
        self._index = index
        self._embedder = embedder
        self._splitter = splitter
        self._batch = batch
        self._running = False

    async def plan(
        self, source: Source, options: IngestOptions, report: ProgressCallback = ignore_progress
    ) -> IngestSummary:
        """Predict the changes and the maximum cost of `run` without writing or embedding. Raises like `run`."""
        began = time.monotonic()
        target = await self._target(options)
        before = BuildContents() if target.fresh else await read_contents(self._index, target.build.number)
        scan, after = SourceScan(source, before, self._splitter), before.copy()
        embedded = tokens = 0
        async for change in scan.changes():
            if change:
                after.apply(change)
                embedded += len(change.new)
                tokens += await asyncio.to_thread(self._tokens, change)
            report(scan.progress(embedded))
        require_pages(scan, options)
        after.remove(_missing_paths(before, scan, options))
        summary = summarize(_updated_build(target.build, scan, after, options), before, after, scan.broken)
        return replace(self._with_cost(summary, tokens, began), planned=True)

    async def run(
        self, source: Source, options: IngestOptions, report: ProgressCallback = ignore_progress
    ) -> IngestSummary:
        """Write what changed. A first run or a rebuild goes live at the end.

        Raises Busy, BookMismatch, Refused or Unavailable. After Unavailable, the next run continues where this one
        stopped.
        """
        with self._lock():
            began = time.monotonic()
            target = await self._target(options)
            if target.fresh:
                await self._index.create(target.build)
            before = await read_contents(self._index, target.build.number)
            scan = SourceScan(source, before, self._splitter)
            writer = BuildWriter(self._index, self._embedder, target.build.number, self._batch)
            await self._write(writer, scan, report)
            await self._require_pages(target, scan, options)
            await self._remove(target, before, _missing_paths(before, scan, options))
            after = await read_contents(self._index, target.build.number)
            build = _updated_build(target.build, scan, after, options)
            live = await publish(self._index, target, build, IngestOutcome(before, after, scan.broken))
            tokens = writer.tokens + await fill(
                self._index, self._embedder, build, partial(_report_filled, scan, writer.embedded, report)
            )
            summary = summarize(build, before, after, scan.broken)
            return replace(self._with_cost(summary, tokens, began), live=live)

    async def roll_back(self) -> Build:
        """Make the build before the last rebuild live again. Raises Busy, Refused or BookMismatch."""
        with self._lock():
            return await roll_back(self._index, self._requested_build(IngestOptions()))

    @contextmanager
    def _lock(self) -> Iterator[None]:
        if self._running:
            raise Busy("an ingest is already running - wait until it ends")
        self._running = True
        try:
            yield
        finally:
            self._running = False

    async def _target(self, options: IngestOptions) -> Target:
        return await choose_target(self._index, self._requested_build(options), rebuild=options.rebuild)

    def _requested_build(self, options: IngestOptions) -> Build:
        return Build(
            number=0,
            title=options.title,
            site_url=options.site_url,
            spaces=tuple(VectorSpace(space.name, space.model, space.dimension) for space in self._embedder.spaces),
            splitter=self._splitter.version,
            words=WORD_RULES,
            pending=tuple(space.name for space in self._embedder.spaces if space.slow),
        )

    async def _write(self, writer: BuildWriter, scan: SourceScan, report: ProgressCallback) -> None:
        async for change in scan.changes():
            if change:
                await writer.add(change)
            report(scan.progress(writer.embedded))
        await writer.flush()
        report(scan.progress(writer.embedded))

    async def _require_pages(self, target: Target, scan: SourceScan, options: IngestOptions) -> None:
        try:
            require_pages(scan, options)
        except Refused:
            if target.fresh:
                await self._index.drop(target.build.number)
            raise

    async def _remove(self, target: Target, before: BuildContents, paths: set[str]) -> None:
        """Delete pages before their passages: the next run notices passages without a page, but not the reverse."""
        if paths:
            passages = [id_ for path in paths for id_ in before.passages.get(path, {})]
            await self._index.delete(target.build.number, pages=sorted(paths))
            await self._index.delete(target.build.number, passages=passages)

    def _tokens(self, change: PageChange) -> int:
        return sum(self._embedder.count_tokens(passage.indexed_text) for passage in change.new)

    def _with_cost(self, summary: IngestSummary, tokens: int, began: float) -> IngestSummary:
        cost = tokens * self._embedder.usd_per_million_tokens / 1_000_000
        return replace(summary, tokens=tokens, cost_usd=cost, seconds=time.monotonic() - began)


def _report_filled(scan: SourceScan, embedded: int, report: ProgressCallback, filled: int) -> None:
    report(replace(scan.progress(embedded), filled=filled))


def require_pages(scan: SourceScan, options: IngestOptions) -> None:
    """Raises Refused if no page could be read, so that a wrong path does not empty the book."""
    if scan.readable or options.allow_empty:
        return
    reasons = "; ".join(f"{page.path}: {page.reason}" for page in scan.broken[:3])
    error = f"no page could be read ({reasons})" if reasons else "no pages were found"
    raise Refused(f"{error} - nothing was changed")


def _missing_paths(before: BuildContents, scan: SourceScan, options: IngestOptions) -> set[str]:
    return before.paths - scan.seen if options.remove_missing else set()


def _updated_build(build: Build, scan: SourceScan, after: BuildContents, options: IngestOptions) -> Build:
    """The build with its new title and counts; a source that is only a part of the book does not change the title."""
    title = scan.title if options.remove_missing else ""
    return replace(
        build,
        title=options.title or title or build.title or scan.title,
        site_url=options.site_url,
        pages=len(after.pages),
        passages=sum(len(passages) for passages in after.passages.values()),
    )
