"""The traced app: one server span per HTTP request, from its first byte to the last byte of the response.

The span is made by OpenTelemetry's ASGI middleware. That middleware also records the query, the client's address, the
user agent and, on request, any header, so it sees a reduced copy of the scope instead of the request: the method, the
scheme, the HTTP version and the caller's trace context. A path is recorded where it is the route's
rule, since another may hold a token.
"""

from typing import Any, Final

from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware
from opentelemetry.metrics import NoOpMeterProvider
from opentelemetry.semconv.attributes.error_attributes import ERROR_TYPE
from opentelemetry.semconv.attributes.http_attributes import HTTP_ROUTE
from opentelemetry.semconv.attributes.url_attributes import URL_PATH
from opentelemetry.trace import Span, StatusCode, TracerProvider, get_current_span
from opentelemetry.util.http import sanitize_method

from glossator.kernel.logs import TRACE_ID
from glossator.kernel.services import ROUTE, Asgi
from glossator_plugins.tracing.spans import trace_id_of

UNKNOWN_METHOD: Final = "_OTHER"
HEALTH: Final = "/health"
CALL: Final = "glossator.call"
"""Key in the reduced scope: the function that runs the app with the real scope."""
TRACE_HEADERS: Final = frozenset({b"traceparent", b"tracestate"})
REQUEST_ID: Final = "glossator.request_id"
NO_HEADER: Final = "(?!)"
"""A pattern that matches nothing. Without one the middleware reads its header lists from the environment."""


class NoPort(int):
    """The port of an unknown server: the middleware omits a false one, and records 0.0.0.0:80 without a server."""

    def __bool__(self) -> bool:
        return False


class TracedApp:
    def __init__(self, app: Asgi, provider: TracerProvider) -> None:
        self._app = app
        self._middleware = OpenTelemetryMiddleware(
            call_app,
            default_span_details=lambda scope: (name_of(scope["method"]), {}),
            tracer_provider=provider,
            meter_provider=NoOpMeterProvider(),
            http_capture_headers_server_request=[NO_HEADER],
            http_capture_headers_server_response=[NO_HEADER],
            exclude_spans=["receive", "send"],
        )

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or is_health(scope["path"]):
            await self._app(scope, receive, send)
            return
        errors: list[Exception] = []

        async def call(receive: Any, send: Any) -> None:
            span = get_current_span()
            TRACE_ID.set(trace_id_of(span))
            try:
                await self._app(scope, receive, route_recorder(span, scope, send))
            except Exception as error:  # noqa: BLE001 - raised below: the middleware would record its message
                span.set_attribute(ERROR_TYPE, type(error).__name__)
                span.set_status(StatusCode.ERROR)
                errors.append(error)

        await self._middleware({**reduced(scope), CALL: call}, receive, send)
        for error in errors:
            raise error


async def call_app(scope: Any, receive: Any, send: Any) -> None:
    await scope[CALL](receive, send)


def is_health(path: str) -> bool:
    return path == HEALTH or path.startswith(f"{HEALTH}/")


def reduced(scope: Any) -> dict[str, Any]:
    """The part of a scope that may be recorded.

    A trace id that is not ASCII is invalid, and the middleware's decoding of it may fail.
    """
    return {
        "type": scope["type"],
        "method": sanitize_method(scope["method"]),
        "scheme": scope["scheme"],
        "http_version": scope["http_version"],
        "server": ("", NoPort(80)),
        "headers": [(name, value) for name, value in scope["headers"] if name in TRACE_HEADERS and value.isascii()],
    }


def name_of(method: str) -> str:
    """A span's name without a route."""
    return "HTTP" if method == UNKNOWN_METHOD else method


def route_recorder(span: Span, scope: Any, send: Any) -> Any:
    """A `send` that names the span after the route, which is known when the response starts."""

    async def send_and_record(message: Any) -> None:
        if message["type"] != "http.response.start":
            await send(message)
            return
        route = scope.get("state", {}).get(ROUTE)
        for name, value in message.get("headers", ()):
            if name.lower() == b"x-request-id":
                span.set_attribute(REQUEST_ID, value.decode("latin-1"))
        if route is not None:
            span.update_name(f"{name_of(sanitize_method(scope['method']))} {route}")
            span.set_attribute(HTTP_ROUTE, route)
            if "<" not in route:
                span.set_attribute(URL_PATH, route)
        await send(message)

    return send_and_record
