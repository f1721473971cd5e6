"""The one place through which spans leave for a collector: it tells of losses, at most once a minute."""

import logging
import time
from collections.abc import Sequence
from typing import Final

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

log = logging.getLogger(__name__)

PAUSE_SECONDS: Final = 60.0


class Delivery(SpanExporter):
    """Called by one background thread at a time."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter
        self._lost = 0
        self._told = float("-inf")
        self.failing = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        result = self._exporter.export(spans)
        self.failing = result is not SpanExportResult.SUCCESS
        if self.failing:
            self._lose(len(spans))
        return result

    def _lose(self, count: int) -> None:
        self._lost += count
        now = time.monotonic()
        if now - self._told < PAUSE_SECONDS:
            return
        log.warning(
            "spans could not be delivered, %d are lost - is the collector of OTEL_EXPORTER_OTLP_ENDPOINT up, "
            "and are OTEL_EXPORTER_OTLP_HEADERS right?",
            self._lost,
        )
        self._told = now
        self._lost = 0

    def shutdown(self) -> None:
        """Who stops it tells of what is lost from now on."""
        self._told = time.monotonic()
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30000) -> bool:
        return self._exporter.force_flush(timeout_millis)
