"""Opens the meter, and says where the figures are that are read when somebody asks for them."""

from collections.abc import Iterator
from typing import Final

from glossator.kernel.metrics import Labels, Meter, Metric, Telemetry
from glossator.kernel.services import Services
from glossator.web.http.context import WebOptions
from glossator.web.metrics import Metrics

STATES: Final = ("closed", "half_open", "open")
BREAKER: Final = Metric("glossator.upstream.breaker", "1 for the present state of the circuit breaker.")
CALLS: Final = Metric("glossator.upstream.calls", "Calls with an outcome.")
RUNNING: Final = Metric("glossator.upstream.running", "Calls that run; for a database, connections in use.")
WAITING: Final = Metric("glossator.upstream.waiting", "Calls that wait for their turn.")
SLOTS: Final = Metric("glossator.upstream.slots", "Calls that may run at a time; for a database, its pool.")


async def wire_metrics(services: Services) -> None:
    """Loads the library only if somebody reads the figures."""
    if Telemetry not in services:
        return
    meter = await services.get(Telemetry).open_meter(scraped=services.get(WebOptions).admin_key is not None)
    if meter is not None:
        services.provide(Metrics, Metrics(meter))
        observe_upstreams(meter, services)


def observe_upstreams(meter: Meter, services: Services) -> None:
    def breakers() -> Iterator[tuple[float, Labels]]:
        for guard in services.guards():
            for state in STATES:
                yield float(guard.state == state), {"upstream": guard.name, "state": state}

    meter.observe(BREAKER, breakers)
    meter.observe_total(CALLS, lambda: [(one.outcomes, {"upstream": one.name}) for one in services.guards()])
    meter.observe(RUNNING, lambda: [(one.running, {"upstream": one.name}) for one in services.guards()])
    meter.observe(WAITING, lambda: [(one.waiting, {"upstream": one.name}) for one in services.guards()])
    meter.observe(SLOTS, lambda: [(one.slots, {"upstream": one.name}) for one in services.guards()])
