"""Export of spans: to a collector that accepts, rejects or never answers them, to the console; and the settings."""

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator
from typing import Any, Final

import pytest

from glossator.kernel.errors import ServiceError
from glossator.kernel.metrics import Metric, Telemetry
from glossator.kernel.registry import timeout_settings
from glossator.kernel.services import AppWrapper, Services
from glossator.kernel.settings.secret import Secret
from glossator.kernel.settings.setting import Setting
from glossator_plugins.tracing import settings as names
from glossator_plugins.tracing.plugin import TracingPlugin
from glossator_plugins.tracing.targets import metrics_target, require_packages, traces_target
from tests.operators import Operator
from tests.plugins.tracing.apps import QUERY, QUESTION, SCOPE, Values, exported_to, served, settings, tracing_services
from tests.servers.otlp_server import OtlpServer, grpc_otlp_server, otlp_server

STOP_TIMEOUT: Final = timeout_settings("tracing").stop
BLOCKED_SECONDS: Final = 60.0
"""What waits for a dead collector waits longer: until the timeout, which is 100 s in that test."""


@pytest.fixture
async def collector() -> AsyncIterator[OtlpServer]:
    async with otlp_server() as running:
        yield running


@pytest.fixture
def closed_port(unused_tcp_port: int) -> str:
    return f"http://127.0.0.1:{unused_tcp_port}"


