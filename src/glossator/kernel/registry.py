"""Starts the plugins in the order of the list, each one validated before the next; stops them in reverse.

- A plugin opens and checks within its start time; a failure stops what already runs, and nothing is ever served.
- `requires` is verified before anything starts, not sorted; a type has at most one provider.
- A stop that fails or takes too long is logged and never keeps the next one from stopping.
"""

import asyncio
import logging
import math
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from glossator.kernel.asgi import AppWrapper
from glossator.kernel.errors import ExitCode, ServiceError, SettingsInvalid, StartupFailed
from glossator.kernel.plugin import Service, ServicePlugin
from glossator.kernel.services import Services
from glossator.kernel.settings.setting import Setting, Settings
from glossator.kernel.settings.types import number

log = logging.getLogger(__name__)

START_SECONDS: Final = 10.0
STOP_SECONDS: Final = 2.0
CHECK_SECONDS: Final = 60.0


@dataclass(frozen=True)
class TimeoutSettings:
    """What every plugin can be told besides its own settings, all in seconds."""

    start: Setting[float]
    stop: Setting[float]
    check: Setting[float]


def timeout_settings(name: str) -> TimeoutSettings:
    """The settings that the registry reads for a plugin of this name."""
    prefix = name.upper()
    return TimeoutSettings(
        Setting(
            f"{prefix}__START_TIMEOUT",
            number(0.1, 120),
            f"Seconds in which {name} must have started",
            default=START_SECONDS,
        ),
        Setting(f"{prefix}__STOP_TIMEOUT", number(0.1, 30), f"Seconds given to {name} to stop", default=STOP_SECONDS),
        Setting(
            f"{prefix}__CHECK_INTERVAL",
            number(1, 86400),
            f"Seconds between two readiness checks of {name}",
            default=CHECK_SECONDS,
        ),
    )


def declared_settings(plugins: Sequence[ServicePlugin]) -> tuple[Setting[Any], ...]:
    """Every setting of these plugins, the registry's own for them included."""
    found: list[Setting[Any]] = []
    for plugin in plugins:
        times = timeout_settings(plugin.name)
        found += [*plugin.settings, times.start, times.stop, times.check]
    return tuple(found)


@dataclass(frozen=True)
class Running:
    """A started service. `required` is false for one that provides nothing, such as tracing."""

    name: str
    service: Service
    required: bool
    check_interval: float


class Registry:
    """Holds the list; `running()` is the time in which it is served."""

    def __init__(
        self,
        plugins: Sequence[ServicePlugin],
        settings: Settings,
        narrowed: Mapping[str, tuple[str, ...]] | None = None,
        needed: Sequence[type] = (),
    ) -> None:
        """`narrowed` keeps, for a plugin's name, only the provided types of these names; `needed` must be provided."""
        self._plugins = tuple(plugins)
        self._settings = settings
        self._narrowed = dict(narrowed or {})
        self.services = Services()
        self.started: list[Running] = []
        faults = self._faults(needed)
        if faults:
            raise SettingsInvalid(faults)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Services]:
        """Raises StartupFailed when a plugin does not start; what had started is stopped again."""
        async with AsyncExitStack() as stack:
            for plugin in self._plugins:
                try:
                    await self.start(plugin, stack)
                except ServiceError as fault:
                    raise StartupFailed(ExitCode.UNAVAILABLE, [f"{plugin.name}: {fault}"]) from fault
            log.info("services started: %s", ", ".join(plugin.name for plugin in self._plugins))
            yield self.services

    def _faults(self, needed: Sequence[type]) -> list[str]:
        provided: dict[type, str] = {}
        faults: list[str] = []
        for plugin in self._plugins:
            faults += [
                f"PLUGINS: {plugin.name} requires {kind.__name__} - list a plugin that provides it before {plugin.name}"
                for kind in plugin.requires
                if kind not in provided
            ]
            for kind in self.provided_by(plugin):
                if kind in provided:
                    faults.append(
                        f"PLUGINS: {plugin.name} and {provided[kind]} both provide {kind.__name__} - narrow one with "
                        f"the table `provides` in settings.toml"
                    )
                provided.setdefault(kind, plugin.name)
        return faults + [
            f"PLUGINS: no plugin provides {kind.__name__} - add one that does"
            for kind in needed
            if kind not in provided
        ]

    def provided_by(self, plugin: ServicePlugin) -> tuple[type, ...]:
        names = self._narrowed.get(plugin.name)
        return plugin.provides if names is None else tuple(k for k in plugin.provides if k.__name__ in names)

    async def start(self, plugin: ServicePlugin, stack: AsyncExitStack, limit: float = math.inf) -> None:
        """One plugin, which `stack` closes, in its start time and at most `limit` seconds. Raises ServiceError."""
        times = timeout_settings(plugin.name)
        seconds = min(self._settings[times.start], limit)
        told = self._settings.with_value(times.start, seconds, self._settings.origin(times.start))
        opened = plugin.open(told, self.services)
        try:
            async with asyncio.timeout(seconds):
                service = await opened.__aenter__()
                stack.push_async_exit(_closing(plugin.name, opened, self._settings[times.stop]))
                async with self.services.guard(plugin.name).call():
                    await service.check()
        except ServiceError:
            raise
        except TimeoutError as fault:
            raise ServiceError(f"not ready within {seconds:.3g} s - is it awake and reachable?") from fault
        except Exception as fault:  # its text may hold an upstream's own words, so only its class is told
            raise ServiceError(f"could not start ({type(fault).__name__})") from fault
        for kind in self.provided_by(plugin):
            self.services.provide(kind, service)
        if isinstance(service, AppWrapper):
            self.services.wrappers.append(service)
        required = bool(plugin.provides)
        self.started.append(Running(plugin.name, service, required, self._settings[times.check]))


Exit = Callable[[type[BaseException] | None, BaseException | None, Any], Any]


def _closing(name: str, opened: AbstractAsyncContextManager[Service], seconds: float) -> Exit:
    async def close(_kind: object, _error: object, _traceback: object) -> bool:
        """The plugin is left normally, whatever ended the serving: it is not the plugin's error."""
        try:
            async with asyncio.timeout(seconds):
                await opened.__aexit__(None, None, None)
        except Exception as error:  # noqa: BLE001 - a bad stop must not keep the others from stopping
            log.warning("service %s did not stop cleanly (%s)", name, type(error).__name__)
        return False

    return close
