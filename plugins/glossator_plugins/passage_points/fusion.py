"""Distribution-based score fusion: one order from the lists of the vector spaces and the list of the words."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Final

from glossator.domain.book.index import Weights

Scores = Mapping[str, float]

MIDDLE: Final = 0.5
"""The score of each point of a list whose scores are all equal."""


@dataclass(frozen=True)
class Ranked:
    """A point in the fused order; `score` is 0 to 1, `cosines` and `keyword` are those of the lists that have it."""

    id: str
    score: float
    cosines: Mapping[str, float]
    keyword: float


def fuse(spaces: Mapping[str, Scores], words: Scores | None, weights: Weights) -> list[Ranked]:
    """Points by id with their scores in each list, best first; None means that the words were not searched.

    Equal scores are ordered by id, so that every engine gives the same order.
    """
    lists = [(scores, weights.vectors) for scores in spaces.values()]
    if words is not None:
        lists.append((words, weights.words))
    total = sum(weight for _, weight in lists) or 1.0
    fused: dict[str, float] = {}
    for scores, weight in lists:
        for point, score in normalised(scores).items():
            fused[point] = fused.get(point, 0.0) + score * weight / total
    return [
        Ranked(
            point,
            min(1.0, max(0.0, fused[point])),
            {name: scores[point] for name, scores in spaces.items() if point in scores},
            (words or {}).get(point, 0.0),
        )
        for point in sorted(fused, key=lambda point: (-fused[point], point))
    ]


def normalised(scores: Scores) -> dict[str, float]:
    """Mean minus three deviations becomes 0, mean plus three 1, as in Qdrant's DBSF; an outlier lies beyond."""
    if not scores:
        return {}
    mean = sum(scores.values()) / len(scores)
    squares = sum((score - mean) ** 2 for score in scores.values())
    deviation = sqrt(squares / (len(scores) - 1)) if len(scores) > 1 else 0.0
    if deviation <= 1e-9 * abs(mean):
        return dict.fromkeys(scores, MIDDLE)
    return {point: (score - mean) / (6 * deviation) + 0.5 for point, score in scores.items()}