async def test_the_collector_receives_the_configured_headers_and_service_name(
    collector: OtlpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=staging")
    headers = Secret("x-api-key=collector key, authorization=Basic%20abc=")

    async with served(exported_to(collector.url) | {names.HEADERS: headers, names.SERVICE_NAME: "book"}) as client:
        await client.post("/chat", json=QUERY)

    [delivery] = collector.deliveries
    assert delivery.path == "/v1/traces"
    assert delivery.headers["content-type"] == "application/x-protobuf"
    assert (delivery.headers["x-api-key"], delivery.headers["authorization"]) == ("collector key", "Basic abc=")
    [span] = collector.spans
    assert (span.resource["service.name"], span.resource["deployment.environment.name"]) == ("book", "staging")


async def test_traces_may_have_an_address_of_their_own(collector: OtlpServer, closed_port: str) -> None:
    own: dict[Setting[Any], object] = {names.ENDPOINT: closed_port, names.TRACES_ENDPOINT: f"{collector.url}/own/path"}
    own |= {names.HEADERS: Secret("x-api-key=shared"), names.TRACES_HEADERS: Secret("x-api-key=own")}

    async with served(own) as client:
        await client.post("/chat", json=QUERY)

    assert [(delivery.path, delivery.headers["x-api-key"]) for delivery in collector.deliveries] == [
        ("/own/path", "own")
    ]


TRACES_AT: Final = "http://traces:9/x"


@pytest.mark.parametrize(
    ("values", "url", "protocol", "console"),
    [
        ({}, None, "", False),
        ({names.ENDPOINT: "http://collector"}, "http://collector/v1/traces", "http/protobuf", False),
        ({names.ENDPOINT: "http://collector:4317"}, "http://collector:4317", "grpc", False),
        (
            {names.ENDPOINT: "http://collector:4317", names.PROTOCOL: "http/protobuf"},
            "http://collector:4317/v1/traces", "http/protobuf", False,
        ),
        ({names.ENDPOINT: "https://collector", names.PROTOCOL: "grpc"}, "https://collector", "grpc", False),
        ({names.ENDPOINT: "http://c:4317", names.TRACES_ENDPOINT: TRACES_AT}, TRACES_AT, "http/protobuf", False),
        ({names.TRACES_ENDPOINT: TRACES_AT, names.TRACES_PROTOCOL: "grpc"}, TRACES_AT, "grpc", False),
        ({names.TRACES_EXPORTER: "otlp"}, "http://localhost:4318/v1/traces", "http/protobuf", False),
        ({names.TRACES_EXPORTER: "otlp", names.PROTOCOL: "grpc"}, "http://localhost:4317", "grpc", False),
        ({names.TRACES_EXPORTER: "none", names.ENDPOINT: "http://collector"}, None, "", False),
        ({names.TRACES_EXPORTER: "console", names.ENDPOINT: "http://collector"}, None, "", True),
    ],
)  # fmt: skip
def test_the_variables_decide_where_traces_go_and_how(
    values: Values, url: str | None, protocol: str, console: bool
) -> None:
    chosen = settings(values)

    target = traces_target(chosen)
    assert (target.url if target else None, target.protocol if target else "") == (url, protocol)
    assert names.writes_to_console(chosen) is console


@pytest.mark.parametrize(
    ("values", "url"),
    [
        ({names.ENDPOINT: "http://collector"}, "http://collector/v1/metrics"),
        ({names.METRICS_ENDPOINT: "http://metrics/x"}, "http://metrics/x"),
        ({names.TRACES_ENDPOINT: TRACES_AT}, None),
        ({names.METRICS_EXPORTER: "otlp"}, "http://localhost:4318/v1/metrics"),
        ({names.METRICS_EXPORTER: "none", names.METRICS_ENDPOINT: "http://metrics/x"}, None),
    ],
)
def test_metrics_have_variables_of_their_own(values: Values, url: str | None) -> None:
    target = metrics_target(settings(values))

    assert (target.url if target else None) == url


def test_grpc_without_its_package_is_an_error_that_names_the_extra() -> None:
    over_grpc = traces_target(settings({names.ENDPOINT: "http://collector:4317"}))

    with pytest.raises(ServiceError, match=r"needs the extra grpc - install glossator\[grpc\]"):
        require_packages(over_grpc, None, find=lambda _: None)
    require_packages(over_grpc)


async def test_spans_and_metrics_arrive_over_grpc_with_the_headers(caplog: pytest.LogCaptureFixture) -> None:
    async with grpc_otlp_server() as collector:
        over_grpc: Values = {names.PROTOCOL: "grpc", names.HEADERS: Secret("X-Api-Key=collector key")}
        with caplog.at_level(logging.INFO):
            async with tracing_services(exported_to(collector.url) | dict(over_grpc)) as services:
                meter = await services.get(Telemetry).open_meter(scraped=False)
                assert meter is not None
                meter.counter(Metric("glossator.test", "A count."))(1, {})
                with services.spans.step("ingest"):
                    pass

    assert f"telemetry_exported: traces to {collector.url} by grpc" in caplog.messages
    assert [span.name for span in collector.spans] == ["ingest"]
    assert {delivery.path for delivery in collector.deliveries} == {"/v1/traces", "/v1/metrics"}
    assert next(one for one in collector.deliveries if one.path == "/v1/traces").headers["x-api-key"] == "collector key"
    assert b"glossator.test" in collector.received


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


@pytest.mark.parametrize(
    ("hangs", "protocol"),
    [(True, "http/protobuf"), (False, "http/protobuf"), (False, "grpc")],
    ids=["hanging", "closed", "grpc"],
)
async def test_a_dead_collector_delays_neither_start_nor_request_nor_stop(
    closed_port: str, hangs: bool, protocol: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "20")
    seconds: dict[str, float] = {}

    async with otlp_server(hangs=True) as silent:
        began = time.monotonic()
        collector = {names.ENDPOINT: silent.url if hangs else closed_port, names.PROTOCOL: protocol}
        async with served({**collector, names.TIMEOUT: 100.0, STOP_TIMEOUT: 100.0}) as client:
            seconds["start"] = time.monotonic() - began
            for number in range(5):
                began = time.monotonic()
                await client.post("/chat", json=QUERY)
                seconds[f"request {number}"] = time.monotonic() - began
                await asyncio.sleep(0.05)
            began = time.monotonic()
        seconds["stop"] = time.monotonic() - began

    assert max(seconds.values()) < BLOCKED_SECONDS, seconds
    warnings = [record.getMessage() for record in caplog.records if "lost" in record.getMessage()]
    assert any("within 1 s" in line for line in warnings)
    assert "did not stop cleanly" not in caplog.text


@pytest.mark.parametrize("status", [400, 401, 503])
async def test_a_rejecting_collector_is_logged_once_and_never_quoted(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "20")
    values: Values = {names.HEADERS: Secret("x-api-key=collector-key"), names.TIMEOUT: 0.1}

    with caplog.at_level(logging.DEBUG):
        async with otlp_server(status=status) as rejecting, served(exported_to(rejecting.url) | dict(values)) as client:
            for number in range(5):
                await client.post("/chat", json=QUERY)
                while len(rejecting.deliveries) <= number:
                    await asyncio.sleep(0.01)

    assert len(rejecting.deliveries) >= 3
    warnings = [record for record in caplog.records if "could not be delivered" in record.getMessage()]
    assert [record.levelno for record in warnings] == [logging.WARNING]
    assert [record.name for record in caplog.records if record.name.startswith("opentelemetry")] == []
    assert "collector-key" not in caplog.text
    assert "You sent" not in caplog.text


async def trace_once(wrapper: AppWrapper, collector: OtlpServer) -> None:
    """Sends one request and waits until the collector has answered its span."""

    async def nothing(scope: object, receive: object, send: object) -> None:
        pass

    delivered = len(collector.deliveries)
    await wrapper.wrap(nothing)(SCOPE, None, None)
    while len(collector.deliveries) == delivered:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.1)


