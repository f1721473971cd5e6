"""The tracing plugin around the real app behind its real server, with a collector that speaks the protocol."""

import asyncio
import json
import logging
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import pytest

from glossator.kernel.asgi import AppWrapper
from glossator.kernel.errors import ServiceFault
from glossator.kernel.plugin import ServicePlugin
from glossator.kernel.secret import Secret
from glossator.kernel.services import Services
from glossator_plugins import tracing_settings as names
from glossator_plugins.tracing import TracingPlugin
from tests.domain.answering.models import ScriptedModel
from tests.operators import Operator
from tests.plugins.traced_apps import registered, served, settings, tracing_services
from tests.servers.otlp_server import OtlpServer, otlp_server
from tests.web.apps import Parts

QUESTION: Final = "What does the inverted index map a word to?"
QUERY: Final = {"query": QUESTION}
TRACE: Final = "0af7651916cd43dd8448eb211c80319c"
CALLER: Final = "b7ad6b7169203331"
WORDS: Final = 20
SCOPE: Final[dict[str, Any]] = {
    "type": "http", "method": "GET", "path": "/", "scheme": "http", "http_version": "2", "headers": []
}  # fmt: skip


@pytest.fixture
async def collector() -> AsyncIterator[OtlpServer]:
    async with otlp_server() as running:
        yield running


@pytest.fixture
def closed_port(unused_tcp_port: int) -> str:
    return f"http://127.0.0.1:{unused_tcp_port}"


def exported_by(collector: OtlpServer) -> dict[Any, object]:
    return {names.ENDPOINT: collector.url}


def test_it_keeps_the_contract_of_a_plugin() -> None:
    plugin = TracingPlugin()

    assert isinstance(plugin, ServicePlugin)
    assert (plugin.name, plugin.provides, plugin.requires) == ("tracing", (), ())


def test_tracing_off_loads_nothing_of_opentelemetry() -> None:
    code = """
import asyncio, sys
from tests.plugins.traced_apps import tracing_services

async def start():
    async with tracing_services({}):
        return [name for name in sys.modules if name.partition(".")[0] == "opentelemetry"]

sys.exit(bool(asyncio.run(start())))
"""
    root = Path(__file__).parents[2]

    assert subprocess.run([sys.executable, "-c", code], check=False, cwd=root).returncode == 0


async def test_tracing_off_wraps_nothing() -> None:
    async with tracing_services({}) as services:
        app = registered(services)

    assert services.wrappers == []
    assert "asgi_app" not in vars(app)


