"""What `glossator check` has found, and the code that it ends with."""

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
    """One step; `fix` says what to do, and is blank where there is nothing to do."""

    step: str
    status: Status
    message: str
    fix: str = ""


def finding_of(step: str, sentence: str, status: Status = "failed") -> Finding:
    """Of a fault's sentence, which tells what is wrong, then ` - ` and what to do."""
    message, _, fix = sentence.partition(" - ")
    return Finding(step, status, message, fix)


@dataclass(frozen=True)
class ServiceReport:
    name: str
    findings: tuple[Finding, ...]

    @property
    def status(self) -> Status:
        """That of the worst finding."""
        found = {finding.status for finding in self.findings}
        return next((status for status in WORST_FIRST if status in found), "ok")


@dataclass(frozen=True)
class Endpoints:
    """What this deployment exposes: the routes stand under `base_url`, each with its methods."""

    base_url: str
    routes: Sequence[tuple[Sequence[str], str]]


@dataclass(frozen=True)
class EnvironmentReport:
    """What is known before any service is asked. A fault's `step` is the name of its setting.

    `origins` and `endpoints` follow from valid settings, so they are None when there are faults.
    """

    environment: str
    settings: tuple[Value, ...] = ()
    faults: tuple[Finding, ...] = ()
    warnings: tuple[str, ...] = ()
    space: Space | None = None
    origins: Origins | None = None
    endpoints: Endpoints | None = None


def exit_code(faults: Sequence[Finding], services: Iterable[ServiceReport]) -> ExitCode:
    """Warnings are no failure."""
    if faults:
        return ExitCode.SETTINGS
    return ExitCode.UNAVAILABLE if any(service.status == "failed" for service in services) else ExitCode.OK
