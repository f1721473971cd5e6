"""What `glossator check` shows: a text for an operator, or one JSON document.

The document's keys: `environment, settings, faults, warnings, space, origins, endpoints, services, exit_code`. Every
value is a text, number, list or null; of a secret it is only `set` or `missing`.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

import click

from glossator.commands.check.report import EnvironmentReport, Finding, ServiceReport, Status
from glossator.configuration.origins import Origin, Origins
from glossator.configuration.space import Presence, Space
from glossator.kernel.errors import ExitCode
from glossator.kernel.settings.loading import WRONG
from glossator.kernel.settings.setting import Value

COLOURS: Final[dict[Status, str]] = {"ok": "green", "warning": "yellow", "failed": "red", "skipped": "bright_black"}
GIVEN: Final = ("command line", "environment", ".env")
NAME_WIDTH: Final = 11
LIST_WIDTH: Final = 80


def document(environment: EnvironmentReport, services: Sequence[ServiceReport], code: ExitCode) -> dict[str, object]:
    origins, endpoints, space = environment.origins, environment.endpoints, environment.space
    return {
        "environment": environment.environment,
        "settings": [
            {"name": value.setting.name, "value": plain(value), "origin": value.origin}
            for value in in_order(environment.settings)
        ],
        "faults": [{"setting": f.step, "message": f.message, "fix": f.fix} for f in environment.faults],
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


def plain(value: Value) -> object:
    """As JSON has it."""
    if value.setting.type.secret:
        return "set" if value.value or value.origin.endswith(WRONG) else "missing"
    if isinstance(value.value, tuple | list):
        return [str(entry.origin_url) if isinstance(entry, Origin) else str(entry) for entry in value.value]
    return str(value.value) if isinstance(value.value, Path) else value.value


def in_order(values: Iterable[Value]) -> list[Value]:
    """What the operator gave comes first, what nobody gave last."""

    def place(value: Value) -> tuple[int, str]:
        if value.origin.removesuffix(WRONG) in GIVEN:
            return 0, value.setting.name
        return (2 if value.origin == "default" else 1), value.setting.name

    return sorted(values, key=place)


def environment_text(environment: EnvironmentReport) -> str:
    """Everything that is known before a service is asked."""
    parts = [
        section(f"Settings ({environment.environment or 'unknown'})", settings_lines(environment.settings)),
        section("Faults", fault_lines(environment.faults)),
        section("Warnings", [mark("warning", warning) for warning in environment.warnings]),
        section("Space", space_lines(environment.space)),
        section("Origins", origin_lines(environment.origins)),
    ]
    if environment.endpoints:
        routes = [f"  {', '.join(methods):<8} {path}" for methods, path in environment.endpoints.routes]
        parts.append(section(f"Endpoints of {environment.endpoints.base_url}", routes))
    return "\n\n".join(part for part in parts if part)


def section(title: str, lines: Iterable[str]) -> str:
    """Blank without lines."""
    shown = list(lines)
    return "\n".join([click.style(title, bold=True), *shown]) if shown else ""


def settings_lines(values: Iterable[Value]) -> list[str]:
    rows = [(value.setting.name, value.origin, shown_value(value)) for value in in_order(values)]
    name_width = max((len(name) for name, _, _ in rows), default=0)
    origin_width = max((len(origin) for _, origin, _ in rows), default=0)
    return [f"  {name:<{name_width}}  {origin:<{origin_width}}  {shown}" for name, origin, shown in rows]


def shown_value(value: Value) -> str:
    found = plain(value)
    if isinstance(found, list):
        listed = ", ".join(found) or "none"
        return listed if len(listed) <= LIST_WIDTH else f"{len(found)} entries"
    if isinstance(found, bool):
        return "true" if found else "false"
    if found is None:
        return "-" if value.origin.endswith(WRONG) else "not set"
    return f"{found:g}" if isinstance(found, float) else str(found)


def fault_lines(faults: Iterable[Finding]) -> Iterator[str]:
    for fault in faults:
        yield mark("failed", f"{fault.step}: {fault.message}" if fault.step else fault.message)
        if fault.fix:
            yield f"{'':<{NAME_WIDTH}}-> {fault.fix}"


def mark(status: Status, text: str) -> str:
    return f"  {click.style(f'{status:<8}', fg=COLOURS[status])} {text}"


def space_lines(space: Space | None) -> list[str]:
    if space is None:
        return ["  not on a Space"]
    rows = {
        "name": f"{space.username}/{space.space_name}",
        "url": space.space_url or "unknown: SPACE_HOST is not set",
        "sdk": space.sdk_type,
        "status": space.status,
        "secrets": f"set: {_having('set', space)}",
        "": f"missing: {_having('missing', space)}",
    }
    return [f"  {name:<8} {text}" for name, text in rows.items()]


def _having(presence: Presence, space: Space) -> str:
    return ", ".join(name for name, found in space.secrets.items() if found == presence) or "none"


def origin_lines(origins: Origins | None) -> list[str]:
    if origins is None:
        return []
    if not origins.entries:
        return ["  none, so no page of another site can call this one"]
    return [
        f"  {'allowed and trusted' if entry.enabled else 'disabled':<20} {entry.origin_url}"
        for entry in origins.entries
    ]


def service_text(service: ServiceReport) -> str:
    head = f"{click.style(service.name, bold=True)}: {click.style(service.status, fg=COLOURS[service.status])}"
    return "\n".join([head, *(line for finding in service.findings for line in finding_lines(finding))])


def finding_lines(finding: Finding) -> Iterator[str]:
    yield mark(finding.status, f"{finding.step:<{NAME_WIDTH}} {finding.message}")
    if finding.fix:
        yield f"{'':<{NAME_WIDTH}}{'':<{NAME_WIDTH}} -> {finding.fix}"


def verdict(faults: Sequence[Finding], services: Sequence[ServiceReport]) -> str:
    if faults:
        return f"{_many(len(faults), 'setting')} to correct; the services were not asked."
    names: dict[Status, list[str]] = {status: [s.name for s in services if s.status == status] for status in COLOURS}
    told = f"{_many(len(names['failed']), 'service')} failed" if names["failed"] else "Nothing failed"
    parts = {told: names["failed"], "not started": names["skipped"], "with a warning": names["warning"]}
    found = [f"{what}: {', '.join(which)}" for what, which in parts.items() if which]
    if not found:
        return "Everything is ready."
    return "; ".join(found if names["failed"] else [told, *found]) + "."


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
