"""Questions and trials with chosen outcomes."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from glossator.domain.answering.evaluation.evaluator import CitedText, FoundPassage, JudgedClaim, SpaceCosine, Trial
from glossator.domain.answering.evaluation.measures import Measured, measure
from glossator.domain.answering.evaluation.questions import EvaluationQuestion, GoldQuote
from glossator.domain.answering.question import Verdict

TRIAL: Final = Trial((), "good", (), by_words=False, mode="extractive", reason="no_model", response="Yes. [1]",
                     claims=(), cited=(), cost_usd=0.0)  # fmt: skip
GOLD: Final = GoldQuote("mars.md", "rusty iron")


def passage(text: str, page: str = "mars.md") -> FoundPassage:
    return FoundPassage(page, "Mars > Colour", "/read/mars#colour", text)


def question(*groups: Sequence[GoldQuote], text: str = "Why is Mars red?", kind: str = "") -> EvaluationQuestion:
    return EvaluationQuestion(text, text, tuple(tuple(group) for group in groups), kind=kind, language="en")


def searched(cosines: Mapping[str, float], *, declined: bool = False, by_words: bool = False) -> Trial:
    """Each space has the thresholds 0.2, 0.3 and 0.4."""
    spaces = tuple(SpaceCosine(name, cosine, 0.2, 0.3, 0.4) for name, cosine in cosines.items())
    return replace(TRIAL, cosines=spaces, mode="declined" if declined else "extractive", by_words=by_words)


def found_at(rank: int | None, *, declined: bool = False, number: int = 0, kind: str = "") -> Measured:
    """An answerable question whose evidence is at this rank of ten passages."""
    passages = tuple(passage("rusty iron" if at == rank else "sand") for at in range(1, 11))
    trial = replace(searched({"dense": 0.5}, declined=declined), passages=passages)
    return measure(question([GOLD], text=f"{number} {rank}", kind=kind), trial)


def off_topic(*, declined: bool, cosine: float = 0.1, number: int = 0) -> Measured:
    return measure(question(text=f"off topic {number}"), searched({"dense": cosine}, declined=declined))


def citing(claims: Sequence[tuple[Verdict, Mapping[int, Verdict]]], texts: Mapping[int, str]) -> Trial:
    return replace(
        TRIAL,
        claims=tuple(JudgedClaim(verdict, tuple(alone.items())) for verdict, alone in claims),
        cited=tuple(CitedText(number, ("mars.md",), text) for number, text in texts.items()),
    )
