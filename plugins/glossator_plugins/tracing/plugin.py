"""One span per request, exported to an OpenTelemetry collector or to standard output; off unless one of them is set."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from threading import Thread
from typing import TYPE_CHECKING

from glossator.kernel.metrics import Meter, Telemetry
from glossator.kernel.plugin import Description, Service, endpoint_of
from glossator.kernel.services import Services
from glossator.kernel.settings.environment import set_variable
from glossator.kernel.settings.setting import Settings
from glossator_plugins.tracing.settings import FLUSH_TIMEOUT, SETTINGS, writes_to_console
from glossator_plugins.tracing.targets import metrics_target, require_packages, traces_target

if TYPE_CHECKING:
    from glossator_plugins.tracing.metrics import OtelMeter
    from glossator_plugins.tracing.provider import Tracing

log = logging.getLogger(__name__)


class TracingPlugin:
    name = "tracing"
    provides: tuple[type, ...] = (Telemetry,)
    requires: tuple[type, ...] = ()
    settings = SETTINGS

    def describe(self, settings: Settings) -> Description:
        targets = filter(None, (traces_target(settings), metrics_target(settings)))
        return Description(tuple(dict.fromkeys(endpoint_of(target.setting, target.url) for target in targets)))

    @asynccontextmanager
    async def open(self, settings: Settings, services: Services) -> AsyncIterator[Service]:
        meters, seconds = Meters(settings), settings[FLUSH_TIMEOUT]
        targets = {"traces": traces_target(settings), "metrics": metrics_target(settings)}
        require_packages(*targets.values())
        for signal, target in targets.items():
            if target:
                log.info("telemetry_exported: %s to %s by %s", signal, target.url, target.protocol)
        if not targets["traces"] and not writes_to_console(settings):
            try:
                yield TracingOff(meters)
            finally:
                await meters.stop(seconds)
            return
        tracing = await asyncio.to_thread(start_tracing, settings, meters)
        services.spans.tracer = tracing.tracer
        try:
            yield tracing
        finally:
            services.spans.tracer = None
            await asyncio.gather(tracing.stop(seconds), meters.stop(seconds))


class Meters:
    """Opens the meter when the app knows whether its figures are read, and stops it with the plugin."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._meter: OtelMeter | None = None

    async def open_meter(self, *, scraped: bool) -> Meter | None:
        if self._meter is None and (scraped or metrics_target(self._settings)):
            self._meter = await asyncio.to_thread(start_meter, self._settings)
        return self._meter

    async def stop(self, seconds: float) -> None:
        """The SDK's own shutdown waits for the collector; a dead one delays nothing."""
        if self._meter is None:
            return
        flushing = Thread(target=self._meter.provider.shutdown, name="metrics-flush", daemon=True)
        flushing.start()
        await asyncio.to_thread(flushing.join, seconds)
        if flushing.is_alive():
            log.warning("the last metrics were not delivered within %g s and are lost", seconds)


class TracingOff:
    """Has no `wrap`, so no middleware is installed."""

    def __init__(self, meters: Meters) -> None:
        self.open_meter = meters.open_meter

    async def check(self) -> None:
        pass


def start_tracing(settings: Settings, meters: Meters) -> "Tracing":
    """Runs in a thread: the import takes a quarter of a second of CPU."""
    # The library reads this once per process. `http` selects the stable HTTP conventions.
    set_variable("OTEL_SEMCONV_STABILITY_OPT_IN", "http")
    from glossator_plugins.tracing import provider  # noqa: PLC0415 - loads the SDK

    return provider.start_tracing(settings, meters)


def start_meter(settings: Settings) -> "OtelMeter":
    """Runs in a thread, as `start_tracing`."""
    from glossator_plugins.tracing import metrics  # noqa: PLC0415 - loads the SDK

    return metrics.start_meter(settings)
