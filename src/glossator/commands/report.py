"""`glossator report`: what the book lacks, by what readers asked."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import click
import httpx

from glossator.commands.context import JOIN_DATABASE, command_configuration, find_data_owner
from glossator.commands.runner import format_json, run_to_exit
from glossator.commands.server.local_server import LocalServer
from glossator.configuration.core import Configuration
from glossator.domain.errors import Unavailable
from glossator.domain.ports.workers import AnyThread, Workers
from glossator.domain.report.report import BookReports
from glossator.kernel.errors import ExitCode
from glossator.wiring.budget import wire_budget
from glossator.wiring.partial import open_database
from glossator.wiring.report import wire_report

PROBLEMS: Mapping[str, str] = {
    "declined": "not in the book",
    "ungrounded": "not supported by it",
    "rated_down": "rated down",
}


def report(days: int, as_json: bool) -> None:
    async def work() -> ExitCode:
        found = await read_report(command_configuration(JOIN_DATABASE), days)
        click.echo(format_json(found) if as_json else "\n".join(format_report(found)))
        return ExitCode.OK

    run_to_exit(work)


async def read_report(configuration: Configuration, days: int) -> Mapping[str, Any]:
    """From the running server that owns the data, if there is one, else from the database."""
    server = await find_data_owner(configuration)
    if server is not None:
        return await ask_server(server, days)
    async with open_database(configuration) as services:
        services.provide(Workers, AnyThread())
        wire_budget(services, configuration)
        wire_report(services, configuration)
        return (await services.get(BookReports).report(days)).to_json()


async def ask_server(server: LocalServer, days: int) -> Mapping[str, Any]:
    """Raises Unavailable, also where nothing is kept for a report."""
    async with server.client() as client:
        try:
            found: Mapping[str, Any] = (await client.get("/report", params={"days": days})).json()
        except (httpx.HTTPError, ValueError):
            raise Unavailable("server", f"{server.url} does not respond") from None
    if "groups" not in found:
        raise Unavailable("server", found["detail"])
    return found


def format_report(report: Mapping[str, Any]) -> Iterator[str]:
    answers, votes = report["answers"], report["votes"]
    total = answers["generated"] + answers["extractive"] + answers["declined"]
    days = "today" if report["days"] == 1 else f"in the last {report['days']} days"
    yield f"{total:,} answers {days} for {report['usd']:.4f} USD: {_problems(answers)}"
    yield f"votes: {votes['up']:,} up, {votes['down']:,} down{_reasons(votes['reasons'])}"
    yield from _groups(report)
    yield from _gaps(report["gaps"])
    yield from _cited(report["cited"])


def _groups(report: Mapping[str, Any]) -> Iterator[str]:
    yield f"\nWhat readers asked and the book did not answer ({_asked(report['questions'])})"
    for group in report["groups"]:
        nearest = group["nearest"] or "none"
        yield f"  {_asked(group['count'])}, {_problems(group)}; nearest section: {nearest}"
        yield from (f"      {example}" for example in group["examples"])
    if more := report["more_groups"]:
        yield f"  and {more:,} more groups"
    if not report["groups"]:
        yield "  nothing yet"
    if not report["kept"]["anonymous"]:
        yield "  Questions without an account are only counted below; REPORT__ANONYMOUS=true keeps their text, masked."


def _gaps(gaps: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield "\nSections next to what was not answered (all readers)"
    yield from (f"  {gap['section']}: {_problems(gap)}" for gap in gaps)
    if not gaps:
        yield "  none"


def _cited(cited: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield "\nMost cited sections"
    yield from (f"  {one['count']:>7,}  {one['section']}" for one in cited)
    if not cited:
        yield "  none"


def _asked(count: int) -> str:
    return "1 question" if count == 1 else f"{count:,} questions"


def _problems(counts: Mapping[str, Any]) -> str:
    return ", ".join(f"{counts[name]:,} {text}" for name, text in PROBLEMS.items() if counts.get(name)) or "no problem"


def _reasons(reasons: Mapping[str, int]) -> str:
    listed = ", ".join(f"{reason.replace('_', ' ')} {count:,}" for reason, count in reasons.items())
    return f" ({listed})" if listed else ""
