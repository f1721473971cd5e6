"""Formats the report of `glossator check` as text or JSON.

The JSON keys are `environment, settings, faults, warnings, space, origins, endpoints, services, exit_code`. A secret's
value is only `set` or `missing`.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import Final

import click

from glossator.commands.check.findings import EnvironmentReport, Finding, ServiceReport, Status
from glossator.configuration.origins import Origins
from glossator.configuration.output import format_value, sort_values, value_to_json
from glossator.configuration.space import Presence, Space
from glossator.kernel.errors import ExitCode
from glossator.kernel.settings.setting import Value

COLOURS: Final[dict[Status, str]] = {"ok": "green", "warning": "yellow", "failed": "red", "skipped": "bright_black"}
NAME_WIDTH: Final = 11


def report_to_json(
    environment: EnvironmentReport, services: Sequence[ServiceReport], code: ExitCode
) -> dict[str, object]:
    origins, endpoints, space = environment.origins, environment.endpoints, environment.space
    return {
        "environment": environment.environment,
        "settings": [
            {"name": value.setting.name, "value": value_to_json(value), "origin": value.origin}
            for value in sort_values(environment.settings)
        ],
        "faults": [{"setting": f.step, "message": f.message, "fix": f.fix} for f in environment.errors],
        "warnings": list(environment.warnings),
        "space": asdict(space) if space else None,
        "origins": {"allowed": list(origins.allowed), "trusted": list(origins.trusted)} if origins else None,
        "endpoints": {
            "base_url": endpoints.base_url,
            "routes": [{"methods": list(methods), "path": path} for methods, path in endpoints.routes],
        }
        if endpoints
        else None,
        "services": [
            {"name": service.name, "status": service.status, "findings": [asdict(f) for f in service.findings]}
            for service in services
        ],
        "exit_code": int(code),
    }


def format_environment(environment: EnvironmentReport) -> str:
    """Everything that is known without contacting a service."""
    parts = [
        format_section(f"Settings ({environment.environment or 'unknown'})", format_settings(environment.settings)),
        format_section("Errors", format_errors(environment.errors)),
        format_section("Warnings", [format_status("warning", warning) for warning in environment.warnings]),
        format_section("Space", format_space(environment.space)),
        format_section("Origins", format_origins(environment.origins)),
    ]
    if environment.endpoints:
        routes = [f"  {', '.join(methods):<8} {path}" for methods, path in environment.endpoints.routes]
        parts.append(format_section(f"Endpoints of {environment.endpoints.base_url}", routes))
    return "\n\n".join(part for part in parts if part)


def format_section(title: str, lines: Iterable[str]) -> str:
    """Blank when there are no lines."""
    body = list(lines)
    return "\n".join([click.style(title, bold=True), *body]) if body else ""


def format_settings(values: Iterable[Value]) -> list[str]:
    rows = [(value.setting.name, value.origin, format_value(value)) for value in sort_values(values)]
    name_width = max((len(name) for name, _, _ in rows), default=0)
    origin_width = max((len(origin) for _, origin, _ in rows), default=0)
    return [f"  {name:<{name_width}}  {origin:<{origin_width}}  {shown}" for name, origin, shown in rows]


def format_errors(errors: Iterable[Finding]) -> Iterator[str]:
    for error in errors:
        yield format_status("failed", f"{error.step}: {error.message}" if error.step else error.message)
        if error.fix:
            yield f"{'':<{NAME_WIDTH}}-> {error.fix}"


def format_status(status: Status, text: str) -> str:
    return f"  {click.style(f'{status:<8}', fg=COLOURS[status])} {text}"


def format_space(space: Space | None) -> list[str]:
    if space is None:
        return ["  not running on a Space"]
    rows = {
        "name": f"{space.username}/{space.space_name}",
        "url": space.space_url or "unknown: SPACE_HOST is not set",
        "sdk": space.sdk_type,
        "status": space.status,
        "secrets": f"set: {_secret_names('set', space)}",
        "": f"missing: {_secret_names('missing', space)}",
    }
    return [f"  {name:<8} {text}" for name, text in rows.items()]


def _secret_names(presence: Presence, space: Space) -> str:
    return ", ".join(name for name, found in space.secrets.items() if found == presence) or "none"


def format_origins(origins: Origins | None) -> list[str]:
    if origins is None:
        return []
    if not origins.entries:
        return ["  none, so pages of other sites cannot call this service"]
    return [
        f"  {'allowed and trusted' if entry.enabled else 'disabled':<20} {entry.origin_url}"
        for entry in origins.entries
    ]


def format_service(service: ServiceReport) -> str:
    head = f"{click.style(service.name, bold=True)}: {click.style(service.status, fg=COLOURS[service.status])}"
    return "\n".join([head, *(line for finding in service.findings for line in format_finding(finding))])


def format_finding(finding: Finding) -> Iterator[str]:
    yield format_status(finding.status, f"{finding.step:<{NAME_WIDTH}} {finding.message}")
    if finding.fix:
        yield f"{'':<{NAME_WIDTH}}{'':<{NAME_WIDTH}} -> {finding.fix}"


def format_summary(errors: Sequence[Finding], services: Sequence[ServiceReport]) -> str:
    if errors:
        return f"{_count(len(errors), 'invalid setting')}; the services were not checked."
    names: dict[Status, list[str]] = {status: [s.name for s in services if s.status == status] for status in COLOURS}
    headline = f"{_count(len(names['failed']), 'service')} failed" if names["failed"] else "Nothing failed"
    parts = {headline: names["failed"], "not started": names["skipped"], "with a warning": names["warning"]}
    found = [f"{what}: {', '.join(which)}" for what, which in parts.items() if which]
    if not found:
        return "Everything is ready."
    return "; ".join(found if names["failed"] else [headline, *found]) + "."


def _count(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
