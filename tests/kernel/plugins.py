"""Small plugins that note what is done to them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from glossator.kernel.plugin import Service
from glossator.kernel.registry import declared
from glossator.kernel.services import Services
from glossator.kernel.settings.setting import Setting, Settings


class Lamp:
    """A type that a plugin provides."""


class Clock:
    """Another one."""


class Noted(Lamp, Clock):
    def __init__(self, name: str, notes: list[str], failing: "Failing") -> None:
        self._name = name
        self._notes = notes
        self._failing = failing

    async def check(self) -> None:
        self._notes.append(f"check {self._name}")
        await self._failing.run("check")


@dataclass(frozen=True)
class Failing:
    """Raises `error` at `place` (open, check or close), or hangs there when there is no error."""

    place: str = ""
    error: BaseException | None = None

    async def run(self, place: str) -> None:
        if place != self.place:
            return
        if self.error is None:
            await asyncio.sleep(3600)
        else:
            raise self.error


@dataclass(frozen=True)
class NotingPlugin:
    name: str
    notes: list[str]
    provides: tuple[type, ...] = ()
    requires: tuple[type, ...] = ()
    settings: tuple[Setting[Any], ...] = ()
    failing: Failing = field(default_factory=Failing)

    def open(self, settings: Settings, services: Services) -> AbstractAsyncContextManager[Service]:
        return self._open()

    @asynccontextmanager
    async def _open(self) -> AsyncIterator[Service]:
        self.notes.append(f"open {self.name}")
        await self.failing.run("open")
        try:
            yield Noted(self.name, self.notes, self.failing)
        finally:
            self.notes.append(f"close {self.name}")
            await self.failing.run("close")


def quick(*plugins: NotingPlugin, start: float = 0.2, stop: float = 0.2) -> Settings:
    """Settings with short times for these plugins."""
    values: dict[str, Callable[[], float]] = {"START_TIMEOUT": lambda: start, "STOP_TIMEOUT": lambda: stop}
    return Settings.of(
        {setting: values.get(setting.name.partition("__")[2], lambda: 60.0)() for setting in declared(plugins)}
    )
