"""The spans of calls and steps, recorded through OpenTelemetry's API.

Only what happens in a traced request or in a job is recorded; background work, such as the deletion of expired rows,
would be a trace of its own for each statement.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import Final

from opentelemetry import trace
from opentelemetry.semconv.attributes.error_attributes import ERROR_TYPE
from opentelemetry.trace import SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from glossator.kernel.logs import TRACE_ID
from glossator.kernel.spans import NO_SPAN, Attribute, Span, TracedOperation

PROPAGATOR: Final = TraceContextTextMapPropagator()


class RecordedSpan(Span):
    """Ends with its block. Errors are recorded by class, because their messages may hold what a reader wrote."""

    def __init__(self, tracer: trace.Tracer, span: trace.Span, *, content: bool) -> None:
        self._tracer = tracer
        self._span = span
        self.records_content = content and span.is_recording()

    @property
    def headers(self) -> Mapping[str, str]:
        """`traceparent`, and the caller's `tracestate`."""
        headers: dict[str, str] = {}
        PROPAGATOR.inject(headers, trace.set_span_in_context(self._span))
        return headers

    def set(self, name: str, value: Attribute) -> None:
        self._span.set_attribute(name, value)

    def child(self, operation: TracedOperation) -> Span:
        span = start_span(self._tracer, operation, self._span)
        return RecordedSpan(self._tracer, span, content=self.records_content)

    def fail(self, error: BaseException) -> None:
        record_error(self._span, error)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if isinstance(error, Exception):
            record_error(self._span, error)
        self._span.end()


class OpenTelemetryTracer:
    """Implements the kernel's Tracer. `content`: questions and answers are recorded too."""

    def __init__(self, tracer: trace.Tracer, *, content: bool) -> None:
        self._tracer = tracer
        self._content = content

    def start(self, operation: TracedOperation) -> Span:
        parent = trace.get_current_span()
        if not parent.get_span_context().is_valid:
            return NO_SPAN
        return RecordedSpan(self._tracer, start_span(self._tracer, operation, parent), content=self._content)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """A step outside of a request is a trace of its own."""
        with self._tracer.start_as_current_span(
            name, attributes={"glossator.step": name}, record_exception=False, set_status_on_exception=False
        ) as span:
            traced = TRACE_ID.set(trace_id_of(span))
            try:
                yield
            except Exception as error:
                record_error(span, error)
                raise
            finally:
                TRACE_ID.reset(traced)


def start_span(tracer: trace.Tracer, operation: TracedOperation, parent: trace.Span) -> trace.Span:
    context = trace.set_span_in_context(parent)
    return tracer.start_span(operation.name, context, kind=SpanKind.CLIENT, attributes=operation.attributes)


def record_error(span: trace.Span, error: BaseException) -> None:
    span.set_attribute(ERROR_TYPE, type(error).__name__)
    span.set_status(StatusCode.ERROR)


def trace_id_of(span: trace.Span) -> str:
    return trace.format_trace_id(span.get_span_context().trace_id)
