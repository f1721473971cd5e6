"""The app as a tracer sees it: a span from the first byte of a request to the last one of its answer.

Names are those of OpenTelemetry's stable HTTP conventions. Nothing that a reader gave leaves with a span: no query, no
header but the caller's trace id, no address, and the route's rule in place of the path, which may hold a token. The
instrumentation library's middleware records the first three and can be told to record any header; hence this one.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from opentelemetry.context import Context
from opentelemetry.semconv.attributes import (
    error_attributes,
    http_attributes,
    network_attributes,
    url_attributes,
)
from opentelemetry.trace import Span, SpanKind, StatusCode, Tracer, use_span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from glossator.kernel.asgi import ROUTE, Asgi

METHODS: Final = frozenset({"CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"})
UNKNOWN_METHOD: Final = "_OTHER"
PROBED: Final = "/health"


class TracedApp:
    def __init__(self, app: Asgi, tracer: Tracer) -> None:
        self._app = app
        self._tracer = tracer
        self._propagator = TraceContextTextMapPropagator()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or is_probe(scope["path"]):
            await self._app(scope, receive, send)
            return

        async def send_noting(message: Any) -> None:
            if message["type"] == "http.response.start":
                note_reply(span, scope, message["status"])
            await send(message)

        with self._span(scope) as span:
            await self._app(scope, receive, send_noting)

    @contextmanager
    def _span(self, scope: Any) -> Iterator[Span]:
        """Ends after the answer's last byte, or when its reader goes."""
        span = self._tracer.start_span(
            method_in_name(scope), self._parent(scope), SpanKind.SERVER, attributes_of(scope)
        )
        with use_span(span, end_on_exit=True, record_exception=False, set_status_on_exception=False):
            try:
                yield span
            except Exception as error:
                fail(span, type(error).__name__)
                raise

    def _parent(self, scope: Any) -> Context:
        given = [value.decode("latin-1") for name, value in scope["headers"] if name == b"traceparent"]
        return self._propagator.extract({"traceparent": given}, Context())


def is_probe(path: str) -> bool:
    return path == PROBED or path.startswith(f"{PROBED}/")


def method_in_name(scope: Any) -> str:
    return scope["method"] if scope["method"] in METHODS else "HTTP"


def attributes_of(scope: Any) -> dict[str, str]:
    return {
        http_attributes.HTTP_REQUEST_METHOD: scope["method"] if scope["method"] in METHODS else UNKNOWN_METHOD,
        url_attributes.URL_SCHEME: scope["scheme"],
        network_attributes.NETWORK_PROTOCOL_VERSION: scope["http_version"],
    }


def note_reply(span: Span, scope: Any, status: int) -> None:
    span.set_attribute(http_attributes.HTTP_RESPONSE_STATUS_CODE, status)
    route = scope.get("state", {}).get(ROUTE)
    if route is not None:
        span.update_name(f"{method_in_name(scope)} {route}")
        span.set_attribute(http_attributes.HTTP_ROUTE, route)
        span.set_attribute(url_attributes.URL_PATH, route)
    if status >= 500:
        fail(span, str(status))


def fail(span: Span, reason: str) -> None:
    span.set_attribute(error_attributes.ERROR_TYPE, reason)
    span.set_status(StatusCode.ERROR)
