"""Opens plugins in the order of the list, checks their services in parallel, and stops them in reverse order.

- First of all the modules of all plugins are imported, one by one: threads would only compete for the interpreter.
- A plugin must open and check within its start timeout. The first failure ends the start and stops the opened services;
  nothing is ever served before all checks have passed.
- `requires` is verified before anything starts; it does not sort the list. A type has at most one provider.
- A failed or slow stop is logged and does not prevent the others from stopping.
"""

import asyncio
import logging
import math
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final

from glossator.kernel.discovery import version_of
from glossator.kernel.errors import ExitCode, ServiceError, SettingsInvalid, StartupFailed
from glossator.kernel.plugin import Loadable, Service, ServicePlugin
from glossator.kernel.services import AppWrapper, Services
from glossator.kernel.settings.setting import Setting, Settings
from glossator.kernel.settings.types import number

log = logging.getLogger(__name__)

START_SECONDS: Final = 10.0
STOP_SECONDS: Final = 2.0
CHECK_SECONDS: Final = 60.0


@dataclass(frozen=True)
class TimeoutSettings:
    """Settings of every plugin besides its own, in seconds."""

    start: Setting[float]
    stop: Setting[float]
    check: Setting[float]


def timeout_settings(name: str) -> TimeoutSettings:
    """Return the settings that the registry reads for a plugin."""

    def seconds(suffix: str, low: float, high: float, text: str, default: float) -> Setting[float]:
        return Setting(f"{name.upper()}__{suffix}", number(low, high), text, default=default)

    return TimeoutSettings(
        seconds("START_TIMEOUT", 0.1, 120, f"Seconds for {name} to start", START_SECONDS),
        seconds("STOP_TIMEOUT", 0.1, 30, f"Seconds for {name} to stop", STOP_SECONDS),
        seconds("CHECK_INTERVAL", 1, 86400, f"Seconds between readiness checks of {name}", CHECK_SECONDS),
    )


def declared_settings(plugins: Sequence[ServicePlugin]) -> tuple[Setting[Any], ...]:
    """Return all settings of the plugins, including those that the registry reads for them."""
    declared: list[Setting[Any]] = []
    for plugin in plugins:
        timeouts = timeout_settings(plugin.name)
        declared += [*plugin.settings, timeouts.start, timeouts.stop, timeouts.check]
    return tuple(declared)


@dataclass(frozen=True)
class RunningService:
    """`required`: without this service the process serves nothing useful, so it is not ready."""

    name: str
    service: Service
    required: bool
    check_interval: float


