"""Reports whether the services work, by their last real call or, if there was none recently, by a check.

A check may wake a suspended database, so a service is checked at most once per check interval.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

from glossator.kernel.guard import Guard
from glossator.kernel.registry import RunningService
from glossator.kernel.services import Services


@dataclass(frozen=True)
class Health:
    """`latency_ms` is the duration of the last call, None before the first call."""

    name: str
    ok: bool
    required: bool
    latency_ms: float | None
    breaker: str


class Readiness:
    """Reads the guards; only one report at a time runs checks."""

    def __init__(self, started: Sequence[RunningService], services: Services, *, check_timeout: float = 5.0) -> None:
        self._started = tuple(started)
        self._services = services
        self._check_timeout = check_timeout
        self._lock = asyncio.Lock()

    async def report(self, *, probe: bool = False) -> list[Health]:
        """`probe` checks every service immediately."""
        async with self._lock:
            due = [running for running in self._started if probe or self._is_due(running)]
            await asyncio.gather(*(self._check(running) for running in due))
        return [self._health(running) for running in self._started]

    def _is_due(self, running: RunningService) -> bool:
        last = self._services.guard(running.name).last
        return last is None or time.monotonic() - last.at > running.check_interval

    async def _check(self, running: RunningService) -> None:
        guard: Guard = self._services.guard(running.name)
        try:
            async with guard.call(self._check_timeout):
                await running.service.check()
        except Exception:  # noqa: BLE001 - the guard has recorded the failure
            return

    def _health(self, running: RunningService) -> Health:
        guard = self._services.guard(running.name)
        last = guard.last
        latency = round(last.latency_ms, 1) if last else None
        return Health(running.name, bool(last and last.ok), running.required, latency, guard.state)
