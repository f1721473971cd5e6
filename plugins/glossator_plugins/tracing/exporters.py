"""The exporters of the SDK for both protocols. None opens a connection before its first export."""

from opentelemetry.sdk.metrics.export import MetricExporter
from opentelemetry.sdk.trace.export import SpanExporter
from opentelemetry.util.re import parse_env_headers

from glossator_plugins.tracing.targets import GRPC, Target


def span_exporter(target: Target, seconds: float) -> SpanExporter:
    if target.protocol == GRPC:
        from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import (  # noqa: PLC0415 - an extra
            OTLPSpanExporter as GrpcExporter,
        )

        return GrpcExporter(target.url, headers=headers_of(target), timeout=seconds)
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415 - one of two

    return OTLPSpanExporter(target.url, headers=headers_of(target), timeout=seconds)


def metric_exporter(target: Target, seconds: float) -> MetricExporter:
    if target.protocol == GRPC:
        from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import (  # noqa: PLC0415 - an extra
            OTLPMetricExporter as GrpcExporter,
        )

        return GrpcExporter(target.url, headers=headers_of(target), timeout=seconds)
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter  # noqa: PLC0415 - one of two

    return OTLPMetricExporter(target.url, headers=headers_of(target), timeout=seconds)


def headers_of(target: Target) -> dict[str, str] | None:
    return dict(parse_env_headers(target.headers.reveal(), liberal=True)) if target.headers else None
