"""Finds for each claim of an answer the sentence of each cited passage that supports it.

- Claims and sentences are embedded in one call; without embeddings in time, words alone decide.
- A claim whose numbers, identifiers or negation are not in its quote is never supported, however alike both sound.
- A claim in another language than its passage is `weak`: neither words nor embeddings were measured across languages.

The thresholds are set on the first half of `tests/data/claims`; see `tests/evaluation/test_claims.py`.
"""

import logging
import re
from collections.abc import Callable, Collection, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Final, TypeVar

import numpy as np

from glossator.domain.answering.language import differ, language_of
from glossator.domain.answering.proof.claims import Claim, claims_of, find_quoted
from glossator.domain.answering.proof.facts import contradicts
from glossator.domain.answering.proof.links import sentence_url
from glossator.domain.answering.proof.passage_sentences import PassageSentence, passage_language, passage_sentences
from glossator.domain.answering.question import Citation, ClaimVerdict, Grounding, Piece, Quote, Verdict
from glossator.domain.answering.quoting.quotable import Line
from glossator.domain.book.passages import Passage
from glossator.domain.book.words import different_words, uses_latin_script, words_of
from glossator.domain.errors import Unavailable
from glossator.domain.ports.embedder import Embedder, EmbeddingSpace, Vectors
from glossator.domain.ports.steps import Steps, UntracedSteps
from glossator.domain.ports.workers import AnyThread, Workers

MAX_TEXTS: Final = 128
# Of the cosine of claim and quote plus `WORDS_SHARE` of the share of the claim's words that the quote has. An invented
# sentence about the same thing sounds like its quote, and only both together tell them apart.
SUPPORTED: Final = 1.0
WEAK: Final = 0.65
WORDS_SHARE: Final = 0.5
# Of the share alone, where there is no cosine.
COVERED: Final = 0.6
PARTLY_COVERED: Final = 0.25
SHORT_RESPONSE: Final = 2000
"""Characters: reading its claims takes a few milliseconds."""
FEW_PAIRS: Final = 250
"""Of a claim and a sentence, which take up to 25 microseconds each."""
_ORDER: Final[dict[Verdict, int]] = {"unsupported": 0, "weak": 1, "supported": 2}

# Letters, digits, and the signs without which a number or a comparison is another one.
_SAID: Final = re.compile(r"[^\W_]|[-+%<>=]|(?<=\d)[.,:](?=\d)")

T = TypeVar("T")

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Proof:
    """The citations that the answer uses, with their quotes, and a verdict for each claim."""

    citations: tuple[Citation, ...]
    grounding: Grounding
    embedding_tokens: int = 0


@dataclass(frozen=True)
class CitedSentence:
    """A sentence of a cited passage."""

    passage: Passage
    sentence: PassageSentence


@dataclass(frozen=True)
class SentenceMatch:
    """The best sentence of one piece for one claim."""

    number: int
    candidate: CitedSentence
    verdict: Verdict
    score: float


