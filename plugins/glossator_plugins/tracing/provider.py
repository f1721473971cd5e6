"""The tracer provider, its background exporters, and a stop that a dead collector cannot delay.

Lost spans are logged at most once a minute.
"""

import asyncio
import logging
import sys
import time
from collections.abc import Sequence
from importlib.metadata import version
from threading import Thread
from typing import Final

from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON, ParentBased, Sampler, TraceIdRatioBased

from glossator.kernel.errors import ServiceError
from glossator.kernel.metrics import Telemetry
from glossator.kernel.services import Asgi
from glossator.kernel.settings.setting import Settings
from glossator_plugins.tracing import settings as names
from glossator_plugins.tracing.app import TracedApp
from glossator_plugins.tracing.spans import OpenTelemetryTracer
from glossator_plugins.tracing.targets import GRPC, ExportTarget, traces_target

log = logging.getLogger(__name__)

LOG_INTERVAL_SECONDS: Final = 60.0
CONSOLE_DELAY_MS: Final = 500


class MonitoredExporter(SpanExporter):
    """Counts and logs the spans that an exporter loses. One background thread at a time calls it."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter
        self._lost = 0
        self._logged_at = float("-inf")
        self.failing = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        result = self._exporter.export(spans)
        self.failing = result is not SpanExportResult.SUCCESS
        if self.failing:
            self._log_loss(len(spans))
        return result

    def _log_loss(self, count: int) -> None:
        self._lost += count
        now = time.monotonic()
        if now - self._logged_at < LOG_INTERVAL_SECONDS:
            return
        log.warning(
            "%d spans could not be delivered and are lost - check that the collector of OTEL_EXPORTER_OTLP_ENDPOINT "
            "runs, and check OTEL_EXPORTER_OTLP_HEADERS",
            self._lost,
        )
        self._logged_at = now
        self._lost = 0

    def shutdown(self) -> None:
        """The caller logs any later loss."""
        self._logged_at = time.monotonic()
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30000) -> bool:
        return self._exporter.force_flush(timeout_millis)


class Tracing:
    def __init__(
        self,
        provider: TracerProvider,
        exporter: MonitoredExporter | None,
        meters: Telemetry,
        tracer: OpenTelemetryTracer,
    ) -> None:
        self.open_meter = meters.open_meter
        self.tracer = tracer
        self._provider = provider
        self._exporter = exporter

    async def check(self) -> None:
        """Reports the result of the last export, without a call to the collector."""
        if self._exporter and self._exporter.failing:
            raise ServiceError(
                "spans cannot be delivered - check that the collector of OTEL_EXPORTER_OTLP_ENDPOINT runs"
            )

    def wrap(self, app: Asgi) -> Asgi:
        return TracedApp(app, self._provider)

    async def stop(self, seconds: float) -> None:
        """The SDK's own shutdown waits for the collector; after `seconds` it continues in the background."""
        flushing = Thread(target=self._provider.shutdown, name="tracing-flush", daemon=True)
        flushing.start()
        await asyncio.to_thread(flushing.join, seconds)
        if flushing.is_alive() and self._exporter:
            self._exporter.shutdown()
            log.warning("the last spans were not delivered within %g s and are lost", seconds)


def start_tracing(settings: Settings, meters: Telemetry) -> Tracing:
    # The SDK's log records hold the collector's responses and whole headers; ours report the failures.
    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL + 1)
    provider = TracerProvider(
        sampler=sampler(settings[names.SAMPLER], settings[names.SAMPLER_RATIO]),
        resource=Resource.create({SERVICE_NAME: settings[names.SERVICE_NAME], SERVICE_VERSION: version("glossator")}),
        shutdown_on_exit=False,
    )
    if names.writes_to_console(
        settings
    ):  # first: processors stop in order, and a dead collector may use up all the time
        console = ConsoleSpanExporter(out=sys.stdout, formatter=lambda span: f"{span.to_json(indent=None)}\n")
        provider.add_span_processor(BatchSpanProcessor(console, schedule_delay_millis=CONSOLE_DELAY_MS))
    target = traces_target(settings)
    exporter = MonitoredExporter(span_exporter(target, settings[names.TIMEOUT])) if target else None
    if exporter:
        provider.add_span_processor(BatchSpanProcessor(exporter))
    tracer = OpenTelemetryTracer(
        provider.get_tracer("glossator", version("glossator")), content=settings[names.CONTENT]
    )
    return Tracing(provider, exporter, meters, tracer)


def span_exporter(target: ExportTarget, seconds: float) -> SpanExporter:
    """Opens no connection before its first export."""
    if target.protocol == GRPC:
        from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import (  # noqa: PLC0415 - an extra
            OTLPSpanExporter as GrpcExporter,
        )

        return GrpcExporter(target.url, headers=target.parsed_headers, timeout=seconds)
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415 - one of two

    return OTLPSpanExporter(target.url, headers=target.parsed_headers, timeout=seconds)


def sampler(name: str, ratio: float) -> Sampler:
    roots = {"always_on": ALWAYS_ON, "always_off": ALWAYS_OFF, "traceidratio": TraceIdRatioBased(ratio)}
    root = roots[name.removeprefix("parentbased_")]
    return ParentBased(root) if name.startswith("parentbased_") else root
