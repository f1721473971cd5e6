"""Reports whether the services work: by their real calls or, if there was none recently, by a check.

A check may wake a suspended database, so a service that works is checked at most once per check interval.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from glossator.kernel.guards.breaker import CircuitState
from glossator.kernel.guards.guard import Guard
from glossator.kernel.plugin import Probeable
from glossator.kernel.registry import RunningService
from glossator.kernel.services import Services

FAILED_INTERVAL: Final = 1.0
"""Seconds between two checks of a service that failed."""
SEVERITY: Final[tuple[CircuitState, ...]] = ("closed", "half_open", "open")


@dataclass(frozen=True)
class Health:
    """`latency_ms` is the duration of the last call, None before the first call. `breaker` is the worst state."""

    name: str
    ok: bool
    required: bool
    latency_ms: float | None
    breaker: CircuitState


class Readiness:
    """Reads the guards; only one report at a time runs checks."""

    def __init__(self, started: Sequence[RunningService], services: Services, *, check_timeout: float = 5.0) -> None:
        self._started = tuple(started)
        self._services = services
        self._check_timeout = check_timeout
        self._lock = asyncio.Lock()

    async def report(self, *, probe: bool = False) -> list[Health]:
        """`probe` tries each kind of call of every service immediately."""
        async with self._lock:
            due = [running for running in self._started if probe or self._is_due(running)]
            await asyncio.gather(*(self._check(running, probe=probe) for running in due))
        return [self._health(running) for running in self._started]

    def _guards(self, running: RunningService) -> list[Guard]:
        return self._services.guards_of(running.name) or [self._services.guard(running.name)]

    def _is_due(self, running: RunningService) -> bool:
        guards = self._guards(running)
        if any(guard.is_refusing for guard in guards):
            return False
        age = min(guard.age for guard in guards)
        return age > (running.check_interval if all(guard.works for guard in guards) else FAILED_INTERVAL)

    async def _check(self, running: RunningService, *, probe: bool) -> None:
        service, check = running.service, running.service.check
        if probe:
            for guard in self._guards(running):
                guard.allow_probe()
            check = service.probe if isinstance(service, Probeable) else service.check
        try:
            await self._services.guard(running.name).check(check, self._check_timeout)
        except Exception:  # noqa: BLE001 - the guard has recorded the failure
            return

    def _health(self, running: RunningService) -> Health:
        guards = self._guards(running)
        called = [guard.last for guard in guards if guard.last]
        latest = max(called, key=lambda outcome: outcome.at, default=None)
        ok = latest is not None and all(guard.works for guard in guards)
        latency = round(latest.latency_ms, 1) if latest else None
        breaker = max((guard.state for guard in guards), key=SEVERITY.index)
        return Health(running.name, ok, running.required, latency, breaker)
