"""The figures of an evaluation with bootstrap intervals, over all questions and by kind and language."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from glossator.domain.answering.evaluation.measures import FIRST, RANKS, Measured

SAMPLES: Final = 2000
SEED: Final = 20240613
LEVEL: Final = 0.95
STEPS: Final = 10


@dataclass(frozen=True)
class Figure:
    """A value and the interval that holds it in 95 % of bootstrap samples; `questions` is what it is computed from."""

    name: str
    value: float
    low: float
    high: float
    questions: int


Ratio = Callable[[Measured], tuple[float, float] | None]
"""What a question adds to the numerator and the denominator; None when the figure does not apply to it."""


def _recall(limit: int) -> Ratio:
    return lambda one: (one.rank is not None and one.rank <= limit, 1) if one.question.is_answerable else None


def _reciprocal(one: Measured) -> tuple[float, float] | None:
    if not one.question.is_answerable:
        return None
    return (1 / one.rank if one.rank is not None and one.rank <= RANKS else 0.0), 1


def _share(read: Callable[[Measured], float | None]) -> Ratio:
    def ratio(one: Measured) -> tuple[float, float] | None:
        value = read(one)
        return None if value is None else (value, 1)

    return ratio


RATIOS: Final[dict[str, Ratio]] = {
    "recall_at_1": _recall(1),
    "recall_at_5": _recall(FIRST),
    "recall_at_10": _recall(RANKS),
    "mrr_at_10": _reciprocal,
    "characters_of_first_5": lambda one: (one.characters, 1) if one.question.is_answerable else None,
    "citation_recall": _share(lambda one: one.citation_recall),
    "citation_precision": _share(lambda one: one.citation_precision),
    "gold_citation_recall": _share(lambda one: one.gold_recall),
    "gold_citation_precision": _share(lambda one: one.gold_precision),
    "answered": lambda one: (not one.declined, 1) if one.question.is_answerable else None,
    "decline_recall": lambda one: None if one.question.is_answerable else (one.declined, 1),
    "decline_precision": lambda one: (not one.question.is_answerable, 1) if one.declined else None,
}


@dataclass(frozen=True)
class CurvePoint:
    """When only the most confident `coverage` of the questions are answered, `accuracy` of the answers are right."""

    coverage: float
    accuracy: float
    confidence: float


def figures_of(results: Sequence[Measured]) -> list[Figure]:
    """Without those that apply to no question."""
    found = (_figure(name, ratio, results) for name, ratio in RATIOS.items())
    return [figure for figure in found if figure is not None]


def grouped(results: Iterable[Measured], by: Callable[[Measured], str]) -> dict[str, list[Measured]]:
    groups: dict[str, list[Measured]] = {}
    for one in results:
        groups.setdefault(by(one), []).append(one)
    return groups


def curve_of(results: Sequence[Measured]) -> list[CurvePoint]:
    """Accuracy of answering the most confident 10 %, 20 % and so on: right when the first five passages answer."""
    ranked = sorted(results, key=lambda one: -one.confidence)
    right = [one.rank is not None and one.rank <= FIRST for one in ranked]
    points = []
    for step in range(1, STEPS + 1):
        count = max(1, round(len(ranked) * step / STEPS)) if ranked else 0
        if count:
            points.append(CurvePoint(count / len(ranked), sum(right[:count]) / count, ranked[count - 1].confidence))
    return points


def _figure(name: str, ratio: Ratio, results: Sequence[Measured]) -> Figure | None:
    pairs = [pair for pair in map(ratio, results) if pair is not None]
    if not pairs:
        return None
    above, below = np.array(pairs, dtype=np.float64).T
    low, high = _interval(above, below)
    return Figure(name, float(above.sum() / below.sum()), low, high, len(pairs))


def _interval(above: "np.typing.NDArray[np.float64]", below: "np.typing.NDArray[np.float64]") -> tuple[float, float]:
    """Percentile bootstrap (Efron 1979) with a fixed seed, so that two runs on the same answers agree."""
    picks = np.random.default_rng(SEED).integers(len(above), size=(SAMPLES, len(above)))
    values = above[picks].sum(axis=1) / below[picks].sum(axis=1)
    low, high = np.quantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)
