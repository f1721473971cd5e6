"""How much of an answer its evidence supports: a sentence counts when most of its words stand in the passages."""

from collections.abc import Sequence
from typing import Final

from glossator.domain.answering.question import Grounding
from glossator.domain.answering.sentences import sentences
from glossator.domain.book.words import words_of
from glossator.domain.ports import Quotable

SUPPORTED_SHARE: Final = 0.5
# Sentences shorter than this many words ("Yes.", "For example:") claim nothing by themselves.
CLAIM_WORDS: Final = 3


def ground(response: str, evidence: Sequence[Quotable]) -> Grounding:
    """Compares by stems, so that another form of the same word still supports."""
    known = {word for quotable in evidence for word in words_of(f"{quotable.heading}\n{quotable.text}")}
    claims = 0
    unsupported = []
    for span in sentences(response):
        words = [word for word in words_of(response[span.start : span.end]) if not word.isdigit() or word in known]
        if len(words) < CLAIM_WORDS:
            continue
        claims += 1
        if sum(word in known for word in words) / len(words) < SUPPORTED_SHARE:
            unsupported.append(span)
    score = round(1 - len(unsupported) / claims, 3) if claims else None
    return Grounding(score, tuple(unsupported))
