"""Whether the services can do their work, told from real calls first and from checks only when there were none.

A check may wake a sleeping database: a service is checked at most once in its own check interval.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

from glossator.kernel.guard import Guard
from glossator.kernel.registry import Running
from glossator.kernel.services import Services


@dataclass(frozen=True)
class Health:
    """`latency_ms` is that of the last call, None before the first one."""

    name: str
    ok: bool
    required: bool
    latency_ms: float | None
    breaker: str


class Readiness:
    """Asks the guards; one question at a time runs checks."""

    def __init__(self, started: Sequence[Running], services: Services, *, check_timeout: float = 5.0) -> None:
        self._started = tuple(started)
        self._services = services
        self._check_timeout = check_timeout
        self._lock = asyncio.Lock()

    async def report(self, *, probe: bool = False) -> list[Health]:
        """`probe` checks every service now."""
        async with self._lock:
            due = [running for running in self._started if probe or self._is_due(running)]
            await asyncio.gather(*(self._check(running) for running in due))
        return [self._health(running) for running in self._started]

    def _is_due(self, running: Running) -> bool:
        last = self._services.guard(running.name).last
        return last is None or time.monotonic() - last.at > running.check_interval

    async def _check(self, running: Running) -> None:
        guard: Guard = self._services.guard(running.name)
        try:
            async with guard.call(self._check_timeout):
                await running.service.check()
        except Exception:  # noqa: BLE001 - the guard has counted it, and that is the report
            return

    def _health(self, running: Running) -> Health:
        guard = self._services.guard(running.name)
        last = guard.last
        latency = round(last.latency_ms, 1) if last else None
        return Health(running.name, bool(last and last.ok), running.required, latency, guard.state)
