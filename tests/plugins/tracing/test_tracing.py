"""The tracing plugin around the real app behind its real server, with a collector that speaks the protocol."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

import pytest

from glossator.kernel.metrics import Telemetry
from glossator.kernel.plugin import ServicePlugin
from glossator_plugins.tracing import settings as names
from glossator_plugins.tracing.plugin import TracingPlugin
from tests.domain.answering.models import ScriptedModel
from tests.plugins.tracing.apps import QUERY, SCOPE, exported_to, registered, served, tracing_services
from tests.servers.otlp_server import OtlpServer, otlp_server
from tests.web.apps import Parts

TRACE: Final = "0af7651916cd43dd8448eb211c80319c"
CALLER: Final = "b7ad6b7169203331"
WORDS: Final = 20


@pytest.fixture
async def collector() -> AsyncIterator[OtlpServer]:
    async with otlp_server() as running:
        yield running


def test_the_plugin_fulfils_the_contract() -> None:
    plugin = TracingPlugin()

    assert isinstance(plugin, ServicePlugin)
    assert (plugin.name, plugin.provides, plugin.requires) == ("tracing", (Telemetry,), ())


async def test_tracing_off_wraps_nothing() -> None:
    async with tracing_services({}) as services:
        app = registered(services)

    assert services.wrappers == []
    assert "asgi_app" not in vars(app)


async def test_a_request_is_one_span_with_the_names_of_the_stable_conventions(collector: OtlpServer) -> None:
    async with served(exported_to(collector.url)) as client:
        reply = await client.post("/chat", json=QUERY)

    assert reply.status_code == 200
    [span] = collector.spans
    assert (span.name, span.kind, span.status) == ("POST /chat", "SPAN_KIND_SERVER", "STATUS_CODE_UNSET")
    assert span.attributes == {
        "glossator.request_id": reply.headers["x-request-id"],
        "http.request.method": "POST",
        "http.response.status_code": 200,
        "http.route": "/chat",
        "network.protocol.version": "1.1",
        "url.path": "/chat",
        "url.scheme": "http",
    }
    assert span.resource["service.name"] == "glossator"
    assert {"service.version", "service.instance.id", "telemetry.sdk.version"} <= set(span.resource)


async def test_a_streamed_answer_is_one_span_that_lasts_until_its_end(collector: OtlpServer) -> None:
    parts = Parts(model=ScriptedModel(answer=" ".join(["word"] * WORDS)))

    async with served(exported_to(collector.url), parts) as client:
        reply = await client.post("/chat/stream", json=QUERY)

    assert "event: final" in reply.text
    [span] = collector.spans
    assert (span.name, span.attributes["http.response.status_code"]) == ("POST /chat/stream", 200)


async def test_a_span_ends_when_the_client_closes_the_stream(collector: OtlpServer) -> None:
    parts = Parts(model=ScriptedModel(fail_after=3, hangs=True))

    async with served(exported_to(collector.url), parts) as client:
        async with client.stream("POST", "/chat/stream", json=QUERY) as reply:
            lines = reply.aiter_lines()
            await anext(lines)
            await asyncio.sleep(0.3)
        while not parts.model.closed:
            await asyncio.sleep(0.01)

    [span] = collector.spans
    assert span.seconds >= 0.3
    assert (span.name, span.status) == ("POST /chat/stream", "STATUS_CODE_UNSET")


async def test_a_span_holds_no_data_of_the_reader(collector: OtlpServer) -> None:
    headers = {
        "Authorization": "Bearer reader-token",
        "Cookie": "session=reader-cookie",
        "User-Agent": "reader-agent",
        "X-Forwarded-For": "203.0.113.7",
        "traceparent": f"00-{TRACE}-{CALLER}-01",
    }

    async with served(exported_to(collector.url)) as client:
        await client.post("/chat?secret=in-query", json={"query": "inverted private-question"}, headers=headers)
        await client.post("/chat/stream", json={"query": "inverted private-question"}, headers=headers)
        await client.get("/read/private-path", headers=headers)
        await client.get("/nowhere/private-path", headers=headers)

    assert len(collector.spans) == 4
    private = [b"reader-", b"private-", b"in-query", b"203.0.113.7", b"127.0.0.1", b"inverted"]
    assert [text for text in private if text in collector.received] == []


async def test_header_lists_of_the_environment_record_no_header(
    collector: OtlpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for side in ("REQUEST", "RESPONSE"):
        monkeypatch.setenv(f"OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_SERVER_{side}", ".*")

    async with served(exported_to(collector.url)) as client:
        reply = await client.post("/chat", json=QUERY, headers={"traceparent": f"00-{TRACE}-{CALLER}-01"})

    [span] = collector.spans
    assert "content-type" in reply.headers
    assert [name for name in span.attributes if ".header." in name] == []


async def test_the_app_gets_the_whole_scope(collector: OtlpServer) -> None:
    scopes: list[object] = []

    async def app(scope: object, receive: object, send: object) -> None:
        scopes.append(scope)

    async with tracing_services(exported_to(collector.url)) as services:
        [wrapper] = services.wrappers
        await wrapper.wrap(app)(SCOPE, None, None)

    assert scopes == [SCOPE]
    assert scopes[0] is SCOPE


async def test_a_path_with_a_variable_is_recorded_as_its_route_alone(collector: OtlpServer) -> None:
    async with served(exported_to(collector.url)) as client:
        await client.get("/read/words")

    [span] = collector.spans
    assert span.name.startswith("GET /read/<")
    assert span.name == f"GET {span.attributes['http.route']}"
    assert "url.path" not in span.attributes


@pytest.mark.parametrize(
    ("method", "path", "name", "recorded", "status"),
    [("GET", "/chat/nowhere", "GET", "GET", 404), ("BREW", "/chat", "HTTP", "_OTHER", 405)],
)
async def test_a_caller_cannot_choose_the_name_of_an_unmatched_request(
    collector: OtlpServer, method: str, path: str, name: str, recorded: str, status: int
) -> None:
    async with served(exported_to(collector.url)) as client:
        reply = await client.request(method, path)

    [span] = collector.spans
    assert span.name == name
    assert span.attributes == {
        "glossator.request_id": reply.headers["x-request-id"],
        "http.request.method": recorded,
        "http.response.status_code": status,
        "network.protocol.version": "1.1",
        "url.scheme": "http",
    }


async def test_a_scanner_records_nothing(collector: OtlpServer) -> None:
    async with served(exported_to(collector.url)) as client:
        reply = await client.get("/wp-login.php")

    assert (reply.status_code, collector.spans) == (404, [])


async def test_an_unexpected_error_marks_its_span_without_its_message(collector: OtlpServer) -> None:
    parts = Parts()
    parts.index.live_number = 99

    async with served(exported_to(collector.url), parts) as client:
        reply = await client.post("/chat", json=QUERY)

    assert reply.status_code == 500
    [span] = collector.spans
    assert (span.status, span.attributes["error.type"]) == ("STATUS_CODE_ERROR", "500")
    assert b"KeyError" not in collector.received


async def test_an_error_that_leaves_the_app_is_recorded_by_class_and_raised_again(collector: OtlpServer) -> None:
    async def broken(scope: object, receive: object, send: object) -> None:
        raise RuntimeError("private")

    async with tracing_services(exported_to(collector.url)) as services:
        [wrapper] = services.wrappers
        with pytest.raises(RuntimeError, match="private"):
            await wrapper.wrap(broken)(SCOPE, None, None)

    [span] = collector.spans
    assert (span.status, span.attributes["error.type"]) == ("STATUS_CODE_ERROR", "RuntimeError")
    assert b"private" not in collector.received


async def test_health_is_not_traced(collector: OtlpServer) -> None:
    async with served(exported_to(collector.url)) as client:
        statuses = [(await client.get(path)).status_code for path in ("/health", "/health/ready", "/health/circuits")]

    assert 200 in statuses
    assert collector.deliveries == []


async def test_a_span_joins_the_trace_of_its_caller(collector: OtlpServer) -> None:
    async with served(exported_to(collector.url)) as client:
        await client.post("/chat", json=QUERY, headers={"traceparent": f"00-{TRACE}-{CALLER}-01"})

    [span] = collector.spans
    assert (span.trace_id, span.parent_id) == (TRACE, CALLER)


async def test_a_request_of_an_untraced_caller_is_not_traced(collector: OtlpServer) -> None:
    async with served(exported_to(collector.url)) as client:
        await client.post("/chat", json=QUERY, headers={"traceparent": f"00-{TRACE}-{CALLER}-00"})

    assert collector.spans == []


@pytest.mark.parametrize(
    "header",
    ["", "no trace", f"00-{'0' * 32}-{CALLER}-01", "ÿ" * 55, "ÿ\\", "0" * 6000],
    ids=["empty", "words", "zeros", "latin", "backslash", "long"],
)
async def test_an_invalid_trace_id_begins_a_new_trace(collector: OtlpServer, header: str) -> None:
    async with served(exported_to(collector.url)) as client:
        await client.post("/chat", json=QUERY, headers=[(b"traceparent", header.encode("latin-1"))])

    [span] = collector.spans
    assert (span.parent_id, span.trace_id == TRACE) == ("", False)


@pytest.mark.parametrize(
    ("name", "ratio", "spans"),
    [
        ("always_on", 0.0, 1),
        ("always_off", 1.0, 0),
        ("parentbased_always_off", 1.0, 0),
        ("traceidratio", 0.0, 0),
        ("parentbased_traceidratio", 1.0, 1),
    ],
)
async def test_the_sampler_decides_which_requests_are_traced(
    collector: OtlpServer, name: str, ratio: float, spans: int
) -> None:
    async with served(exported_to(collector.url) | {names.SAMPLER: name, names.SAMPLER_RATIO: ratio}) as client:
        await client.post("/chat", json=QUERY)

    assert len(collector.spans) == spans
