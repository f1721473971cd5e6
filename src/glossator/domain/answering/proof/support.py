"""Whether a sentence of the book supports a claim.

A claim whose numbers, identifiers or negation are not in its quote is never supported, however alike both sound.
The thresholds are set on the first half of `tests/data/claims`; see `tests/evaluation/test_claims.py`.
"""

from collections.abc import Collection
from typing import Final

from glossator.domain.answering.proof.facts import contradicts
from glossator.domain.answering.question import Verdict

# Of the cosine of claim and quote plus `WORDS_SHARE` of the share of the claim's words that the quote has. An invented
# sentence about the same thing sounds like its quote, and only both together tell them apart.
SUPPORTED: Final = 1.0
WEAK: Final = 0.65
WORDS_SHARE: Final = 0.5
# Of the share alone, where there is no cosine.
COVERED: Final = 0.6
PARTLY_COVERED: Final = 0.25


def coverage(claim: Collection[str], quote: Collection[str]) -> float:
    """The share of the claim's words that the quote has."""
    return sum(word in quote for word in claim) / len(claim) if claim else 0.0


def verdict_of(covered: float, cosine: float | None) -> Verdict:
    """From the share of the claim's words in its quote and the cosine of both; without one, words alone decide."""
    if cosine is None:
        return "supported" if covered >= COVERED else "weak" if covered >= PARTLY_COVERED else "unsupported"
    score = cosine + WORDS_SHARE * covered
    return "supported" if score >= SUPPORTED else "weak" if score >= WEAK else "unsupported"


def support(
    claim: str, quote: str, context: str, *, covered: float, cosine: float | None, code: Collection[str] = ()
) -> Verdict:
    """`context` is what else the reader sees with the quote, such as its heading; `code` are names in the claim."""
    verdict = verdict_of(covered, cosine)
    return "weak" if verdict == "supported" and contradicts(claim, quote, context, code) else verdict
