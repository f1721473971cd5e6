"""`glossator cache`: inspect and clear the stored rewriting results."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict

import click

from glossator.commands.context import JOIN_DATABASE, command_configuration
from glossator.commands.runner import run_to_exit
from glossator.domain.rewriting.ports import Rewritings
from glossator.kernel.errors import ExitCode
from glossator.wiring.partial import open_database
from glossator.wiring.rewriting import stored_results


def stats(as_json: bool) -> None:
    async def work() -> ExitCode:
        async with open_results() as results:
            found = await results.stats()
        text = (
            f"{found.entries:,} results, {found.bytes / 2**20:.1f} MiB; {found.pinned:,} pinned by `glossator rewrite`"
        )
        click.echo(json.dumps(asdict(found)) if as_json else text)
        return ExitCode.OK

    run_to_exit(work)


def clear(pinned: bool) -> None:
    async def work() -> ExitCode:
        async with open_results() as results:
            removed = await results.clear(pinned=pinned)
        click.echo(f"{removed:,} results removed")
        return ExitCode.OK

    run_to_exit(work)


@asynccontextmanager
async def open_results() -> AsyncIterator[Rewritings]:
    configuration = command_configuration(JOIN_DATABASE)
    async with open_database(configuration) as services:
        yield stored_results(services, configuration)