class Registry:
    """The plugins of one process; `running()` starts and stops their services."""

    def __init__(
        self,
        plugins: Sequence[ServicePlugin],
        settings: Settings,
        narrowed: Mapping[str, tuple[str, ...]] | None = None,
        needed: Sequence[type] = (),
        vital: Sequence[type] = (),
    ) -> None:
        """`narrowed` limits, by plugin name, the types that a plugin provides; `needed` types must have a provider.

        A service that provides a `vital` type is required for readiness.
        """
        self._plugins = tuple(plugins)
        self._settings = settings
        self._narrowed = dict(narrowed or {})
        self._vital = frozenset(vital)
        self.services = Services()
        self.started: list[RunningService] = []
        errors = self._errors(needed)
        if errors:
            raise SettingsInvalid(errors)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Services]:
        """Raises StartupFailed when a plugin does not start; the started services are stopped."""
        async with AsyncExitStack() as stack:
            try:
                async with asyncio.TaskGroup() as checks:
                    await self._open_all(stack, checks)
            except ExceptionGroup as failures:
                first = failures.exceptions[0]
                raise first from first.__cause__
            log.info("services started: %s", ", ".join(plugin.name for plugin in self._plugins))
            yield self.services

    def _errors(self, needed: Sequence[type]) -> list[str]:
        providers: dict[type, str] = {}
        errors: list[str] = []
        for plugin in self._plugins:
            errors += [
                f"PLUGINS: {plugin.name} requires {t.__name__} - list a plugin that provides it before {plugin.name}"
                for t in plugin.requires
                if t not in providers
            ]
            errors += [
                f"PLUGINS: {plugin.name} and {providers[t]} both provide {t.__name__} - limit one of them in the "
                f"table `provides` of settings.toml"
                for t in self.provided_by(plugin)
                if t in providers
            ]
            providers |= {t: plugin.name for t in self.provided_by(plugin) if t not in providers}
        missing = [t.__name__ for t in needed if t not in providers]
        return errors + [f"PLUGINS: no plugin provides {name} - add one that does" for name in missing]

    def provided_by(self, plugin: ServicePlugin) -> tuple[type, ...]:
        names = self._narrowed.get(plugin.name)
        return plugin.provides if names is None else tuple(t for t in plugin.provides if t.__name__ in names)

    async def start(self, plugin: ServicePlugin, stack: AsyncExitStack, limit: float = math.inf) -> None:
        """Start a plugin that `stack` stops, within its start timeout and `limit` seconds. Raises ServiceError."""
        opened = await self._open(plugin, stack, limit)
        await self._check(opened)
        self._add(opened)

    async def _open_all(self, stack: AsyncExitStack, checks: asyncio.TaskGroup) -> None:
        for plugin in self._plugins:
            with _failing(plugin), _known_errors(math.inf):
                load(plugin)
        for plugin in self._plugins:
            with _failing(plugin):
                opened = await self._open(plugin, stack)
            self._add(opened)
            checks.create_task(self._check_one(opened))

    async def _check_one(self, opened: "Opened") -> None:
        with _failing(opened.plugin):
            await self._check(opened)

    async def _open(self, plugin: ServicePlugin, stack: AsyncExitStack, limit: float = math.inf) -> "Opened":
        timeouts, began = timeout_settings(plugin.name), asyncio.get_running_loop().time()
        seconds = min(self._settings[timeouts.start], limit)
        settings = self._settings.with_value(timeouts.start, seconds, self._settings.origin(timeouts.start))
        opened = plugin.open(settings, self.services)
        with _known_errors(seconds):
            async with asyncio.timeout(seconds):
                service = await opened.__aenter__()
        stack.push_async_exit(_closing(plugin.name, opened, self._settings[timeouts.stop]))
        return Opened(plugin, service, began, seconds)

    async def _check(self, opened: "Opened") -> None:
        name = opened.plugin.name
        with _known_errors(opened.seconds):
            async with asyncio.timeout_at(opened.began + opened.seconds):
                await self.services.guard(name).check(opened.service.check)
        log_start(name, asyncio.get_running_loop().time() - opened.began)

    def _add(self, opened: "Opened") -> None:
        plugin, service = opened.plugin, opened.service
        for provided in self.provided_by(plugin):
            self.services.provide(provided, service)
        if isinstance(service, AppWrapper):
            self.services.wrappers.append(service)
        check_interval = self._settings[timeout_settings(plugin.name).check]
        required = not self._vital.isdisjoint(self.provided_by(plugin))
        self.started.append(RunningService(plugin.name, service, required, check_interval))


@dataclass(frozen=True)
class Opened:
    """A service that has to pass its check within `seconds` after the loop's time `began`."""

    plugin: ServicePlugin
    service: Service
    began: float
    seconds: float


def load(plugin: ServicePlugin) -> None:
    for module in plugin.modules if isinstance(plugin, Loadable) else ():
        import_module(module)


@contextmanager
def _known_errors(seconds: float) -> Iterator[None]:
    """Raises ServiceError for every error of a start that may take so many seconds."""
    try:
        yield
    except ServiceError:
        raise
    except TimeoutError as error:
        raise ServiceError(
            f"not ready within {seconds:.3g} s - is it reachable? If it is only slow, raise its START_TIMEOUT"
        ) from error
    except Exception as error:  # the message may contain text of an upstream, so only the class is reported
        raise ServiceError(f"could not start ({type(error).__name__})") from error


@contextmanager
def _failing(plugin: ServicePlugin) -> Iterator[None]:
    try:
        yield
    except ServiceError as error:
        raise StartupFailed(ExitCode.UNAVAILABLE, [f"{plugin.name}: {error}"]) from error


def log_start(name: str, seconds: float) -> None:
    version = version_of(name)
    fields = {"plugin": name, "version": version, "duration_ms": round(seconds * 1000, 1)}
    log.info("plugin_started: %s %s in %.2f s", name, version, seconds, extra=fields)


Exit = Callable[[type[BaseException] | None, BaseException | None, Any], Any]


def _closing(name: str, opened: AbstractAsyncContextManager[Service], seconds: float) -> Exit:
    async def close(_type: object, _error: object, _traceback: object) -> bool:
        """Exits the plugin without an error: an error while serving is not an error of the plugin."""
        try:
            async with asyncio.timeout(seconds):
                await opened.__aexit__(None, None, None)
        except Exception as error:  # noqa: BLE001 - a failed stop must not prevent the other stops
            log.warning("service %s did not stop cleanly (%s)", name, type(error).__name__)
        return False

    return close
