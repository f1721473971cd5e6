"""`glossator check`: checks settings and services without changing anything."""

import click

from glossator.commands.check import output
from glossator.commands.check.environment import environment_report, plugin_names
from glossator.commands.check.findings import EnvironmentReport, Finding, ServiceReport, exit_code
from glossator.commands.check.inspection import Notify, inspect
from glossator.commands.check.services import query_server
from glossator.commands.check.site import check_site
from glossator.commands.context import find_data_owner
from glossator.commands.runner import format_json, run_to_exit
from glossator.configuration.core import Configuration
from glossator.kernel import logs
from glossator.kernel.discovery import discover
from glossator.kernel.errors import ExitCode


def check(as_json: bool) -> None:
    async def work() -> ExitCode:
        logs.configure("text", "CRITICAL")  # the findings report all problems
        return await _check(as_json=as_json)

    run_to_exit(work)


async def _check(*, as_json: bool) -> ExitCode:
    notify: Notify = _ignore if as_json else _print_service
    environment, configuration = await environment_report()
    if not as_json:
        click.echo(f"{output.format_environment(environment)}\n")
    services = await _services(configuration, notify) if configuration else _skip_services(environment)
    code = exit_code(environment.errors, services)
    if as_json:
        click.echo(format_json(output.report_to_json(environment, services, code)))
    else:
        click.echo(output.format_summary(environment.errors, services))
    return code


async def _services(configuration: Configuration, notify: Notify) -> list[ServiceReport]:
    """Queries the running server that owns the data, if there is one, since the data has one owner."""
    server = await find_data_owner(configuration)
    if server is None:
        return await inspect(configuration, notify)
    reports = await query_server(server, discover(configuration.plugins))
    site = await check_site(configuration, None, server)
    reports += [site] if site else []
    for report in reports:
        notify(report)
    return reports


def _skip_services(environment: EnvironmentReport) -> list[ServiceReport]:
    finding = Finding("start", "skipped", "skipped because the settings are invalid")
    return [ServiceReport(name, (finding,)) for name in plugin_names(environment.settings)]


def _print_service(service: ServiceReport) -> None:
    click.echo(f"{output.format_service(service)}\n")


def _ignore(_: ServiceReport) -> None:
    pass
