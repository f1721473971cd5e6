"""A tracer provider of our own, its background exporters, and a stop that a dead collector cannot hold up.

The one place through which spans leave for a collector: it tells of losses, at most once a minute.
"""

import asyncio
import logging
import sys
import time
from collections.abc import Sequence
from importlib.metadata import version
from threading import Thread
from typing import Final

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON, ParentBased, Sampler, TraceIdRatioBased
from opentelemetry.util.re import parse_env_headers

from glossator.kernel.asgi import Asgi
from glossator.kernel.errors import ServiceFault
from glossator.kernel.settings.setting import Settings
from glossator_plugins.tracing import settings as names
from glossator_plugins.tracing.app import TracedApp

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


CONSOLE_DELAY_MS: Final = 500


class Tracing:
    def __init__(self, provider: TracerProvider, delivery: Delivery | None) -> None:
        self._provider = provider
        self._delivery = delivery

    async def check(self) -> None:
        """Says how the last delivery went, and asks nobody."""
        if self._delivery and self._delivery.failing:
            raise ServiceFault("spans cannot be delivered - is the collector of OTEL_EXPORTER_OTLP_ENDPOINT up?")

    def wrap(self, app: Asgi) -> Asgi:
        return TracedApp(app, self._provider.get_tracer("glossator", version("glossator")))

    async def stop(self, seconds: float) -> None:
        """The SDK's own shutdown waits for the collector; after `seconds` it is left to end by itself."""
        flushing = Thread(target=self._provider.shutdown, name="tracing-flush", daemon=True)
        flushing.start()
        await asyncio.to_thread(flushing.join, seconds)
        if flushing.is_alive() and self._delivery:
            self._delivery.shutdown()
            log.warning("the last spans were not delivered within %g s and are lost", seconds)


def start(settings: Settings) -> Tracing:
    # Its records repeat what a collector answered, and whole headers; ours say what happened.
    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL + 1)
    provider = TracerProvider(
        sampler=sampler(settings[names.SAMPLER], settings[names.SAMPLER_SHARE]),
        resource=Resource.create({SERVICE_NAME: settings[names.SERVICE_NAME], SERVICE_VERSION: version("glossator")}),
        shutdown_on_exit=False,
    )
    if settings[names.CONSOLE]:  # first, since they stop one after the other and a collector may take all the time
        console = ConsoleSpanExporter(out=sys.stdout, formatter=lambda span: f"{span.to_json(indent=None)}\n")
        provider.add_span_processor(BatchSpanProcessor(console, schedule_delay_millis=CONSOLE_DELAY_MS))
    delivery = delivery_to(settings[names.ENDPOINT], settings)
    if delivery:
        provider.add_span_processor(BatchSpanProcessor(delivery))
    return Tracing(provider, delivery)


def delivery_to(endpoint: str | None, settings: Settings) -> Delivery | None:
    """Connects to nobody yet."""
    if not endpoint:
        return None
    headers = settings[names.HEADERS]
    return Delivery(
        OTLPSpanExporter(
            endpoint=f"{endpoint}/v1/traces",
            headers=parse_env_headers(headers.reveal(), liberal=True) if headers else None,
            timeout=settings[names.TIMEOUT],
        )
    )


def sampler(word: str, share: float) -> Sampler:
    roots = {"always_on": ALWAYS_ON, "always_off": ALWAYS_OFF, "traceidratio": TraceIdRatioBased(share)}
    root = roots[word.removeprefix("parentbased_")]
    return ParentBased(root) if word.startswith("parentbased_") else root
