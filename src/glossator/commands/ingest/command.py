"""`glossator ingest`: load a folder of pages into the book.

The summary is printed to standard output (with `--json` as one JSON object), everything else to standard error.
"""

import asyncio
import sys
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import click
import uvloop

from glossator.commands.ingest import output
from glossator.commands.runner import format_json, print_failure
from glossator.domain.book.index import Build
from glossator.domain.book.ingest.book_options import IngestOptions
from glossator.domain.book.ingest.summary import IngestSummary, ProgressCallback
from glossator.domain.book.pages.dialect.generators import GeneratorChoice
from glossator.domain.book.sources.folder import Folder, read_pages
from glossator.domain.errors import BookMismatch, DomainError, Refused
from glossator.kernel.errors import ExitCode, StartupFailed

_EXIT_CODES: Final[dict[type[DomainError], ExitCode]] = {Refused: ExitCode.USAGE, BookMismatch: ExitCode.SETTINGS}


class IngestBackend(Protocol):
    """Runs the ingest: in this process, or in a running server that owns the data."""

    async def plan(self, source: Folder, options: IngestOptions, report: ProgressCallback) -> IngestSummary: ...
    async def run(self, source: Folder, options: IngestOptions, report: ProgressCallback) -> IngestSummary: ...
    async def roll_back(self) -> Build: ...


@dataclass(frozen=True)
class CommandContext:
    """The settings of the book; `open` starts what runs the ingest."""

    docs: Path | None
    title: str
    site_url: str
    generator: GeneratorChoice
    open: Callable[[], AbstractAsyncContextManager[IngestBackend]]


@dataclass(frozen=True)
class IngestFlags:
    plan: bool
    rebuild: bool
    rollback: bool
    allow_empty: bool
    new_book: bool
    json: bool
    budget: float | None = None


def run_ingest(
    get_context: Callable[[], CommandContext], path: Path | None, budget: float | None, **flags: bool
) -> None:
    """Exits the process. `get_context` is called when the flags are valid."""
    sys.exit(_run(get_context, path, IngestFlags(**flags, budget=budget)))


def _run(get_context: Callable[[], CommandContext], path: Path | None, flags: IngestFlags) -> ExitCode:
    if flags.rollback and (path or flags.plan or flags.rebuild):
        raise click.UsageError("--rollback cannot be combined with PATH, --plan or --rebuild")
    try:
        work = _roll_back(get_context(), flags) if flags.rollback else _ingest(get_context(), path, flags)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(work)
    except KeyboardInterrupt:
        click.echo("Stopped. Written passages are kept; the next run continues from there.", err=True)
        return ExitCode.INTERRUPTED
    except StartupFailed as failure:
        return print_failure(failure)
    except DomainError as error:
        click.echo(f"ingest: {error}", err=True)
        return _EXIT_CODES.get(type(error), ExitCode.UNAVAILABLE)


async def _roll_back(context: CommandContext, flags: IngestFlags) -> ExitCode:
    async with context.open() as backend:
        build = await backend.roll_back()
    click.echo(format_json(output.rollback_to_json(build)) if flags.json else output.format_rollback(build))
    return ExitCode.OK


async def _ingest(context: CommandContext, path: Path | None, flags: IngestFlags) -> ExitCode:
    folder, is_whole_book = await asyncio.to_thread(_read_folder, path or context.docs, context.generator)
    options = IngestOptions(
        title=context.title,
        site_url=context.site_url,
        rebuild=flags.rebuild,
        remove_missing=is_whole_book,
        allow_empty=flags.allow_empty,
        other_book="replace" if flags.new_book else "refuse",
        budget_usd=flags.budget,
    )
    async with context.open() as backend:
        with output.show_progress(sys.stderr, len(folder)) as report:
            summary = await (backend.plan if flags.plan else backend.run)(folder, options, report)
    _print(summary, folder, flags)
    return ExitCode.FAILED if summary.broken else ExitCode.OK


def _print(summary: IngestSummary, folder: Folder, flags: IngestFlags) -> None:
    if flags.json:
        click.echo(format_json(summary.to_json() | {"skipped": folder.skipped}))
    else:
        click.echo(output.format_summary(summary, folder.skipped))


def _read_folder(path: Path | None, generator: GeneratorChoice) -> tuple[Folder, bool]:
    """Return the pages, and whether they are the whole book: a single file is not."""
    if path is None:
        raise click.UsageError("pass the folder of the book, or set DOCS_PATH")
    try:
        return read_pages(path, generator), path.is_dir()
    except OSError as error:
        raise click.UsageError(f"{path}: {error.strerror}") from None
