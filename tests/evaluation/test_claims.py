"""300 labelled claims are judged with the local English model; the thresholds are set on every other one.

There is no generating model here: `fake_writer` makes the claims, and their labels with them.
`-o log_cli=true` shows the table.
"""

import asyncio
import logging
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from glossator.domain.answering.proof.passage_sentences import passage_sentences
from glossator.domain.answering.proof.prover import Prover
from glossator.domain.answering.question import Citation, Piece, Verdict
from glossator.domain.book.passages import Passage
from tests.evaluation.cached_models import CachedModels
from tests.evaluation.fake_writer import (
    BOOKS,
    FALSE_KINDS,
    Kind,
    LabelledClaim,
    labelled_claims,
    passages_for,
    passages_of,
    read_claims,
)

pytestmark = pytest.mark.timeout(900)

log = logging.getLogger(__name__)

AVAILABLE = {book: folder for book, folder in BOOKS.items() if folder.is_dir()}


@dataclass(frozen=True)
class Judged:
    claim: LabelledClaim
    verdict: Verdict
    quote: str


async def judge(prover: Prover, claims: Sequence[LabelledClaim], passages: Sequence[Passage]) -> list[Judged]:
    """All in one answer, from the passage of their sentences and another one."""
    pieces = [Piece(number, (passage,), 0.9) for number, passage in enumerate(passages, start=1)]
    citations = [Citation(piece.number, piece.passages[0].id, "", "", "", "", 0.9) for piece in pieces]
    said = [f"{one.claim.removesuffix('.')} [{2 if one.kind == 'wrong number' else 1}]." for one in claims]
    proof = await prover.prove(" ".join(said), citations, pieces)
    quotes = {quote.claim: quote.text for citation in proof.citations for quote in citation.quotes}
    verdicts = zip(claims, proof.grounding.sentences, strict=True)
    return [Judged(one, sentence.verdict, quotes[sentence.span]) for one, sentence in verdicts]


async def judge_all(claims: Sequence[LabelledClaim], models: CachedModels) -> list[Judged]:
    """Claims whose sentence has left its book are left out."""
    prover = Prover(models, "/read/")
    books = {book: passages_of(folder) for book, folder in AVAILABLE.items()}
    answers = defaultdict(list)
    for one in claims:
        passages = passages_for(one.sentence, books[one.book])
        if passages is not None:
            answers[passages].append(one)
    return [found for passages, group in answers.items() for found in await judge(prover, group, passages)]


@pytest.fixture(scope="module")
def judged(models: CachedModels) -> list[Judged]:
    """The second of every two claims of a kind, which no threshold was set on."""
    by_kind: dict[Kind, list[LabelledClaim]] = defaultdict(list)
    for claim in read_claims():
        by_kind[claim.kind].append(claim)
    held_out = [claim for claims in by_kind.values() for claim in claims[1::2] if claim.book in AVAILABLE]
    found = asyncio.run(judge_all(held_out, models))
    for kind in by_kind:
        log.warning("%s: %s", kind, dict(Counter(one.verdict for one in found if one.claim.kind == kind)))
    return found


def share(judged: Sequence[Judged], *verdicts: Verdict) -> float:
    return sum(one.verdict in verdicts for one in judged) / len(judged)


@pytest.mark.parametrize(("kind", "required"), [("verbatim", 0.98), ("paraphrased", 0.9)])
def test_true_claims_are_not_unsupported(judged: list[Judged], kind: Kind, required: float) -> None:
    assert share([one for one in judged if one.claim.kind == kind], "supported", "weak") >= required


@pytest.mark.parametrize("kind", FALSE_KINDS)
def test_false_claims_are_not_supported(judged: list[Judged], kind: Kind) -> None:
    assert share([one for one in judged if one.claim.kind == kind], "weak", "unsupported") >= 0.95


def test_the_quote_contains_the_sentence_that_a_claim_was_made_from(judged: list[Judged]) -> None:
    made = [one for one in judged if one.claim.kind in {"verbatim", "paraphrased", "digit", "negated"}]
    assert sum(one.claim.sentence in one.quote for one in made) >= 0.95 * len(made)


def test_verbatim_claims_and_half_of_the_paraphrases_are_supported(judged: list[Judged]) -> None:
    """A judge that supports nothing would pass the tests above."""
    assert share([one for one in judged if one.claim.kind == "verbatim"], "supported") == 1
    assert share([one for one in judged if one.claim.kind == "paraphrased"], "supported") >= 0.45


@pytest.mark.parametrize("book", AVAILABLE)
def test_the_sentences_of_the_claims_are_in_their_book(book: str) -> None:
    """Else change `written.jsonl` and run `python -m tests.evaluation.fake_writer`."""
    texts = {sentence.text for passage in passages_of(AVAILABLE[book]) for sentence in passage_sentences(passage)}
    wanted = {one.sentence for one in read_claims() if one.book == book}

    assert len(wanted - texts) <= 0.1 * len(wanted), wanted - texts


def test_the_stored_claims_are_those_that_the_writer_makes() -> None:
    stored = [one for one in read_claims() if one.book == "beekeeping"]

    assert list(labelled_claims("beekeeping", passages_of(BOOKS["beekeeping"]))) == stored


def test_there_are_fifty_claims_of_each_kind() -> None:
    assert set(Counter(one.kind for one in read_claims()).values()) == {50}
