"""`glossator check`: whether this deployment is right, told before anything is served; it changes nothing."""

from collections.abc import Callable

import click

from glossator.commands.check import output
from glossator.commands.check.environment import environment_report, plugin_names
from glossator.commands.check.inspection import inspect
from glossator.commands.check.report import EnvironmentReport, Finding, ServiceReport, exit_code
from glossator.commands.check.services import asked
from glossator.commands.context import owner_of_data
from glossator.commands.runner import json_text, run_to_exit
from glossator.configuration.core import Configuration
from glossator.kernel import logs
from glossator.kernel.discovery import discover
from glossator.kernel.errors import ExitCode

Tell = Callable[[ServiceReport], None]


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print everything as one JSON document.")
def check(as_json: bool) -> None:
    """Look at the settings and at every service; say what is wrong and how to mend it. Changes nothing.

    Ends with 0 when all is well (warnings allowed), 69 when a service fails, 78 when settings are wrong.
    """

    async def work() -> ExitCode:
        logs.configure("text", "CRITICAL")  # what is wrong stands in the findings
        return await _check(as_json=as_json)

    run_to_exit(work)


async def _check(*, as_json: bool) -> ExitCode:
    tell: Tell = _nothing if as_json else _show
    environment, configuration = await environment_report()
    if not as_json:
        click.echo(f"{output.environment_text(environment)}\n")
    services = await _services(configuration, tell) if configuration else _untouched(environment)
    code = exit_code(environment.faults, services)
    if as_json:
        click.echo(json_text(output.document(environment, services, code)))
    else:
        click.echo(output.verdict(environment.faults, services))
    return code


async def _services(configuration: Configuration, tell: Tell) -> list[ServiceReport]:
    """A server that owns the data is asked instead: they have one owner."""
    server = await owner_of_data(configuration)
    if server is None:
        return await inspect(configuration, tell)
    reports = await asked(server, discover(configuration.plugins))
    for report in reports:
        tell(report)
    return reports


def _untouched(environment: EnvironmentReport) -> list[ServiceReport]:
    finding = Finding("start", "skipped", "not tried, since the settings have faults")
    return [ServiceReport(name, (finding,)) for name in plugin_names(environment.settings)]


def _show(service: ServiceReport) -> None:
    click.echo(f"{output.service_text(service)}\n")


def _nothing(_: ServiceReport) -> None:
    pass
