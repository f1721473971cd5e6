"""Proposes the thresholds of each vector space from an evaluation.

Thresholds are fitted on every other question and checked on the rest, so that the check is not a memory of the fit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from glossator.domain.answering.evaluation.measures import Measured
from glossator.domain.ports.embedder import Evidence

MIN_QUESTIONS: Final = 10
"""Of each sort, answerable and not, in each half."""
ROUNDS: Final = 10
LOST_BY_NONE: Final = 0.02
"""The share of answerable questions that may lie below `none` in one space; another space may still answer them."""
Cosines = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class AnsweringRates:
    """Shares of the checked half: answerable questions that are answered, and the others that are declined."""

    answered: float
    declined: float


@dataclass(frozen=True)
class Proposal:
    """`together` are the outcomes with all searched spaces, before and after."""

    thresholds: dict[str, tuple[Evidence, Evidence]]
    before: AnsweringRates
    after: AnsweringRates
    is_enough: bool


@dataclass(frozen=True)
class _Half:
    """Rows are questions, columns are spaces; a space that was not searched is -inf."""

    cosines: Cosines
    answerable: Flags
    thresholds_apply: Flags

    def declined(self, weak: Cosines, alone: Cosines) -> Flags:
        searched = np.isfinite(self.cosines)
        limits = np.where((searched.sum(axis=1) == 1)[:, None], alone, weak)
        return self.thresholds_apply & (self.cosines < limits).all(axis=1)


def calibrate(results: Sequence[Measured]) -> Proposal | None:
    """None when no question was searched by meaning or a sort has fewer than two questions."""
    names = list(dict.fromkeys(one.space for result in results for one in result.trial.cosines))
    current = {one.space: Evidence(one.none, one.weak, one.alone) for r in results for one in r.trial.cosines}
    fit, check = (_half(part, names) for part in _halves(results))
    if not names or not _has_both(fit) or not _has_both(check):
        return None
    weak = _together(fit, np.array([current[name].weak for name in names]))
    alone = np.array([_best(fit.cosines[:, at], fit) for at in range(len(names))])
    proposed = {name: _evidence(fit, at, weak[at], alone[at], several=len(names) > 1) for at, name in enumerate(names)}
    return Proposal(
        {name: (current[name], proposed[name]) for name in names},
        _outcome(check, [current[name] for name in names]),
        _outcome(check, [proposed[name] for name in names]),
        min(part.answerable.sum() for part in (fit, check)) >= MIN_QUESTIONS
        and min((~part.answerable).sum() for part in (fit, check)) >= MIN_QUESTIONS,
    )


def _halves(results: Sequence[Measured]) -> tuple[list[Measured], list[Measured]]:
    """Alternating within each sort, because files list questions by kind."""
    sorts = [[one for one in results if one.question.is_answerable is sort] for sort in (True, False)]
    return [one for sort in sorts for one in sort[::2]], [one for sort in sorts for one in sort[1::2]]


def _has_both(half: _Half) -> bool:
    return bool(half.answerable.any() and not half.answerable.all())


def _half(results: Sequence[Measured], names: Sequence[str]) -> _Half:
    rows = [{one.space: one.cosine for one in result.trial.cosines} for result in results]
    return _Half(
        np.array([[row.get(name, -np.inf) for name in names] for row in rows]).reshape(len(rows), len(names)),
        np.array([result.question.is_answerable for result in results], dtype=bool),
        np.array([not result.trial.by_words and bool(result.trial.cosines) for result in results], dtype=bool),
    )


def _together(half: _Half, start: Cosines) -> Cosines:
    """Thresholds of questions that several spaces serve: each in turn is set to its best value beside the others."""
    weak = start.copy()
    several = half.thresholds_apply & (np.isfinite(half.cosines).sum(axis=1) > 1)
    if not several.any() or half.answerable[several].all() or not half.answerable[several].any():
        return weak
    cosines, answerable = half.cosines[several], half.answerable[several]
    for _ in range(ROUNDS):
        before = weak.copy()
        for at in range(len(weak)):
            others = np.delete(cosines >= weak, at, axis=1).any(axis=1)
            weak[at] = _threshold(cosines[:, at], answerable, others, weak[at])
        if np.array_equal(before, weak):
            break
    return weak


def _best(cosines: Cosines, half: _Half) -> float:
    used = np.isfinite(cosines) & half.thresholds_apply
    return _threshold(cosines[used], half.answerable[used], np.zeros(used.sum(), dtype=bool), np.nan)


def _threshold(cosines: Cosines, answerable: Flags, passed: Flags, default: float) -> float:
    """Maximises the mean of the shares answered and declined; among equals the middle one. `passed` are answered."""
    values = np.unique(cosines[np.isfinite(cosines)])
    if len(values) < 2 or answerable.all() or not answerable.any():
        return default
    candidates = (values[1:] + values[:-1]) / 2
    kept = passed | (cosines >= candidates[:, None])
    scores = kept[:, answerable].mean(axis=1) + (~kept[:, ~answerable]).mean(axis=1)
    best = np.flatnonzero(scores >= scores.max() - 1e-9)
    return float(candidates[best[len(best) // 2]])


def _evidence(half: _Half, at: int, weak: float, alone: float, *, several: bool) -> Evidence:
    """`none` keeps nearly all answerable questions: below it, not even a model that can judge passages is asked."""
    alone = weak if np.isnan(alone) else alone
    weak = weak if several else alone
    own = half.cosines[half.answerable & half.thresholds_apply, at]
    own = own[np.isfinite(own)]
    none = float(np.quantile(own, LOST_BY_NONE)) if own.size else weak
    return Evidence(*(round(float(value), 3) for value in (min(none, weak, alone), weak, alone)))


def _outcome(half: _Half, evidence: Sequence[Evidence]) -> AnsweringRates:
    declined = half.declined(np.array([one.weak for one in evidence]), np.array([one.alone for one in evidence]))
    return AnsweringRates(float((~declined)[half.answerable].mean()), float(declined[~half.answerable].mean()))
