"""What the process measures of itself. A plugin keeps the figures; without one, nothing is measured."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

Labels = Mapping[str, str]
"""Every value is from a set that no client can widen: a route's rule, never a path."""
Record = Callable[[float, Labels], None]
Read = Callable[[], Iterable[tuple[float, Labels]]]
"""Returns the present values. It may run in any thread, so it only reads."""


@dataclass(frozen=True)
class Metric:
    """`name` has dots, as OpenTelemetry's own; `unit` is one of UCUM, such as `s`. `buckets` are for a histogram."""

    name: str
    description: str
    unit: str = ""
    buckets: tuple[float, ...] = ()


class Meter(Protocol):
    def counter(self, metric: Metric) -> Record:
        """Return a function that adds to it."""
        ...

    def histogram(self, metric: Metric) -> Record:
        """Return a function that records one value."""
        ...

    def observe(self, metric: Metric, read: Read) -> None:
        """Read a value that goes up and down, whenever the figures are asked for."""
        ...

    def observe_total(self, metric: Metric, read: Read) -> None:
        """As `observe`, for a value that only grows."""
        ...

    def text(self) -> str:
        """All figures in the Prometheus text format. Takes milliseconds: run it in a thread."""
        ...


class Telemetry(Protocol):
    """What a plugin provides."""

    async def open_meter(self, *, scraped: bool) -> Meter | None:
        """None if the figures are not read. `scraped`: the text is asked for."""
        ...
