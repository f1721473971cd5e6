"""One span for each request, to an OpenTelemetry collector or to standard output; nothing at all when both are off."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from glossator.kernel.plugin import Description, Service, endpoint_of
from glossator.kernel.services import Services
from glossator.kernel.settings.setting import Settings
from glossator_plugins.tracing.settings import CONSOLE, ENDPOINT, FLUSH_TIMEOUT, SETTINGS

if TYPE_CHECKING:
    from glossator_plugins.tracing.provider import Tracing


class TracingPlugin:
    name = "tracing"
    provides: tuple[type, ...] = ()
    requires: tuple[type, ...] = ()
    settings = SETTINGS

    def describe(self, settings: Settings) -> Description:
        collector = settings[ENDPOINT]
        return Description((endpoint_of(ENDPOINT.name, collector),) if collector else ())

    @asynccontextmanager
    async def open(self, settings: Settings, services: Services) -> AsyncIterator[Service]:
        if not settings[ENDPOINT] and not settings[CONSOLE]:
            yield NoTracing()
            return
        tracing = await asyncio.to_thread(started, settings)
        try:
            yield tracing
        finally:
            await tracing.stop(settings[FLUSH_TIMEOUT])


class NoTracing:
    """It has no `wrap`, so that a request costs nothing."""

    async def check(self) -> None:
        pass


def started(settings: Settings) -> "Tracing":
    """Run in a thread: the import takes a quarter of a second of CPU."""
    from glossator_plugins.tracing.provider import start  # noqa: PLC0415 - loads the SDK

    return start(settings)
