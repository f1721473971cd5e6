"""`glossator cache`: what is stored of rewritten pages."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict

import click

from glossator.commands.context import JOINED, command_configuration
from glossator.commands.runner import run_to_exit
from glossator.domain.rewriting.ports import Rewritings
from glossator.kernel.errors import ExitCode
from glossator.wiring.partial import started_with_database
from glossator.wiring.rewriting import stored_results


@click.group()
def cache() -> None:
    """Look at the stored translations and adjusted texts, or remove them."""


@cache.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def stats(as_json: bool) -> None:
    """Say how much is stored."""

    async def work() -> ExitCode:
        async with results() as stored:
            found = await stored.stats()
        text = (
            f"{found.entries:,} results, {found.bytes / 2**20:.1f} MiB; {found.pinned:,} pinned by `glossator rewrite`"
        )
        click.echo(json.dumps(asdict(found)) if as_json else text)
        return ExitCode.OK

    run_to_exit(work)


@cache.command()
@click.option("--pinned", is_flag=True, help="Also what `glossator rewrite` made.")
def clear(pinned: bool) -> None:
    """Remove what readers' visits made; they cost again from then on."""

    async def work() -> ExitCode:
        async with results() as stored:
            gone = await stored.clear(pinned=pinned)
        click.echo(f"{gone:,} results removed")
        return ExitCode.OK

    run_to_exit(work)


@asynccontextmanager
async def results() -> AsyncIterator[Rewritings]:
    configuration = command_configuration(JOINED)
    async with started_with_database(configuration) as services:
        yield stored_results(services, configuration)
