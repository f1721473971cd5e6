"""Writes what changed in a source into one build."""

import asyncio
from dataclasses import replace

from glossator.domain.book.index import PassageIndex
from glossator.domain.book.ingest.book_options import IngestOptions
from glossator.domain.book.ingest.builds import IngestOutcome, Target, begin, publish
from glossator.domain.book.ingest.changes import BuildContents, read_contents
from glossator.domain.book.ingest.outcome import missing_paths, require_pages, summary_of, updated_build
from glossator.domain.book.ingest.scan import PageSource, PageSplitter, SourceScan
from glossator.domain.book.ingest.summary import IngestSummary, ProgressCallback
from glossator.domain.book.ingest.writer import BuildWriter
from glossator.domain.budget.spending import Spending
from glossator.domain.errors import Refused
from glossator.domain.ports.embedder import Embedder


class Loader:
    """Embeds and writes `batch` passages at once."""

    def __init__(self, index: PassageIndex, embedder: Embedder, splitter: PageSplitter, batch: int) -> None:
        self._index = index
        self._embedder = embedder
        self._splitter = splitter
        self._batch = batch

    async def load(
        self, source: PageSource, target: Target, options: IngestOptions, report: ProgressCallback, spending: Spending
    ) -> IngestSummary:
        """Raises Refused and Unavailable."""
        before, current = await begin(self._index, target)
        expected = current.copy()
        scan = SourceScan(source, current, self._splitter)
        writer = BuildWriter(self._index, self._embedder, target.build.number, self._batch, spending)
        try:
            await self._write(writer, scan, expected, report)
        finally:
            await writer.close()
        await self._require_pages(target, scan, options)
        if added := expected.revert(current.paths - scan.read_paths, before):  # by an interrupted run
            await self._index.delete(target.build.number, passages=added)
        missing = missing_paths(current, scan, options)
        await self._remove(target, current, missing)
        expected.remove(missing)
        after = await read_contents(self._index, target.build.number, draft=True)
        build = updated_build(target.build, scan, after, options)
        outcome = IngestOutcome(before, after, expected, writer.sample, scan.broken)
        live = await publish(self._index, target, build, outcome)
        summary = await asyncio.to_thread(summary_of, build, before, after, scan)
        return replace(summary, tokens=writer.tokens, live=live)

    async def _write(
        self, writer: BuildWriter, scan: SourceScan, expected: BuildContents, report: ProgressCallback
    ) -> None:
        clock = asyncio.get_running_loop().time
        began = clock()
        async for change in scan.changes():
            if change:
                expected.apply(change)
                await writer.add(change)
            report(scan.progress(writer.embedded, clock() - began))
        await writer.flush()
        report(scan.progress(writer.embedded, clock() - began))

    async def _require_pages(self, target: Target, scan: SourceScan, options: IngestOptions) -> None:
        try:
            require_pages(scan, options)
        except Refused:
            if target.fresh:
                await self._index.drop(target.build.number)
            raise

    async def _remove(self, target: Target, current: BuildContents, paths: set[str]) -> None:
        """Delete pages before their passages: the next run notices passages without a page, but not the reverse."""
        if paths:
            passages = [id_ for path in paths for id_ in current.passages.get(path, {})]
            await self._index.delete(target.build.number, pages=sorted(paths))
            await self._index.delete(target.build.number, passages=passages)
