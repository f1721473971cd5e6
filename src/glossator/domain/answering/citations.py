"""Which passages an answer may cite, and the sentence of each that proves it.

How much of an answer its evidence supports: a sentence counts when most of its words appear in the passages.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from glossator.domain.answering.extractive import speaks_for_itself
from glossator.domain.answering.question import Citation, Grounding
from glossator.domain.answering.sentences import sentences
from glossator.domain.book.index import Hit
from glossator.domain.book.words import words_of
from glossator.domain.ports.chat_model import Quotable

QUOTE_CHARACTERS: Final = 300


def citations_of(hits: Sequence[Hit], question: str, base_url: str) -> tuple[Citation, ...]:
    """One citation a hit, numbered from 1; `base_url` ends with a slash."""
    return tuple(
        Citation(
            n=number,
            passage_id=hit.passage.id,
            title=hit.passage.headings[0] if hit.passage.headings else hit.passage.page,
            heading=hit.passage.headings[-1] if hit.passage.headings else "",
            url=base_url + hit.passage.url,
            quote=best_quote(hit.passage.text, question),
            score=round(hit.score, 4),
        )
        for number, hit in enumerate(hits, start=1)
    )


def quotables(hits: Sequence[Hit]) -> tuple[Quotable, ...]:
    """The hits as a prompt offers them, under the same numbers."""
    return tuple(
        Quotable(number, " > ".join(hit.passage.headings), hit.passage.text) for number, hit in enumerate(hits, start=1)
    )


def cited(
    citations: Iterable[Citation], numbers: Iterable[int], response: str, evidence: Sequence[Quotable]
) -> tuple[Citation, ...]:
    """The citations whose number the response uses, each with the quote that supports the sentence of the number."""
    wanted = set(numbers)
    texts = {quotable.number: quotable.text for quotable in evidence}
    claims = [response[span.start : span.end] for span in sentences(response)]
    return tuple(
        replace(citation, quote=best_quote(texts[citation.n], _claims_of(citation.n, claims)))
        for citation in citations
        if citation.n in wanted
    )


def best_quote(text: str, claim: str) -> str:
    """The sentence of `text` that shares most words with `claim`, the first one when none does; a statement if any."""
    wanted = set(words_of(claim))
    pieces = [text[span.start : span.end] for span in sentences(text)]
    if not pieces:
        return ""
    best = max(
        [piece for piece in pieces if speaks_for_itself(piece)] or pieces,
        key=lambda piece: len(wanted & set(words_of(piece))),
    )
    return best[:QUOTE_CHARACTERS]


def _claims_of(number: int, claims: Sequence[str]) -> str:
    return " ".join(claim for claim in claims if f"[{number}]" in claim)


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
