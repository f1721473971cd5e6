"""The meter: figures for Prometheus as text, and for a collector over OTLP."""

import logging
from collections.abc import Callable, Iterable, Sequence
from importlib.metadata import version

from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.metrics import CallbackOptions, Observation
from opentelemetry.sdk.metrics import AlwaysOffExemplarFilter, MeterProvider
from opentelemetry.sdk.metrics.export import MetricExporter, MetricReader, PeriodicExportingMetricReader
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
from prometheus_client import CollectorRegistry, generate_latest

from glossator.kernel.metrics import Metric, Read, Record
from glossator.kernel.settings.setting import Settings
from glossator_plugins.tracing import settings as names
from glossator_plugins.tracing.targets import GRPC, ExportTarget, metrics_target


class OtelMeter:
    """One meter with its readers; `provider.shutdown` exports the last figures."""

    def __init__(self, resource: Resource, exporters: Sequence[MetricReader]) -> None:
        self._registry = CollectorRegistry()
        text = PrometheusMetricReader(scope_info_enabled=False, registry=self._registry)
        self.provider = MeterProvider(
            [text, *exporters], resource, exemplar_filter=AlwaysOffExemplarFilter(), shutdown_on_exit=False
        )
        self._meter = self.provider.get_meter("glossator", version("glossator"))

    def counter(self, metric: Metric) -> Record:
        return self._meter.create_counter(metric.name, metric.unit, metric.description).add

    def histogram(self, metric: Metric) -> Record:
        buckets = list(metric.buckets)
        return self._meter.create_histogram(
            metric.name, metric.unit, metric.description, explicit_bucket_boundaries_advisory=buckets
        ).record

    def observe(self, metric: Metric, read: Read) -> None:
        self._meter.create_observable_gauge(metric.name, [callback(read)], metric.unit, metric.description)

    def observe_total(self, metric: Metric, read: Read) -> None:
        self._meter.create_observable_counter(metric.name, [callback(read)], metric.unit, metric.description)

    def text(self) -> str:
        return generate_latest(self._registry).decode()


def callback(read: Read) -> Callable[[CallbackOptions], Iterable[Observation]]:
    return lambda _: [Observation(value, labels) for value, labels in read()]


def start_meter(settings: Settings) -> OtelMeter:
    """Opens no connection yet. The SDK's log records hold the collector's responses, so they are not written."""
    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL + 1)
    resource = Resource.create({SERVICE_NAME: settings[names.SERVICE_NAME], SERVICE_VERSION: version("glossator")})
    return OtelMeter(resource, exporters(settings))


def exporters(settings: Settings) -> list[MetricReader]:
    """Export once a minute, or every OTEL_METRIC_EXPORT_INTERVAL milliseconds."""
    target = metrics_target(settings)
    return [PeriodicExportingMetricReader(metric_exporter(target, settings[names.TIMEOUT]))] if target else []


def metric_exporter(target: ExportTarget, seconds: float) -> MetricExporter:
    if target.protocol == GRPC:
        from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import (  # noqa: PLC0415 - an extra
            OTLPMetricExporter as GrpcExporter,
        )

        return GrpcExporter(target.url, headers=target.parsed_headers, timeout=seconds)
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter  # noqa: PLC0415 - one of two

    return OTLPMetricExporter(target.url, headers=target.parsed_headers, timeout=seconds)
