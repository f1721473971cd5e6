"""Collectors for OTLP over HTTP and over grpc. The first can also reject spans, quote the request, or never answer."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, Span, Status

from tests.servers.http_server import Reply, Request, serving

GRPC_SERVICES = {
    "traces": "opentelemetry.proto.collector.trace.v1.TraceService",
    "metrics": "opentelemetry.proto.collector.metrics.v1.MetricsService",
}
PROTOBUF = {"content-type": "application/x-protobuf"}


@dataclass(frozen=True)
class ExportedSpan:
    """A received span; ids are in hexadecimal digits, `start` is in nanoseconds."""

    name: str
    kind: str
    status: str
    attributes: dict[str, Any]
    resource: dict[str, Any]
    trace_id: str
    id: str
    parent_id: str
    start: int
    seconds: float


@dataclass
class OtlpServer:
    """`status` is the answer to every request; it and `hangs` may be changed while the server runs."""

    url: str = ""
    status: int = 200
    hangs: bool = False
    deliveries: list[Request] = field(default_factory=list)

    @property
    def spans(self) -> list[ExportedSpan]:
        traces = [delivery.body for delivery in self.deliveries if delivery.path == "/v1/traces"]
        return [span for body in traces for span in decode_spans(body)]

    @property
    def received(self) -> bytes:
        """All bodies, joined."""
        return b"".join(delivery.body for delivery in self.deliveries)

    async def answer(self, request: Request, reply: Reply) -> None:
        self.deliveries.append(request)
        if self.hangs:
            await asyncio.sleep(3600)
        if self.status != 200:
            await reply.send_json(self.status, {"message": f"You sent {dict(request.headers)}"})
            return
        content = ExportTraceServiceResponse().SerializeToString()
        await reply.start(200, {**PROTOBUF, "content-length": str(len(content))})
        await reply.write(content)
        await reply.end()


@asynccontextmanager
async def otlp_server(*, status: int = 200, hangs: bool = False) -> AsyncIterator[OtlpServer]:
    server = OtlpServer(status=status, hangs=hangs)
    async with serving(server.answer) as port:
        server.url = f"http://127.0.0.1:{port}"
        yield server


def grpc_handler(server: OtlpServer, signal: str) -> Any:
    """Records each delivery like one over HTTP. An empty message is a whole response."""

    async def export(body: bytes, context: Any) -> bytes:
        server.deliveries.append(Request("POST", f"/v1/{signal}", dict(context.invocation_metadata()), body))
        return b""

    return grpc.method_handlers_generic_handler(
        GRPC_SERVICES[signal], {"Export": grpc.unary_unary_rpc_method_handler(export)}
    )


@asynccontextmanager
async def grpc_otlp_server() -> AsyncIterator[OtlpServer]:
    collector, server = OtlpServer(), grpc.aio.server()
    server.add_generic_rpc_handlers([grpc_handler(collector, signal) for signal in GRPC_SERVICES])
    collector.url = f"http://127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    await server.start()
    try:
        yield collector
    finally:
        await server.stop(0)


def decode_spans(body: bytes) -> list[ExportedSpan]:
    request = ExportTraceServiceRequest()
    request.ParseFromString(body)
    return [
        decode_span(span, resource)
        for resource in request.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]


def decode_span(span: Span, resource: ResourceSpans) -> ExportedSpan:
    return ExportedSpan(
        name=span.name,
        kind=Span.SpanKind.Name(span.kind),
        status=Status.StatusCode.Name(span.status.code),
        attributes=to_dict(*span.attributes),
        resource=to_dict(*resource.resource.attributes),
        trace_id=span.trace_id.hex(),
        id=span.span_id.hex(),
        start=span.start_time_unix_nano,
        parent_id=span.parent_span_id.hex(),
        seconds=(span.end_time_unix_nano - span.start_time_unix_nano) / 1e9,
    )


def to_dict(*entries: KeyValue) -> dict[str, Any]:
    return {entry.key: to_value(entry.value) for entry in entries}


def to_value(value: AnyValue) -> Any:
    if value.HasField("array_value"):
        return [to_value(element) for element in value.array_value.values]
    return getattr(value, value.WhichOneof("value") or "string_value")