class Prover:
    """`workers` compare the texts."""

    def __init__(
        self, embedder: Embedder, base_url: str, workers: Workers | None = None, steps: Steps | None = None
    ) -> None:
        self._embedder = embedder
        self._base_url = base_url
        self._workers = workers or AnyThread()
        self._steps = steps or UntracedSteps()

    def at(self, base_url: str) -> "Prover":
        """The same for a book whose pages are at `base_url`."""
        return Prover(self._embedder, base_url, self._workers, self._steps)

    @property
    def usd_per_million_tokens(self) -> float:
        return self._embedder.usd_per_million_tokens

    async def prove(self, response: str, citations: Sequence[Citation], pieces: Sequence[Piece]) -> Proof:
        """`citations` and `pieces` have the same numbers. Raises TimeoutError when it is cancelled by a deadline, and
        Overloaded."""
        with self._steps.step("ground"):
            return await self._prove(response, citations, pieces)

    async def _prove(self, response: str, citations: Sequence[Citation], pieces: Sequence[Piece]) -> Proof:
        is_short = len(response) <= SHORT_RESPONSE
        claims, candidates, texts, space = await self._run(partial(self._to_compare, response, pieces), is_short)
        vectors, tokens = await self._vectors(texts, space)
        pairs = sum(len(candidates.get(number, ())) for claim in claims for number in claim.numbers)
        judge = partial(self._judged, claims, citations, candidates, vectors, tokens)
        return await self._run(judge, is_short and pairs <= FEW_PAIRS)

    def prove_by_words(self, response: str, citations: Sequence[Citation], pieces: Sequence[Piece]) -> Proof:
        """Without a call."""
        claims = claims_of(response)
        candidates = {piece.number: candidates_of(piece) for piece in pieces if _is_cited(piece.number, claims)}
        return self._judged(claims, citations, candidates, {}, 0)

    def prove_quotation(self, response: str, citations: Sequence[Citation], quoted: Sequence[Line]) -> Proof:
        """The quote of each quoted sentence is that sentence itself."""
        spans = find_quoted(response, [line.text for line in quoted])
        claims, matches = [], []
        for line, span in zip(quoted, spans, strict=True):
            if span is not None:
                number = line.piece.number
                claims.append(Claim(span, line.text, (number,)))
                matches.append([SentenceMatch(number, CitedSentence(line.passage, line.sentence), "supported", 2.0)])
        return self._proof(claims, citations, matches, 0)

    async def _run(self, work: Callable[[], T], is_short: bool) -> T:
        """Short work takes less time than the way to a worker and back."""
        return work() if is_short else await self._workers.run(work)

    def _to_compare(
        self, response: str, pieces: Sequence[Piece]
    ) -> tuple[list[Claim], dict[int, list[CitedSentence]], list[str], EmbeddingSpace | None]:
        """The claims, the sentences of the cited passages, and the texts to embed in this space."""
        claims = claims_of(response)
        candidates = {piece.number: candidates_of(piece) for piece in pieces if _is_cited(piece.number, claims)}
        texts = texts_to_compare(claims, candidates)
        return claims, candidates, texts, self._space(texts)

    async def _vectors(self, texts: Sequence[str], space: EmbeddingSpace | None) -> tuple[dict[str, Vectors], int]:
        """By text. Claims that words prove need none, and of the sentences the likeliest are compared."""
        if space is None or not texts:
            return {}, 0
        try:
            embedded = await self._embedder.embed(texts, "passage", [space.name])
        except Unavailable as error:
            log.warning("claims_not_embedded: %s", error)
            return {}, 0
        return dict(zip(texts, embedded.vectors[space.name], strict=True)), embedded.tokens

    def _space(self, texts: Sequence[str]) -> EmbeddingSpace | None:
        """The first that serves all scripts; where the texts are in several languages, one for every language."""
        latin = all(map(uses_latin_script, texts))
        mixed = len({language for text in texts if (language := language_of(text))}) > 1
        serving = [space for space in self._embedder.spaces if latin or not space.latin_only]
        return next((space for space in serving if not (mixed and space.latin_only)), next(iter(serving), None))

    def _judged(
        self,
        claims: Sequence[Claim],
        citations: Sequence[Citation],
        candidates: Mapping[int, Sequence[CitedSentence]],
        vectors: Mapping[str, Vectors],
        tokens: int,
    ) -> Proof:
        matches = [
            [find(claim, n, candidates[n], vectors) for n in claim.numbers if candidates.get(n)] for claim in claims
        ]
        return self._proof(claims, citations, matches, tokens)

    def _proof(
        self,
        claims: Sequence[Claim],
        citations: Sequence[Citation],
        matches: Sequence[Sequence[SentenceMatch]],
        tokens: int,
    ) -> Proof:
        verdicts = tuple(
            ClaimVerdict(
                claim.span,
                max((f.verdict for f in found), key=_ORDER.__getitem__, default="unsupported"),
                claim.numbers,
            )
            for claim, found in zip(claims, matches, strict=True)
        )
        supported = sum(verdict.verdict == "supported" for verdict in verdicts)
        score = round(supported / len(verdicts), 3) if verdicts else None
        used = {number for claim in claims for number in claim.numbers}
        return Proof(
            tuple(self._quoted(citation, claims, matches) for citation in citations if citation.n in used),
            Grounding(score, verdicts),
            tokens,
        )

    def _quoted(
        self, citation: Citation, claims: Sequence[Claim], matches: Sequence[Sequence[SentenceMatch]]
    ) -> Citation:
        own = [
            (claim, f) for claim, found in zip(claims, matches, strict=True) for f in found if f.number == citation.n
        ]
        quotes = tuple(Quote(f.candidate.sentence.text, self._url(f.candidate), claim.span) for claim, f in own)
        if not quotes:
            return citation
        best = max(range(len(own)), key=lambda at: own[at][1].score)
        passage = own[best][1].candidate.passage
        return replace(citation, quote=quotes[best].text, url=quotes[best].url, quotes=quotes, passage_id=passage.id)

    def _url(self, candidate: CitedSentence) -> str:
        return sentence_url(self._base_url, candidate.passage, candidate.sentence)


