"""Keeps the book like its folder: loads it at the start and after every change."""

import asyncio
import logging
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from glossator.commands.ingest import output
from glossator.domain.book.index import PassageIndex
from glossator.domain.book.ingest.book_options import BookOptions
from glossator.domain.book.ingest.ingest import Ingest
from glossator.domain.book.ingest.summary import Summary
from glossator.domain.book.passages import BrokenPage
from glossator.domain.book.sources.folder import read_pages
from glossator.domain.errors import Busy, DomainError
from glossator.kernel.draining import Draining
from glossator.kernel.services import Services

log = logging.getLogger(__name__)

SETTLE_MS: Final = 300
"""How long a folder must be quiet before it is read: editors write a file in several steps."""
QUIET_MS: Final = 1000
BUSY_SECONDS: Final = 1.0
ABSENT_SECONDS: Final = 1.0


@dataclass
class Follower:
    """Follows `options.docs`, a folder or one page."""

    options: BookOptions
    ingest: Ingest
    index: PassageIndex
    draining: Draining
    told: tuple[BrokenPage, ...] = ()

    @classmethod
    def of(cls, services: Services) -> "Follower":
        return cls(services.get(BookOptions), services.get(Ingest), services.get(PassageIndex), services.get(Draining))

    async def load(self) -> None:
        """Brings the folder into the book; what goes wrong is told, and the server goes on with the book it has."""
        if self.options.docs is None:
            return
        try:
            summary = await self._ingest(self.options.docs)
        except (DomainError, OSError) as error:
            click.echo(f"The book was not loaded from {self.options.docs}: {error}", err=True)
        else:
            self._tell(summary)

    async def follow(self) -> None:
        """Until the process drains."""
        from watchfiles import awatch  # noqa: PLC0415 - the production image is without it and loads every command

        docs = self.options.docs
        if docs is None:
            return
        while not await asyncio.to_thread(docs.exists):  # noqa: ASYNC110 - only a folder that is there can be watched
            await asyncio.sleep(ABSENT_SECONDS)
        following = False
        async for changes in awatch(
            docs, stop_event=self.draining, debounce=SETTLE_MS, step=50, rust_timeout=QUIET_MS, yield_on_timeout=True
        ):
            if changes or not following:  # what was saved while the book was loaded had no watcher yet
                await self.load()
            following = True

    async def described(self) -> str:
        live = await self.index.live()
        if live is None or live.passages == 0:
            return "empty - run `glossator ingest PATH`"
        return f"{live.title} ({live.pages} pages, {live.passages} passages, following {self.options.docs})"

    async def _ingest(self, docs: Path) -> Summary:
        folder = await asyncio.to_thread(read_pages, docs, self.options.generator)
        while True:
            try:
                with output.shown_progress(sys.stderr, len(folder)) as report:
                    return await self.ingest.run(folder, self.options.options, report)
            except Busy:
                await asyncio.sleep(BUSY_SECONDS)

    def _tell(self, summary: Summary) -> None:
        """A broken page is told once, not after every change of another one."""
        pages, passages = summary.pages, summary.passages
        for page in summary.broken:
            if page not in self.told:
                click.echo(f"{page.path}: {page.reason}", err=True)
        self.told = summary.broken
        if pages.new or pages.changed or pages.removed:
            click.echo(
                f"Book brought up to date: {pages.new} pages new, {pages.changed} changed, {pages.removed} removed; "
                f"{passages.embedded} passages embedded in {summary.seconds:.1f} s.",
                err=True,
            )
