"""The report of an evaluation as JSON, and what changed since an earlier report."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from glossator.domain.answering.evaluation.calibration import Proposal
from glossator.domain.answering.evaluation.figures import Figure, curve_of, figures_of, grouped
from glossator.domain.answering.evaluation.measures import Measured

FORMAT: Final = 1
JUDGE: Final = (
    "Citations are judged by Glossator's own verdict (words, cosines, numbers, negation). ALCE uses an NLI model, which"
    " is not available here, so these figures cannot be compared with published ones."
)


@dataclass(frozen=True)
class FigureChange:
    """Either value is None when a report lacks the figure."""

    name: str
    before: float | None
    after: float | None


@dataclass(frozen=True)
class QuestionChange:
    """`before` and `after` describe the outcome: rank and decision."""

    id: str
    before: str
    after: str


@dataclass(frozen=True)
class Comparison:
    figures: list[FigureChange]
    questions: list[QuestionChange]
    only_before: int
    only_after: int


def report_of(results: Sequence[Measured], proposal: Proposal | None = None) -> dict[str, Any]:
    report: dict[str, Any] = {
        "format": FORMAT,
        "judge": JUDGE,
        "figures": _figures(results),
        "by_kind": _by(results, "kind"),
        "by_language": _by(results, "language"),
        "curve": [asdict(point) for point in curve_of(results)],
        "cost_usd": round(sum(one.trial.cost_usd for one in results), 6),
        "questions": [_question(one) for one in results],
    }
    return report | ({"calibration": asdict(proposal)} if proposal else {})


def compare(before: Mapping[str, Any], after: Mapping[str, Any]) -> Comparison:
    """Both are reports. Raises ValueError when `before` is none."""
    try:
        old = {one["id"]: outcome(one) for one in before["questions"]}
        values = {name: float(figure["value"]) for name, figure in before["figures"].items()}
    except (KeyError, TypeError, AttributeError, ValueError):
        raise ValueError("is not a report of `glossator eval --json`") from None
    new = {one["id"]: outcome(one) for one in after["questions"]}
    now = {name: float(figure["value"]) for name, figure in after["figures"].items()}
    return Comparison(
        [FigureChange(name, values.get(name), now.get(name)) for name in dict.fromkeys([*now, *values])],
        [QuestionChange(id_, old[id_], text) for id_, text in new.items() if id_ in old and old[id_] != text],
        len(old.keys() - new.keys()),
        len(new.keys() - old.keys()),
    )


def outcome(question: Mapping[str, Any]) -> str:
    """Such as "rank 3, declined"."""
    rank = "not found" if question["rank"] is None else f"rank {question['rank']}"
    decision = "declined" if question["mode"] == "declined" else "answered"
    return f"{rank}, {decision}" if question["answerable"] else decision


def _figures(results: Sequence[Measured]) -> dict[str, Any]:
    return {figure.name: _figure(figure) for figure in figures_of(results)}


def _figure(figure: Figure) -> dict[str, Any]:
    numbers = {name: round(getattr(figure, name), 4) for name in ("value", "low", "high")}
    return {**numbers, "questions": figure.questions}


def _by(results: Sequence[Measured], name: str) -> dict[str, Any]:
    groups = grouped(results, lambda one: str(getattr(one.question, name)) or "other")
    return {key: _figures(group) for key, group in groups.items()} if len(groups) > 1 else {}


def _question(one: Measured) -> dict[str, Any]:
    question, trial = one.question, one.trial
    return {
        "id": question.id,
        "question": question.text,
        "kind": question.kind,
        "language": question.language,
        "answerable": question.is_answerable,
        "rank": one.rank,
        "mode": trial.mode,
        "reason": trial.reason,
        "strength": trial.strength,
        "by_words": trial.by_words,
        "cosines": {cosine.space: cosine.cosine for cosine in trial.cosines},
        "characters": one.characters,
        "citation_recall": one.citation_recall,
        "citation_precision": one.citation_precision,
        "gold_citation_recall": one.gold_recall,
        "gold_citation_precision": one.gold_precision,
        "passages": [f"{passage.page}: {passage.heading}" for passage in trial.passages],
        "response": trial.response,
    }
