"""A measured figure and its limit."""

import statistics
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

AIMS: Final = Path(__file__).with_name("budget.toml")


@dataclass(frozen=True)
class Figure:
    """`values` are repeated measurements in `unit`; `limit` is the upper bound for the median."""

    name: str
    values: tuple[float, ...]
    unit: str
    limit: float | None = None

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def verdict(self) -> str:
        if self.limit is None:
            return ""
        return "ok" if self.median < self.limit else "OVER"

    def row(self) -> str:
        spread = f"{min(self.values):.3g} .. {max(self.values):.3g}"
        limit = f"under {self.limit:g}" if self.limit is not None else ""
        return f"{self.name:<58} {self.median:>8.3g} {self.unit:<6} {spread:<18} {limit:<12} {self.verdict}"


def aim(part: str, name: str) -> float:
    """A limit from `budget.toml`."""
    return float(tomllib.loads(AIMS.read_text())[part][name])


def ratio(name: str, ours: Sequence[float], theirs: Sequence[float], limit: float | None = None) -> Figure:
    """Of measurements in pairs, A B A B, so that the load of the machine affects both."""
    return Figure(name, tuple(one / other for one, other in zip(ours, theirs, strict=True)), "times", limit)


def percentile(values: Sequence[float], quantile: float) -> float:
    """The smallest value that is not exceeded by the fraction `quantile` of all values."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(quantile * len(ordered)))]
