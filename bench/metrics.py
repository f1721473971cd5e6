"""`/metrics` with all its series: every route with three statuses, and what a server observes besides."""

import time
from collections.abc import AsyncIterator
from typing import Final

from opentelemetry.sdk.resources import Resource

from bench.figures import Figure
from glossator.kernel.metrics import Metric
from glossator.web.metrics import REQUESTS
from glossator_plugins.tracing.metrics import OtelMeter
from tests.web.all_routes.route_table import TABLE

STATUSES: Final = ("200", "404", "429")
OBSERVED: Final = 150
"""Series besides those of the requests, of a server with every plugin."""
ROUNDS: Final = 20
RECORDS: Final = 20_000


async def figures() -> AsyncIterator[Figure]:
    meter = OtelMeter(Resource.create({}), [])
    record = meter.histogram(REQUESTS)
    labels = [
        {"http.request.method": route.method, "http.route": route.rule, "http.response.status_code": status}
        for route in TABLE
        for status in STATUSES
    ]
    meter.observe(Metric("glossator.queue.waiting", ""), lambda: [(1, {"queue": str(n)}) for n in range(OBSERVED)])
    began = time.process_time()
    for number in range(RECORDS):
        record(0.1, labels[number % len(labels)])
    yield Figure("One request measured, CPU", ((time.process_time() - began) / RECORDS * 1e6,), "us")
    yield Figure(f"/metrics with {len(meter.text().splitlines())} lines, CPU", _times(meter), "ms", 20)


def _times(meter: OtelMeter) -> tuple[float, ...]:
    times = []
    for _ in range(ROUNDS):
        began = time.process_time()
        meter.text()
        times.append((time.process_time() - began) * 1000)
    return tuple(times)