async def test_check_reports_the_result_of_the_last_export(
    collector: OtlpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "20")
    collector.status = 400

    async with TracingPlugin().open(settings(exported_to(collector.url)), Services()) as tracing:
        await tracing.check()
        assert isinstance(tracing, AppWrapper)
        await trace_once(tracing, collector)
        with pytest.raises(ServiceError, match="OTEL_EXPORTER_OTLP_ENDPOINT"):
            await tracing.check()
        collector.status = 200
        await trace_once(tracing, collector)
        await tracing.check()


@pytest.mark.parametrize(
    ("name", "text", "error"),
    [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4317", "must begin with https:// or http://"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://me:word@collector", "must not contain a user name or password"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json", "must be one of: http/protobuf, grpc"),
        ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/json", "must be one of: http/protobuf, grpc"),
        ("OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "http/json", "must be one of: http/protobuf, grpc"),
        ("OTEL_EXPORTER_OTLP_METRICS_TIMEOUT", "10", "is not supported - set TRACING__TIMEOUT"),
        ("OTEL_METRICS_EXPORTER", "prometheus", "must be one of: otlp, none"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "10", "is not supported - set TRACING__TIMEOUT"),
        ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "10", "is not supported - set TRACING__TIMEOUT"),
        ("OTEL_TRACES_EXPORTER", "zipkin", "must be one of: otlp, console, none"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "hidden", "must be comma-separated name=value pairs"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "a=b, =hidden", "must be comma-separated name=value pairs"),
        ("OTEL_TRACES_SAMPLER", "sometimes", "must be one of: parentbased_always_on"),
        ("OTEL_TRACES_SAMPLER_ARG", "2", "must be a decimal number from 0 to 1"),
        ("OTEL_CONSOLE_EXPORT", "perhaps", "must be one of: true"),
    ],
)
def test_an_invalid_setting_is_reported_with_its_rule(operator: Operator, name: str, text: str, error: str) -> None:
    operator.use_bundled_file()
    operator.set_env({"GLOSSATOR_ENV": "embedded", name: text})

    [line] = operator.load_errors(*names.SETTINGS)

    assert line.startswith(f"{name}: ")
    assert error in line
    assert "hidden" not in line
    assert "word@" not in line
