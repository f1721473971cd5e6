"""Bringing a book into the index: only what changed is embedded and written.

Rules:
- The index is asked what it holds, before and after; the summary tells what it holds, not what was meant.
- A broken page is told by name, and what is stored of it stays.
- An interrupted run leaves nothing that the next one does not see and finish.
- One ingest at a time.
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from glossator.domain.book.index import Build, PassageIndex
from glossator.domain.book.ingest.builds import Outcome, Target, choose_target, publish, roll_back
from glossator.domain.book.ingest.changes import Change, Record, read_record
from glossator.domain.book.ingest.summary import Progress, Summary, summarise
from glossator.domain.book.ingest.survey import PageSplitter, Source, Survey
from glossator.domain.book.ingest.writer import Writer
from glossator.domain.errors import Busy, Refused
from glossator.domain.ports.embedder import Embedder

Report = Callable[[Progress], None]


@dataclass(frozen=True)
class Options:
    """How to ingest.

    `title` and `site_url` are the settings' (an empty title: the first page's). With `remove_missing` off the source
    adds and changes pages but takes none away. `allow_empty` lets a source without readable pages empty the book.
    """

    title: str = ""
    site_url: str = ""
    rebuild: bool = False
    remove_missing: bool = True
    allow_empty: bool = False


def ignore(_: Progress) -> None:
    """The report of a caller who does not follow."""


class Ingest:
    """`batch` passages are embedded and written at once."""

    def __init__(self, index: PassageIndex, embedder: Embedder, splitter: PageSplitter, *, batch: int) -> None:
        self._index = index
        self._embedder = embedder
        self._splitter = splitter
        self._batch = batch
        self._running = False

    async def plan(self, source: Source, options: Options, report: Report = ignore) -> Summary:
        """What `run` would do and at most cost; nothing is written, nothing embedded. Raises as `run` does."""
        began = time.monotonic()
        target = await self._target(options)
        before = Record() if target.fresh else await read_record(self._index, target.build.number)
        survey, after = Survey(source, before, self._splitter), before.copy()
        embedded = tokens = 0
        async for change in survey.changes():
            if change:
                after.apply(change)
                embedded += len(change.new)
                tokens += await asyncio.to_thread(self._tokens, change)
            report(survey.progress(embedded))
        require_pages(survey, options)
        after.remove(_missing(before, survey, options))
        summary = summarise(_described(target.build, survey, after, options), before, after, survey.broken)
        return replace(self._priced(summary, tokens, began), planned=True)

    async def run(self, source: Source, options: Options, report: Report = ignore) -> Summary:
        """Write what changed. A first run or a rebuild goes live at its end.

        Raises Busy, BookMismatch, Refused, or Unavailable; after the last one the next run goes on where this ended.
        """
        with self._alone():
            began = time.monotonic()
            target = await self._target(options)
            if target.fresh:
                await self._index.create(target.build)
            before = await read_record(self._index, target.build.number)
            survey = Survey(source, before, self._splitter)
            tokens = await self._write(target, survey, report)
            await self._require_pages(target, survey, options)
            await self._remove(target, before, _missing(before, survey, options))
            after = await read_record(self._index, target.build.number)
            build = _described(target.build, survey, after, options)
            live = await publish(self._index, target, build, Outcome(before, after, survey.broken))
            summary = summarise(build, before, after, survey.broken)
            return replace(self._priced(summary, tokens, began), live=live)

    async def roll_back(self) -> Build:
        """Give readers the build that was live before the last rebuild. Raises Busy, Refused or BookMismatch."""
        with self._alone():
            return await roll_back(self._index, self._wanted(Options()))

    @contextmanager
    def _alone(self) -> Iterator[None]:
        if self._running:
            raise Busy("an ingest is running already - wait until it ends")
        self._running = True
        try:
            yield
        finally:
            self._running = False

    async def _target(self, options: Options) -> Target:
        return await choose_target(self._index, self._wanted(options), rebuild=options.rebuild)

    def _wanted(self, options: Options) -> Build:
        return Build(
            number=0,
            title=options.title,
            site_url=options.site_url,
            embedding_model=self._embedder.model,
            dimension=self._embedder.dimension,
            splitter=self._splitter.version,
        )

    async def _write(self, target: Target, survey: Survey, report: Report) -> int:
        """Returns the tokens that were embedded."""
        writer = Writer(self._index, self._embedder, target.build.number, self._batch)
        async for change in survey.changes():
            if change:
                await writer.add(change)
            report(survey.progress(writer.embedded))
        await writer.flush()
        report(survey.progress(writer.embedded))
        return writer.tokens

    async def _require_pages(self, target: Target, survey: Survey, options: Options) -> None:
        try:
            require_pages(survey, options)
        except Refused:
            if target.fresh:
                await self._index.drop(target.build.number)
            raise

    async def _remove(self, target: Target, before: Record, paths: set[str]) -> None:
        """The pages go first: passages without a page are seen by the next run, a page without its passages is not."""
        if paths:
            passages = [id_ for path in paths for id_ in before.passages.get(path, {})]
            await self._index.delete(target.build.number, pages=sorted(paths))
            await self._index.delete(target.build.number, passages=passages)

    def _tokens(self, change: Change) -> int:
        return sum(self._embedder.count_tokens(passage.indexed_text) for passage in change.new)

    def _priced(self, summary: Summary, tokens: int, began: float) -> Summary:
        cost = tokens * self._embedder.usd_per_million_tokens / 1_000_000
        return replace(summary, tokens=tokens, cost_usd=cost, seconds=time.monotonic() - began)


def require_pages(survey: Survey, options: Options) -> None:
    """Raises Refused when no page could be read: a wrong path must not empty a book."""
    if survey.readable or options.allow_empty:
        return
    reasons = "; ".join(f"{page.path}: {page.reason}" for page in survey.broken[:3])
    what = f"no page could be read ({reasons})" if reasons else "there is no page to read"
    raise Refused(f"{what} - nothing was changed")


def _missing(before: Record, survey: Survey, options: Options) -> set[str]:
    return before.paths - survey.seen if options.remove_missing else set()


def _described(build: Build, survey: Survey, after: Record, options: Options) -> Build:
    """The build with its title and counts; a source that is only a part of the book does not rename it."""
    read = survey.title if options.remove_missing else ""
    return replace(
        build,
        title=options.title or read or build.title or survey.title,
        site_url=options.site_url,
        pages=len(after.pages),
        passages=sum(len(passages) for passages in after.passages.values()),
    )
