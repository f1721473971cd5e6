"""Distribution-based score fusion: one order out of the dense list and the keyword list."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Final

MIDDLE: Final = 0.5
"""What a score is worth in a list that has no spread to measure it by."""


@dataclass(frozen=True)
class Weights:
    """How much each side says; only their ratio counts."""

    dense: float = 1.0
    keyword: float = 1.0


@dataclass(frozen=True)
class Ranked:
    """A point's place in the fused order; `score` is 0 to 1, `cosine` None and `keyword` 0 where a list lacks it."""

    id: str
    score: float
    cosine: float | None
    keyword: float


EQUAL: Final = Weights()


def fuse(
    dense: Mapping[str, float] | None, keyword: Mapping[str, float] | None, weights: Weights = EQUAL
) -> list[Ranked]:
    """Points by id with their scores in each list, best first; None stands for a list that was not asked for.

    Equal scores are ordered by id, so that every engine gives the same order.
    """
    sides = [
        (side, weight) for side, weight in ((dense, weights.dense), (keyword, weights.keyword)) if side is not None
    ]
    total = sum(weight for _, weight in sides) or 1.0
    scores: dict[str, float] = {}
    for side, weight in sides:
        for point, score in normalised(side).items():
            scores[point] = scores.get(point, 0.0) + score * weight / total
    best_first = sorted(scores, key=lambda point: (-scores[point], point))
    return [_ranked(point, scores[point], dense or {}, keyword or {}) for point in best_first]


def normalised(scores: Mapping[str, float]) -> dict[str, float]:
    """Mean minus three deviations becomes 0, mean plus three 1, as in Qdrant's DBSF; an outlier lies beyond."""
    if not scores:
        return {}
    mean = sum(scores.values()) / len(scores)
    squares = sum((score - mean) ** 2 for score in scores.values())
    deviation = sqrt(squares / (len(scores) - 1)) if len(scores) > 1 else 0.0
    if deviation <= 1e-9 * abs(mean):
        return dict.fromkeys(scores, MIDDLE)
    return {point: (score - mean) / (6 * deviation) + 0.5 for point, score in scores.items()}


def _ranked(point: str, score: float, dense: Mapping[str, float], keyword: Mapping[str, float]) -> Ranked:
    return Ranked(point, min(1.0, max(0.0, score)), dense.get(point), keyword.get(point, 0.0))
