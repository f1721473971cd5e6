"""Opens the meter when the app knows whether its figures are read, and stops it with the plugin."""

import asyncio
import logging
from threading import Thread
from typing import TYPE_CHECKING

from glossator.kernel.metrics import Meter
from glossator.kernel.settings.setting import Settings
from glossator_plugins.tracing.targets import metrics_target

if TYPE_CHECKING:
    from glossator_plugins.tracing.metrics import OtelMeter

log = logging.getLogger(__name__)


class Meters:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._meter: OtelMeter | None = None

    async def open_meter(self, *, scraped: bool) -> Meter | None:
        if self._meter is None and (scraped or metrics_target(self._settings)):
            self._meter = await asyncio.to_thread(start, self._settings)
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


def start(settings: Settings) -> "OtelMeter":
    """Runs in a thread: the import takes a quarter of a second of CPU."""
    from glossator_plugins.tracing.metrics import start_meter  # noqa: PLC0415 - loads the SDK

    return start_meter(settings)