def candidates_of(piece: Piece) -> list[CitedSentence]:
    return [CitedSentence(passage, sentence) for passage in piece.passages for sentence in passage_sentences(passage)]


def find(
    claim: Claim, number: int, candidates: Sequence[CitedSentence], vectors: Mapping[str, Vectors]
) -> SentenceMatch:
    """The candidate that supports the claim best: by words and meaning, and among equals the first one."""
    words = different_words(claim.text)
    score, best = max(((_score(claim, words, one, vectors), one) for one in candidates), key=lambda pair: pair[0])
    quote = best.sentence.text
    if _same(claim.text, quote):
        return SentenceMatch(number, best, "supported", score)
    if differ(language_of(claim.text), passage_language(best.passage)):
        return SentenceMatch(number, best, "weak", score)
    context = " ".join(best.passage.headings)
    covered = coverage(words, best.sentence.words.union(words_of(context)))
    cosine = _cosine(claim.text, quote, vectors)
    verdict = support(claim.text, quote, context, covered=covered, cosine=cosine, code=claim.code)
    return SentenceMatch(number, best, verdict, score)


def texts_to_compare(claims: Sequence[Claim], candidates: Mapping[int, Sequence[CitedSentence]]) -> list[str]:
    """Claims first, then the sentences of the passages they cite, those with more of the claims' words first."""
    unproven = [claim for claim in claims if claim.numbers and not _is_verbatim(claim, candidates)]
    words = {word for claim in unproven for word in words_of(claim.text)}
    numbers = sorted({number for claim in unproven for number in claim.numbers})
    sentences = [one.sentence for number in numbers for one in candidates.get(number, ())]
    texts = {one.text: one for one in sentences if one.kind != "code"}
    ranked = sorted(texts, key=lambda text: -len(words & texts[text].words))
    said = list(dict.fromkeys(claim.text for claim in unproven))[: MAX_TEXTS // 2]
    return list(dict.fromkeys(said + ranked))[:MAX_TEXTS]


def _score(claim: Claim, words: Set[str], candidate: CitedSentence, vectors: Mapping[str, Vectors]) -> float:
    text = candidate.sentence.text
    if _same(claim.text, text):
        return 2.0
    cosine = _cosine(claim.text, text, vectors)
    return coverage(words, candidate.sentence.words) + (cosine if cosine is not None else 0.0)


def _cosine(one: str, other: str, vectors: Mapping[str, Vectors]) -> float | None:
    return float(np.dot(vectors[one], vectors[other])) if one in vectors and other in vectors else None


def _same(claim: str, sentence: str) -> bool:
    return _letters(claim) == _letters(sentence)


@lru_cache(maxsize=2048)
def _letters(text: str) -> str:
    """With signs that change what is said."""
    return "".join(_SAID.findall(text.casefold()))


def _is_cited(number: int, claims: Sequence[Claim]) -> bool:
    return any(number in claim.numbers for claim in claims)


def _is_verbatim(claim: Claim, candidates: Mapping[int, Sequence[CitedSentence]]) -> bool:
    return any(_same(claim.text, one.sentence.text) for number in claim.numbers for one in candidates.get(number, ()))


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
