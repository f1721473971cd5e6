"""`glossator ingest`: bring a folder of pages into the book.

Standard output gets the summary, or with `--json` one document; everything else goes to standard error.
"""

import asyncio
import sys
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import click

from glossator.commands.ingest import output
from glossator.commands.runner import json_text, tell
from glossator.domain.book.index import Build
from glossator.domain.book.ingest.ingest import Options, Report
from glossator.domain.book.ingest.summary import Summary
from glossator.domain.book.pages.anchors import Generator
from glossator.domain.book.sources.folder import Folder, read_pages
from glossator.domain.errors import BookMismatch, DomainError, Refused
from glossator.kernel.errors import ExitCode, StartupFailed

_CODES: Final[dict[type[DomainError], ExitCode]] = {Refused: ExitCode.USAGE, BookMismatch: ExitCode.SETTINGS}


class Worker(Protocol):
    """Who does the work: an Ingest of this process, or a running server that owns the data."""

    async def plan(self, source: Folder, options: Options, report: Report) -> Summary: ...
    async def run(self, source: Folder, options: Options, report: Report) -> Summary: ...
    async def roll_back(self) -> Build: ...


@dataclass(frozen=True)
class CommandContext:
    """What the settings say of the book, and how to get at the services; `open` starts them."""

    docs: Path | None
    title: str
    site_url: str
    generator: Generator
    open: Callable[[], AbstractAsyncContextManager[Worker]]


@dataclass(frozen=True)
class Flags:
    plan: bool
    rebuild: bool
    rollback: bool
    allow_empty: bool
    json: bool


def ingest_command(desk: Callable[[], CommandContext]) -> click.Command:
    """The command; `desk` is called when it runs, and whatever it raises is the caller's to tell."""

    @click.command("ingest")
    @click.argument("path", required=False, type=click.Path(exists=True, path_type=Path))
    @click.option("--plan", is_flag=True, help="Say what would be embedded and what it costs; write nothing.")
    @click.option("--rebuild", is_flag=True, help="Fill a new build beside the live one, then make it live.")
    @click.option("--rollback", is_flag=True, help="Make the build before the last rebuild live again.")
    @click.option("--allow-empty", is_flag=True, help="Let a folder without pages empty the book.")
    @click.option("--json", is_flag=True, help="Print the summary as one JSON document.")
    def ingest(path: Path | None, **flags: bool) -> None:
        """Bring the pages under PATH (default: DOCS_PATH) into the book.

        Only what changed is embedded; pages that are gone from a folder are removed from the book. When PATH is one
        file, it is added or changed and nothing is removed.
        """
        sys.exit(_perform(desk, path, Flags(**flags)))

    return ingest


def _perform(desk: Callable[[], CommandContext], path: Path | None, flags: Flags) -> ExitCode:
    if flags.rollback and (path or flags.plan or flags.rebuild):
        raise click.UsageError("--rollback stands alone")
    try:
        return asyncio.run(_roll_back(desk(), flags) if flags.rollback else _ingest(desk(), path, flags))
    except KeyboardInterrupt:
        click.echo("Stopped. What was written stays; the next run goes on from there.", err=True)
        return ExitCode.INTERRUPTED
    except StartupFailed as failure:
        return tell(failure)
    except DomainError as error:
        click.echo(f"ingest: {error}", err=True)
        return _CODES.get(type(error), ExitCode.UNAVAILABLE)


async def _roll_back(desk: CommandContext, flags: Flags) -> ExitCode:
    async with desk.open() as worker:
        build = await worker.roll_back()
    click.echo(json_text(output.rollback_document(build)) if flags.json else output.rollback_text(build))
    return ExitCode.OK


async def _ingest(desk: CommandContext, path: Path | None, flags: Flags) -> ExitCode:
    folder, whole = await asyncio.to_thread(_folder, path or desk.docs, desk.generator)
    options = Options(
        title=desk.title,
        site_url=desk.site_url,
        rebuild=flags.rebuild,
        remove_missing=whole,
        allow_empty=flags.allow_empty,
    )
    async with desk.open() as worker:
        with output.shown_progress(sys.stderr, len(folder)) as report:
            summary = await (worker.plan if flags.plan else worker.run)(folder, options, report)
    _print(summary, folder, flags)
    return ExitCode.FAILED if summary.broken else ExitCode.OK


def _print(summary: Summary, folder: Folder, flags: Flags) -> None:
    if flags.json:
        click.echo(json_text(summary.document() | {"skipped": folder.skipped}))
    else:
        click.echo(output.summary_text(summary, folder.skipped))


def _folder(path: Path | None, generator: Generator) -> tuple[Folder, bool]:
    """The pages, and whether they are to be the whole book: a single file is not."""
    if path is None:
        raise click.UsageError("name the folder of the book, or set DOCS_PATH")
    try:
        return read_pages(path, generator), path.is_dir()
    except OSError as error:
        raise click.UsageError(f"{path}: {error.strerror}") from None