async def test_a_request_is_one_span_with_the_names_of_the_stable_conventions(collector: OtlpServer) -> None:
    async with served(exported_by(collector)) as client:
        reply = await client.post("/chat", json=QUERY)

    assert reply.status_code == 200
    [span] = collector.spans
    assert (span.name, span.kind, span.status) == ("POST /chat", "SPAN_KIND_SERVER", "STATUS_CODE_UNSET")
    assert span.attributes == {
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

    async with served(exported_by(collector), parts) as client:
        reply = await client.post("/chat/stream", json=QUERY)

    assert reply.text.count("event: ") >= WORDS
    [span] = collector.spans
    assert (span.name, span.attributes["http.response.status_code"]) == ("POST /chat/stream", 200)


async def test_the_span_of_a_stream_that_its_reader_leaves_ends_then(collector: OtlpServer) -> None:
    parts = Parts(model=ScriptedModel(fail_after=3, hangs=True))

    async with served(exported_by(collector), parts) as client:
        async with client.stream("POST", "/chat/stream", json=QUERY) as reply:
            lines = reply.aiter_lines()
            await anext(lines)
            await asyncio.sleep(0.3)
        while not parts.model.closed:
            await asyncio.sleep(0.01)

    [span] = collector.spans
    assert span.seconds >= 0.3
    assert (span.name, span.status) == ("POST /chat/stream", "STATUS_CODE_UNSET")


async def test_nothing_that_a_reader_gave_leaves_with_a_span(collector: OtlpServer) -> None:
    headers = {
        "Authorization": "Bearer reader-token",
        "Cookie": "session=reader-cookie",
        "User-Agent": "reader-agent",
        "X-Forwarded-For": "203.0.113.7",
        "tracestate": "reader=state",
        "traceparent": f"00-{TRACE}-{CALLER}-01",
    }

    async with served(exported_by(collector)) as client:
        await client.post("/chat?secret=in-query", json={"query": "inverted private-question"}, headers=headers)
        await client.post("/chat/stream", json={"query": "inverted private-question"}, headers=headers)
        await client.get("/read/private-path", headers=headers)
        await client.get("/nowhere/private-path", headers=headers)

    assert len(collector.spans) == 4
    given = [b"reader-", b"private-", b"in-query", b"203.0.113.7", b"reader=", b"127.0.0.1", b"inverted"]
    assert [text for text in given if text in collector.received] == []


async def test_a_path_is_told_by_its_rule(collector: OtlpServer) -> None:
    async with served(exported_by(collector)) as client:
        await client.get("/read/words")

    [span] = collector.spans
    assert span.name.startswith("GET /read/<")
    assert span.name == f"GET {span.attributes['http.route']}"
    assert span.attributes["url.path"] == span.attributes["http.route"]


@pytest.mark.parametrize(
    ("method", "path", "name", "shown", "status"),
    [("GET", "/nowhere/7", "GET", "GET", 404), ("BREW", "/chat", "HTTP", "_OTHER", 405)],
)
async def test_what_matches_no_route_has_a_name_that_a_caller_cannot_choose(
    collector: OtlpServer, method: str, path: str, name: str, shown: str, status: int
) -> None:
    async with served(exported_by(collector)) as client:
        await client.request(method, path)

    [span] = collector.spans
    assert span.name == name
    assert span.attributes == {
        "http.request.method": shown,
        "http.response.status_code": status,
        "network.protocol.version": "1.1",
        "url.scheme": "http",
    }


async def test_an_unexpected_error_marks_its_span_and_tells_nothing_of_itself(collector: OtlpServer) -> None:
    parts = Parts()
    parts.index.live_number = 99

    async with served(exported_by(collector), parts) as client:
        reply = await client.post("/chat", json=QUERY)

    assert reply.status_code == 500
    [span] = collector.spans
    assert (span.status, span.attributes["error.type"]) == ("STATUS_CODE_ERROR", "500")
    assert b"KeyError" not in collector.received


async def test_an_error_that_leaves_the_app_is_named_by_its_class_and_raised_on(collector: OtlpServer) -> None:
    async def broken(scope: object, receive: object, send: object) -> None:
        raise RuntimeError("private")

    async with tracing_services(exported_by(collector)) as services:
        [wrapper] = services.wrappers
        with pytest.raises(RuntimeError, match="private"):
            await wrapper.wrap(broken)(SCOPE, None, None)

    [span] = collector.spans
    assert (span.status, span.attributes["error.type"]) == ("STATUS_CODE_ERROR", "RuntimeError")
    assert b"private" not in collector.received


async def test_health_is_not_traced(collector: OtlpServer) -> None:
    async with served(exported_by(collector)) as client:
        statuses = [(await client.get(path)).status_code for path in ("/health", "/health/ready", "/health/circuits")]

    assert 200 in statuses
    assert collector.deliveries == []


async def test_a_span_joins_the_trace_of_its_caller(collector: OtlpServer) -> None:
    async with served(exported_by(collector)) as client:
        await client.post("/chat", json=QUERY, headers={"traceparent": f"00-{TRACE}-{CALLER}-01"})

    [span] = collector.spans
    assert (span.trace_id, span.parent_id) == (TRACE, CALLER)


async def test_a_caller_who_does_not_trace_is_followed(collector: OtlpServer) -> None:
    async with served(exported_by(collector)) as client:
        await client.post("/chat", json=QUERY, headers={"traceparent": f"00-{TRACE}-{CALLER}-00"})

    assert collector.spans == []


@pytest.mark.parametrize(
    "header",
    ["", "no trace", f"00-{'0' * 32}-{CALLER}-01", "ÿ" * 55, "0" * 6000],
    ids=["empty", "words", "zeros", "latin", "long"],
)
async def test_a_trace_id_that_is_none_begins_a_new_trace(collector: OtlpServer, header: str) -> None:
    async with served(exported_by(collector)) as client:
        await client.post("/chat", json=QUERY, headers=[(b"traceparent", header.encode("latin-1"))])

    [span] = collector.spans
    assert (span.parent_id, span.trace_id == TRACE) == ("", False)


@pytest.mark.parametrize(
    ("word", "share", "spans"),
    [
        ("always_on", 0.0, 1),
        ("always_off", 1.0, 0),
        ("parentbased_always_off", 1.0, 0),
        ("traceidratio", 0.0, 0),
        ("parentbased_traceidratio", 1.0, 1),
    ],
)
async def test_the_sampler_decides_which_requests_are_traced(
    collector: OtlpServer, word: str, share: float, spans: int
) -> None:
    async with served(exported_by(collector) | {names.SAMPLER: word, names.SAMPLER_SHARE: share}) as client:
        await client.post("/chat", json=QUERY)

    assert len(collector.spans) == spans


async def test_the_collector_sees_the_headers_and_the_name_that_the_operator_gave(
    collector: OtlpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=staging")
    headers = Secret("x-api-key=collector key, authorization=Basic%20abc=")

    async with served(exported_by(collector) | {names.HEADERS: headers, names.SERVICE_NAME: "book"}) as client:
        await client.post("/chat", json=QUERY)

    [delivery] = collector.deliveries
    assert delivery.path == "/v1/traces"
    assert delivery.headers["content-type"] == "application/x-protobuf"
    assert (delivery.headers["x-api-key"], delivery.headers["authorization"]) == ("collector key", "Basic abc=")
    [span] = collector.spans
    assert (span.resource["service.name"], span.resource["deployment.environment.name"]) == ("book", "staging")


async def test_the_console_gets_one_line_of_json_for_each_span(capsys: pytest.CaptureFixture[str]) -> None:
    async with served({names.CONSOLE: True}) as client:
        await client.post("/chat", json=QUERY)
        await client.post("/chat/stream", json=QUERY)

    spans = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [span["name"] for span in spans] == ["POST /chat", "POST /chat/stream"]
    assert QUESTION not in str(spans)


async def test_the_console_gets_its_last_spans_when_the_collector_is_dead(
    capsys: pytest.CaptureFixture[str], closed_port: str
) -> None:
    async with served({names.CONSOLE: True, names.ENDPOINT: closed_port}) as client:
        await client.post("/chat", json=QUERY)

    assert json.loads(capsys.readouterr().out)["name"] == "POST /chat"


@pytest.mark.parametrize("hangs", [True, False], ids=["hanging", "closed"])
async def test_a_dead_collector_delays_neither_start_nor_request_nor_stop(
    closed_port: str, hangs: bool, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "20")
    took: dict[str, float] = {}

    async with otlp_server(hangs=True) as silent:
        began = time.monotonic()
        async with served({names.ENDPOINT: silent.url if hangs else closed_port}) as client:
            took["start"] = time.monotonic() - began
            for number in range(5):
                began = time.monotonic()
                await client.post("/chat", json=QUERY)
                took[f"request {number}"] = time.monotonic() - began
                await asyncio.sleep(0.05)
            began = time.monotonic()
        took["stop"] = time.monotonic() - began

    assert took.pop("stop") < 2.0
    assert took.pop("start") < 5.0  # the import, when this test is the first
    assert max(took.values()) < 0.5, took
    told = [record.getMessage() for record in caplog.records if "lost" in record.getMessage()]
    assert any("within 1 s" in line for line in told)
    assert "did not stop cleanly" not in caplog.text


@pytest.mark.parametrize("status", [400, 401, 503])
async def test_a_collector_that_refuses_is_told_of_once_and_never_in_its_own_words(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "20")
    given = {names.HEADERS: Secret("x-api-key=collector-key"), names.TIMEOUT: 0.1}

    with caplog.at_level(logging.DEBUG):
        async with otlp_server(status=status) as refusing, served(exported_by(refusing) | given) as client:
            for _ in range(5):
                await client.post("/chat", json=QUERY)
                await asyncio.sleep(0.1)

    assert len(refusing.deliveries) >= 3
    told = [record for record in caplog.records if "could not be delivered" in record.getMessage()]
    assert [record.levelno for record in told] == [logging.WARNING]
    assert [record.name for record in caplog.records if record.name.startswith("opentelemetry")] == []
    assert "collector-key" not in caplog.text
    assert "I was told" not in caplog.text


async def traced_once(wrapper: AppWrapper, collector: OtlpServer) -> None:
    """One request, and its span has been answered by the collector."""

    async def nothing(scope: object, receive: object, send: object) -> None:
        pass

    delivered = len(collector.deliveries)
    await wrapper.wrap(nothing)(SCOPE, None, None)
    while len(collector.deliveries) == delivered:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.1)


async def test_check_says_how_the_last_delivery_went(collector: OtlpServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "20")
    collector.status = 400

    async with TracingPlugin().open(settings(exported_by(collector)), Services()) as tracing:
        await tracing.check()
        assert isinstance(tracing, AppWrapper)
        await traced_once(tracing, collector)
        with pytest.raises(ServiceFault, match="OTEL_EXPORTER_OTLP_ENDPOINT"):
            await tracing.check()
        collector.status = 200
        await traced_once(tracing, collector)
        await tracing.check()


@pytest.mark.parametrize(
    ("name", "text", "fault"),
    [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4317", "must begin with https:// or http://"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://me:word@collector", "must not hold a user name or password"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc", "must be http/protobuf: grpc and http/json are not supported"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "hidden", "must be name=value"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "a=b, =hidden", "must be name=value"),
        ("OTEL_TRACES_SAMPLER", "sometimes", "must be one of: parentbased_always_on"),
        ("OTEL_TRACES_SAMPLER_ARG", "2", "must be a decimal number from 0 to 1"),
        ("OTEL_CONSOLE_EXPORT", "perhaps", "must be one of: true"),
    ],
)
def test_a_wrong_setting_is_a_fault_that_says_what_is_right(
    operator: Operator, name: str, text: str, fault: str
) -> None:
    operator.with_house_file()
    operator.gives({"GLOSSATOR_ENV": "embedded", name: text})

    [line] = operator.faults(*names.SETTINGS)

    assert line.startswith(f"{name}: ")
    assert fault in line
    assert "hidden" not in line
    assert "word@" not in line
