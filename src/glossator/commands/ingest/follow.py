"""Keeps the book in sync with its folder: loads it at the start and after every change."""

import asyncio
import logging
import os
import sys
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, TypeAlias

import click

from glossator.commands.ingest import output
from glossator.commands.runner import ProgressLines
from glossator.domain.book.index import PassageIndex
from glossator.domain.book.ingest.book_options import BookOptions, IngestOptions
from glossator.domain.book.ingest.ingest import Ingest
from glossator.domain.book.ingest.summary import IngestSummary
from glossator.domain.book.passages import BrokenPage
from glossator.domain.book.sources.folder import read_pages
from glossator.domain.errors import Busy, DomainError
from glossator.kernel.draining import Draining
from glossator.kernel.services import Services

log = logging.getLogger(__name__)

DEBOUNCE_MS: Final = 300
"""Time without changes before the folder is read: editors write a file in several steps."""
POLL_MS: Final = 1000
BUSY_SECONDS: Final = 1.0
MISSING_SECONDS: Final = 1.0

FileStates: TypeAlias = frozenset[tuple[str, int, int]]
"""The path, the time of the last change in nanoseconds and the size in bytes of each file."""


@dataclass
class FolderWatcher:
    """Watches `options.docs`, a folder or one page. `new_book` allows it to replace another book at the first load."""

    options: BookOptions
    ingest: Ingest
    index: PassageIndex
    draining: Draining
    new_book: bool = False
    reported: tuple[BrokenPage, ...] = ()
    _loaded: asyncio.Event = field(default_factory=asyncio.Event)
    _followed: bool = False
    _loaded_files: FileStates = frozenset()

    @classmethod
    def from_services(cls, services: Services, *, new_book: bool = False) -> "FolderWatcher":
        return cls(
            services.get(BookOptions),
            services.get(Ingest),
            services.get(PassageIndex),
            services.get(Draining),
            new_book,
        )

    async def load(self) -> None:
        """Load the folder into the book. Errors are printed, and the server continues with its current book."""
        if self.options.docs is None:
            return
        files = await asyncio.to_thread(file_states, self.options.docs)
        try:
            summary = await self._ingest(self.options.docs)
        except (DomainError, OSError) as error:
            click.echo(f"The book was not loaded from {self.options.docs}: {error}", err=True)
        else:
            if summary.address and not self._followed:
                click.echo(f"{summary.address}.", err=True)
            self._followed, self._loaded_files = True, files
            self._loaded.set()
            self._report(summary)

    async def fill(self) -> None:
        """After every load, add the vectors that it left out, and suggested questions.

        The book is served and can be loaded again meanwhile.
        """
        while True:
            await self._loaded.wait()
            self._loaded.clear()
            began = time.monotonic()
            try:
                filled, _ = await self.ingest.fill(ProgressLines(sys.stderr, output.format_fill_progress))
            except DomainError as error:
                click.echo(f"Vectors for other languages are incomplete: {error}", err=True)
            else:
                if filled:
                    click.echo(f"{output.format_filled(filled)} in {time.monotonic() - began:.1f} s; done.", err=True)
                await self._suggest()

    async def _suggest(self) -> None:
        questions = await self.ingest.suggest()
        if questions.new:
            click.echo(f"The book has {output.format_questions(questions)}.", err=True)

    async def watch(self) -> None:
        """Load the folder after every change, until the process drains."""
        from watchfiles import awatch  # noqa: PLC0415 - not installed in the production image, which imports every command

        docs = self.options.docs
        if docs is None:
            return
        while not await asyncio.to_thread(docs.exists):  # noqa: ASYNC110 - only an existing folder can be watched
            await asyncio.sleep(MISSING_SECONDS)
        first_load_checked = False
        async for changes in awatch(
            docs, stop_event=self.draining, debounce=DEBOUNCE_MS, step=50, rust_timeout=POLL_MS, yield_on_timeout=True
        ):
            if changes or not (first_load_checked or await self._is_unchanged(docs)):
                await self.load()
            first_load_checked = True

    async def describe(self) -> str:
        live = await self.index.live()
        if live is None or live.passages == 0:
            return "empty - run `glossator ingest PATH`"
        return f"{live.title} ({live.pages} pages, {live.passages} passages, watching {self.options.docs})"

    async def _is_unchanged(self, docs: Path) -> bool:
        """Since the last load that worked. Changes during the first load are not watched."""
        return self._loaded_files == await asyncio.to_thread(file_states, docs)

    async def _ingest(self, docs: Path) -> IngestSummary:
        folder = await asyncio.to_thread(read_pages, docs, self.options.generator)
        while True:
            try:
                with output.show_progress(sys.stderr, len(folder)) as report:
                    return await self.ingest.load(folder, self._ingest_options(), report)
            except Busy:
                await asyncio.sleep(BUSY_SECONDS)

    def _ingest_options(self) -> IngestOptions:
        """After the first load a change of the folder is never another book."""
        return replace(
            self.options.ingest,
            other_book="edit" if self._followed else "replace" if self.new_book else "refuse",
            upgrade=True,
        )

    def _report(self, summary: IngestSummary) -> None:
        """Print the result. A broken page is printed once, not after every change of another page."""
        pages, passages = summary.pages, summary.passages
        for page in summary.broken:
            if page not in self.reported:
                click.echo(f"{page.path}: {page.reason}", err=True)
        self.reported = summary.broken
        if pages.new or pages.changed or pages.removed:
            click.echo(
                f"Book updated: {pages.new} pages new, {pages.changed} changed, {pages.removed} removed; "
                f"{passages.embedded} passages embedded in {summary.seconds:.1f} s.",
                err=True,
            )


def file_states(docs: Path) -> FileStates:
    """The files of a folder, or the one page. A file that cannot be read, or is gone by now, is left out."""
    paths = [docs] if docs.is_file() else [Path(folder, name) for folder, _, names in os.walk(docs) for name in names]
    return frozenset(state for path in paths for state in _file_state(path))


def _file_state(path: Path) -> list[tuple[str, int, int]]:
    try:
        status = path.stat()
    except OSError:
        return []
    return [(str(path), status.st_mtime_ns, status.st_size)]
