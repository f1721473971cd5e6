"""`glossator usage`: what models cost per day, and what is left of the budget."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, get_args

import click

from glossator.commands.context import JOIN_DATABASE, command_configuration, find_data_owner
from glossator.commands.runner import format_json, run_to_exit
from glossator.configuration.core import Configuration
from glossator.domain.budget.budget import Budget
from glossator.domain.budget.caps import WorkKind
from glossator.kernel.errors import ExitCode
from glossator.wiring.budget import wire_budget
from glossator.wiring.partial import open_database

KINDS: Final[tuple[WorkKind, ...]] = get_args(WorkKind)


def usage(days: int, as_json: bool) -> None:
    async def work() -> ExitCode:
        report = await read_report(command_configuration(JOIN_DATABASE), days)
        click.echo(format_json(report) if as_json else "\n".join(format_report(report)))
        return ExitCode.OK

    run_to_exit(work)


async def read_report(configuration: Configuration, days: int) -> Mapping[str, Any]:
    """From the running server that owns the data, if there is one, else from the database."""
    server = await find_data_owner(configuration)
    if server is not None:
        async with server.client() as client:
            found: Mapping[str, Any] = (await client.get("/usage", params={"days": days})).raise_for_status().json()
            return found
    async with open_database(configuration) as services:
        wire_budget(services, configuration)
        return (await services.get(Budget).report(days)).to_json()


def format_report(report: Mapping[str, Any]) -> Iterator[str]:
    yield f"{'day':<12}{'questions':>10}{'tokens':>14}{'USD':>12}  of which"
    for day in report["days"]:
        kinds = ", ".join(f"{kind} {day['kinds'][kind]['usd']:.4f}" for kind in KINDS if kind in day["kinds"])
        yield f"{day['day']:<12}{day['questions']:>10,}{day['tokens']:>14,}{day['usd']:>12.4f}  {kinds}"
    if not report["days"]:
        yield "nothing yet"
    yield ""
    yield f"{'cap':<14}{'USD':>10}{'left':>12}  renewed"
    for cap in report["caps"]:
        left = "for each" if cap["left_usd"] is None else f"{cap['left_usd']:.4f}"
        yield f"{cap['limit']:<14}{cap['usd']:>10.2f}{left:>12}  {cap['resets_at'][:16].replace('T', ' ')} UTC"
    if not report["caps"]:
        yield "none"
