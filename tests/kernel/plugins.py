"""Small plugins that record the calls they receive."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from glossator.kernel.errors import ServiceError
from glossator.kernel.plugin import Service
from glossator.kernel.registry import declared_settings
from glossator.kernel.services import Services
from glossator.kernel.settings.setting import Setting, Settings


class Translator:
    """A type that a plugin provides."""


class Reranker:
    """Another type that a plugin provides."""


class TranslatorService:
    """A service that counts its checks and can be unavailable."""

    def __init__(self, *, broken: bool = False) -> None:
        self.broken = broken
        self.checks = 0

    async def check(self) -> None:
        self.checks += 1
        if self.broken:
            raise ServiceError("the translator is unavailable - check TRANSLATOR_URL")


class RecordedService(Translator, Reranker):
    def __init__(self, name: str, calls: list[str], failure: "Failure") -> None:
        self._name = name
        self._calls = calls
        self._failure = failure

    async def check(self) -> None:
        self._calls.append(f"check {self._name}")
        await self._failure.run("check")


@dataclass(frozen=True)
class Failure:
    """Raises `error` at `step` (open, check or close), or hangs there when there is no error."""

    step: str = ""
    error: BaseException | None = None

    async def run(self, step: str) -> None:
        if step != self.step:
            return
        if self.error is None:
            await asyncio.sleep(3600)
        else:
            raise self.error


@dataclass(frozen=True)
class RecordingPlugin:
    name: str
    calls: list[str]
    provides: tuple[type, ...] = ()
    requires: tuple[type, ...] = ()
    settings: tuple[Setting[Any], ...] = ()
    failure: Failure = field(default_factory=Failure)
    modules: tuple[str, ...] = ()

    def open(self, settings: Settings, services: Services) -> AbstractAsyncContextManager[Service]:
        return self._open()

    @asynccontextmanager
    async def _open(self) -> AsyncIterator[Service]:
        self.calls.append(f"open {self.name}")
        await self.failure.run("open")
        try:
            yield RecordedService(self.name, self.calls, self.failure)
        finally:
            self.calls.append(f"close {self.name}")
            await self.failure.run("close")


def short_timeouts(*plugins: RecordingPlugin, start: float = 0.2, stop: float = 0.2) -> Settings:
    """Settings with short timeouts for these plugins."""
    values: dict[str, Callable[[], float]] = {"START_TIMEOUT": lambda: start, "STOP_TIMEOUT": lambda: stop}
    return Settings.of(
        {setting: values.get(setting.name.partition("__")[2], lambda: 60.0)() for setting in declared_settings(plugins)}
    )
