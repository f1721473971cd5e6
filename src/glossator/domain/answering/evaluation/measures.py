"""What one question contributes to the figures of an evaluation.

Citation recall and precision are those of ALCE (Gao et al. 2023), except that Glossator's own verdict takes the place
of ALCE's NLI model: a sentence counts when the passages it cites support it, a citation when its passage alone does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from glossator.domain.answering.evaluation.evaluator import CitedText, FoundPassage, SpaceCosine, Trial
from glossator.domain.answering.evaluation.questions import EvaluationQuestion, GoldQuote

FIRST: Final = 5
RANKS: Final = 10


@dataclass(frozen=True)
class Measured:
    """`rank` counts from 1; None when not all evidence was found. Shares are None where they do not apply.

    `confidence` is how far the best cosine is above its threshold; 1 when words decided.
    """

    question: EvaluationQuestion
    trial: Trial
    rank: int | None
    characters: int
    confidence: float
    citation_recall: float | None
    citation_precision: float | None
    gold_recall: float | None
    gold_precision: float | None

    @property
    def declined(self) -> bool:
        return self.trial.mode == "declined"


def measure(question: EvaluationQuestion, trial: Trial) -> Measured:
    return Measured(
        question=question,
        trial=trial,
        rank=rank_of(question.evidence, trial.passages),
        characters=sum(len(passage.text) for passage in trial.passages[:FIRST]),
        confidence=confidence(trial),
        citation_recall=mean([claim.verdict == "supported" for claim in trial.claims]),
        citation_precision=mean([one == "supported" for claim in trial.claims for _, one in claim.alone]),
        gold_recall=_gold_recall(question, trial),
        gold_precision=_gold_precision(question, trial),
    )


def rank_of(evidence: Sequence[Sequence[GoldQuote]], passages: Sequence[FoundPassage]) -> int | None:
    """The rank at which every group of evidence has been found; None for no evidence, too."""
    ranks = [_first(group, passages) for group in evidence]
    found = [rank for rank in ranks if rank is not None]
    return max(found) if found and len(found) == len(ranks) else None


def confidence(trial: Trial) -> float:
    """Negative for a question that is declined by its cosines."""
    if trial.by_words or not trial.cosines:
        return 1.0
    return max(one.cosine - threshold_of(one, trial.cosines) for one in trial.cosines)


def threshold_of(one: SpaceCosine, searched: Sequence[SpaceCosine]) -> float:
    return one.alone if len(searched) == 1 else one.weak


def mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _first(group: Sequence[GoldQuote], passages: Sequence[FoundPassage]) -> int | None:
    for rank, passage in enumerate(passages, start=1):
        if any(gold.is_in(passage.page, passage.text) for gold in group):
            return rank
    return None


def _gold_recall(question: EvaluationQuestion, trial: Trial) -> float | None:
    """The share of the evidence that the answer cites."""
    if not trial.cited or not question.is_answerable:
        return None
    return mean([any(_holds(cited, group) for cited in trial.cited) for group in question.evidence])


def _gold_precision(question: EvaluationQuestion, trial: Trial) -> float | None:
    """The share of the citations that hold evidence."""
    if not question.is_answerable:
        return None
    return mean([any(_holds(cited, group) for group in question.evidence) for cited in trial.cited])


def _holds(cited: CitedText, group: Sequence[GoldQuote]) -> bool:
    return any(gold.is_in(page, cited.text) for gold in group for page in cited.pages)
