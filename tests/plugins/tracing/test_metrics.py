"""`/metrics` with the real meter, its export over OTLP, and the names in the dashboard and in the documentation."""

import json
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from quart import Quart

from glossator.kernel.metrics import Meter, Metric, Read, Record, Telemetry
from glossator.kernel.services import Services
from glossator.web.metrics import Metrics
from glossator.web.middleware import ended_request
from glossator.wiring.metrics import wire_metrics
from glossator_plugins.tracing import settings as names
from tests.plugins.tracing.apps import QUERY, exported_to, tracing_services
from tests.servers.otlp_server import otlp_server
from tests.web.apps import ADMIN_KEY, Parts
from tests.web.rewriting_apps import RewritingParts

ROOT: Final = Path(__file__).parents[3]
ADMIN: Final = {"Authorization": f"Bearer {ADMIN_KEY}"}
NAME: Final = re.compile(r"\b(?:glossator|http_server)_[a-z_]+")


class NamingMeter:
    """Collects the names that Prometheus shows, and how the totals are read."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self.families: set[str] = set()
        self.totals: dict[str, Read] = {}

    def _add(self, metric: Metric, *suffixes: str) -> None:
        name = metric.name.replace(".", "_") + ("_seconds" if metric.unit == "s" else "")
        self.families.add(name + (suffixes[0] if len(suffixes) == 1 else ""))
        self.names |= {name + suffix for suffix in suffixes}

    def counter(self, metric: Metric) -> Record:
        self._add(metric, "_total")
        return lambda value, labels: None

    def histogram(self, metric: Metric) -> Record:
        self._add(metric, "_bucket", "_sum", "_count")
        return lambda value, labels: None

    def observe(self, metric: Metric, read: Read) -> None:
        self._add(metric, "")

    def observe_total(self, metric: Metric, read: Read) -> None:
        self.totals[metric.name] = read
        self._add(metric, "_total")

    def text(self) -> str:
        return ""

    async def open_meter(self, *, scraped: bool) -> Meter | None:
        return self


@pytest.fixture
async def meter() -> NamingMeter:
    """Holds every metric that the server wires."""
    return await wired(RewritingParts().app())


@pytest.fixture
async def app() -> AsyncIterator[Quart]:
    app = Parts().app()
    async with tracing_services({}) as started:
        opened = await started.get(Telemetry).open_meter(scraped=True)
        assert opened is not None
        services_of(app).provide(Metrics, Metrics(opened))
        yield app


async def wired(app: Quart) -> NamingMeter:
    naming = NamingMeter()
    services_of(app).provide(Telemetry, naming)
    await wire_metrics(services_of(app))
    return naming


def services_of(app: Quart) -> Services:
    services: Services = app.extensions["glossator"]
    return services


async def scraped(app: Quart) -> str:
    reply = await app.test_client().get("/metrics", headers=ADMIN)
    assert (reply.status_code, reply.mimetype) == (200, "text/plain")
    return str(await reply.get_data(as_text=True))


def expressions(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from [value["expr"]] if "expr" in value else []
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from expressions(item)


async def count_one(collector: str, *, patience: float = 10.0) -> None:
    async with tracing_services({**exported_to(collector), names.FLUSH_TIMEOUT: patience}) as services:
        opened = await services.get(Telemetry).open_meter(scraped=False)
        assert opened is not None
        opened.counter(Metric("glossator.test", "A count."))(1, {})


async def test_the_metrics_are_not_found_without_the_key(app: Quart) -> None:
    replies = [await app.test_client().get("/metrics", headers=one) for one in ({}, {"Authorization": "Bearer x"})]

    assert [reply.status_code for reply in replies] == [404, 404]


async def test_the_metrics_are_not_found_when_nothing_is_measured() -> None:
    assert (await Parts().app().test_client().get("/metrics", headers=ADMIN)).status_code == 404


async def test_requests_count_by_route_and_status_and_answers_by_mode(app: Quart) -> None:
    client = app.test_client()
    await client.get("/config")
    await client.post("/chat", json=QUERY)
    await (await client.post("/chat/stream", json=QUERY)).get_data()

    lines = (await scraped(app)).splitlines()

    count = "http_server_request_duration_seconds_count"
    method, status = 'http_request_method="GET"', 'http_response_status_code="200"'
    assert f'{count}{{{method},{status},http_route="/config"}} 1.0' in lines
    assert 'glossator_answer_duration_seconds_count{mode="generated",reason=""} 2.0' in lines
    assert "glossator_answer_first_text_seconds_count 1.0" in lines
    assert "glossator_streams_open 0.0" in lines


async def test_ten_thousand_paths_and_ids_add_no_series(app: Quart) -> None:
    measured = services_of(app).get(Metrics)

    async def request(number: int, method: str) -> None:
        for path in (f"/nowhere/{number}", f"/api/chat/sessions/{number}"):
            async with app.test_request_context(path, method=method):
                measured.request_ended(ended_request(404, 0.1))

    for method in ("GET", "ODD"):
        await request(0, method)
    await scraped(app)
    before = len((await scraped(app)).splitlines())
    for number in range(5000):
        await request(number, "GET")
    for number in range(20):
        await request(number, f"ODD{number}")

    assert len((await scraped(app)).splitlines()) == before


async def test_the_last_metrics_reach_the_collector_when_the_process_stops() -> None:
    async with otlp_server() as collector:
        await count_one(collector.url)
        [delivery] = [one for one in collector.deliveries if one.path == "/v1/metrics"]

    assert b"glossator.test" in delivery.body


async def test_a_collector_that_never_answers_does_not_keep_the_process(caplog: pytest.LogCaptureFixture) -> None:
    async with otlp_server(hangs=True) as collector:
        await count_one(collector.url, patience=0.05)

    assert "the last metrics were not delivered within 0.05 s and are lost" in caplog.messages


async def test_no_meter_is_opened_when_the_figures_are_not_read() -> None:
    async with tracing_services({}) as services:
        assert await services.get(Telemetry).open_meter(scraped=False) is None


async def test_refused_requests_and_cached_texts_are_counted() -> None:
    app = RewritingParts().app()
    meter = await wired(app)
    for _ in range(12):
        await app.test_client().get("/metrics", headers={"Authorization": "Bearer wrong"})
    for _ in range(3):
        await app.test_client().post("/translate", json={"text": "The robot walks."})

    refused, lookups = (list(meter.totals[f"glossator.{name}"]()) for name in ("limits.reached", "rewriting.lookups"))

    assert refused == [(2, {"limit": "admin_key", "scope": "network"})]
    assert lookups == [(2, {"cache": "hit"}), (1, {"cache": "miss"})]


async def test_the_dashboard_names_only_metrics_that_exist(meter: NamingMeter) -> None:
    dashboard = json.loads((ROOT / "deploy/grafana.json").read_text())

    used = {name for expression in expressions(dashboard) for name in NAME.findall(expression)}

    assert used <= meter.names


async def test_the_documentation_lists_every_metric(meter: NamingMeter) -> None:
    section = (ROOT / "docs/deploy.md").read_text().partition("## Metrics\n")[2].partition("\n## ")[0]

    assert set(re.findall(r"^\| `(\w+)`", section, re.MULTILINE)) == meter.families
