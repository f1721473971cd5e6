"""The findings of `glossator check` and its exit code."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from glossator.configuration.origins import Origins
from glossator.configuration.space import Space
from glossator.kernel.errors import ExitCode
from glossator.kernel.settings.setting import Value

Status = Literal["ok", "warning", "failed", "skipped"]

WORST_FIRST: Final[tuple[Status, ...]] = ("failed", "skipped", "warning", "ok")


@dataclass(frozen=True)
class Finding:
    """The result of one step. `fix` says what to do; it is blank when nothing needs fixing."""

    step: str
    status: Status
    message: str
    fix: str = ""


def parse_finding(step: str, text: str, status: Status = "failed") -> Finding:
    """Splits an error message of the form `what is wrong - how to fix it`."""
    message, _, fix = text.partition(" - ")
    return Finding(step, status, message, fix)


@dataclass(frozen=True)
class ServiceReport:
    name: str
    findings: tuple[Finding, ...]

    @property
    def status(self) -> Status:
        """The worst status of all findings."""
        found = {finding.status for finding in self.findings}
        return next((status for status in WORST_FIRST if status in found), "ok")


@dataclass(frozen=True)
class Endpoints:
    """The routes of this deployment below `base_url`, each with its methods."""

    base_url: str
    routes: Sequence[tuple[Sequence[str], str]]


@dataclass(frozen=True)
class EnvironmentReport:
    """Everything that is known without contacting a service. An error's `step` is the name of its setting.

    `origins` and `endpoints` need valid settings, so they are None when there are errors.
    """

    environment: str
    settings: tuple[Value, ...] = ()
    errors: tuple[Finding, ...] = ()
    warnings: tuple[str, ...] = ()
    space: Space | None = None
    origins: Origins | None = None
    endpoints: Endpoints | None = None


def exit_code(errors: Sequence[Finding], services: Iterable[ServiceReport]) -> ExitCode:
    """Warnings do not change the exit code."""
    if errors:
        return ExitCode.SETTINGS
    return ExitCode.UNAVAILABLE if any(service.status == "failed" for service in services) else ExitCode.OK
