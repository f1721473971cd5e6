"""Asks one question as a reader would, and records what an evaluation needs: passages, verdicts and cosines."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from glossator.domain.answering.answer import Answering, AnsweringOptions
from glossator.domain.answering.condense import condense
from glossator.domain.answering.meter import AnswerMeter
from glossator.domain.answering.proof.claims import claims_of
from glossator.domain.answering.proof.prover import Prover
from glossator.domain.answering.question import Answer, Citation, Mode, Piece, Question, Reason, Verdict
from glossator.domain.answering.retrieval.evidence import Strength, strength_by_meaning
from glossator.domain.answering.retrieval.ranking import pieces_of
from glossator.domain.answering.retrieval.retriever import Focus, Retrieved, Retriever
from glossator.domain.book.passages import Passage
from glossator.domain.book.site_address import links_base
from glossator.domain.budget.caps import OPERATOR
from glossator.domain.budget.spending import Spending
from glossator.domain.ports.chat_model import ChatModel
from glossator.domain.ports.embedder import Embedder

PASSAGES: Final = 10
PROMPT_TOKENS: Final = 1500
"""Of the instructions and the question."""
CHARACTERS_PER_TOKEN: Final = 3
PROOF_TOKENS: Final = 3000


@dataclass(frozen=True)
class FoundPassage:
    """`page` is the path of its file."""

    page: str
    heading: str
    url: str
    text: str


@dataclass(frozen=True)
class SpaceCosine:
    """The best cosine in one space, and the thresholds of the space: see `Evidence`."""

    space: str
    cosine: float
    none: float
    weak: float
    alone: float


@dataclass(frozen=True)
class JudgedClaim:
    """A sentence of the answer: its verdict, and for each number it cites the verdict of that passage alone."""

    verdict: Verdict
    alone: tuple[tuple[int, Verdict], ...]


@dataclass(frozen=True)
class CitedText:
    """All passages under one number, with the pages they are from."""

    number: int
    pages: tuple[str, ...]
    text: str


@dataclass(frozen=True)
class Trial:
    """What was found and answered for one question.

    `by_words` says that words, not cosines, made the evidence strong enough.
    """

    passages: tuple[FoundPassage, ...]
    strength: Strength
    cosines: tuple[SpaceCosine, ...]
    by_words: bool
    mode: Mode
    reason: Reason | None
    response: str
    claims: tuple[JudgedClaim, ...]
    cited: tuple[CitedText, ...]
    cost_usd: float


@dataclass(frozen=True)
class EvaluationCost:
    """An estimate for one question whose answer has the maximum length, and the model that writes the answers."""

    model: str
    usd_per_question: float


class Evaluator:
    def __init__(
        self,
        retriever: Retriever,
        answering: Answering,
        prover: Prover,
        model: ChatModel,
        embedder: Embedder,
        options: AnsweringOptions,
    ) -> None:
        self._retriever = retriever
        self._answering = answering
        self._prover = prover
        self._model = model
        self._embedder = embedder
        self._options = options

    @property
    def cost(self) -> EvaluationCost:
        price_in, price_out = self._model.usd_per_million_chat_tokens
        prompt = PROMPT_TOKENS + self._options.characters // CHARACTERS_PER_TOKEN
        embedding = PROOF_TOKENS * self._embedder.usd_per_million_tokens
        return EvaluationCost(
            self._model.chat_model, (prompt * price_in + self._options.max_tokens * price_out + embedding) / 1_000_000
        )

    async def ask(self, question: Question) -> Trial:
        """Raises BookEmpty and Unavailable."""
        async with self._answering.budget.spending(OPERATOR, "evaluation", 0.0) as spending:
            return await self._ask(question, AnswerMeter(self._model, self._options.deadline, spending))

    async def _ask(self, question: Question, meter: AnswerMeter) -> Trial:
        search = await condense(question, meter)
        found = await self._retriever.retrieve(
            search.text,
            parts=search.parts,
            focus=Focus(question.selected_text),
            limit=max(PASSAGES, self._options.passages),
        )
        meter.spending.add_embedding(found.tokens, self._embedder.usd_per_million_tokens)
        answer = await self._answering.ask(replace(question, format="markdown", payer=OPERATOR))
        pieces = pieces_of(found.hits, passages=self._options.passages, characters=self._options.characters)
        base_url = links_base(self._options.base_url, found.base)
        return Trial(
            passages=tuple(_found(hit.passage, base_url) for hit in found.hits[:PASSAGES]),
            strength=found.strength,
            cosines=cosines_of(found),
            by_words=found.strength == "good" != strength_by_meaning(found.cosines, found.spaces),
            mode=answer.mode,
            reason=answer.reason,
            response=answer.response,
            claims=await self._judged(answer, pieces, meter.spending),
            cited=tuple(_cited_text(citation, pieces) for citation in answer.citations),
            cost_usd=answer.usage.cost_usd + meter.usage.cost_usd,
        )

    async def _judged(self, answer: Answer, pieces: Sequence[Piece], spending: Spending) -> tuple[JudgedClaim, ...]:
        """A sentence with one number has its verdict; of one with several, each number is judged by itself."""
        texts = {claim.span: claim.text for claim in claims_of(answer.response)}
        judged = []
        for sentence in answer.grounding.sentences:
            alone = [(number, sentence.verdict) for number in sentence.numbers]
            if len(alone) > 1:
                text = texts.get(sentence.span, "")
                alone = []
                for number in sentence.numbers:
                    proof = await self._prover.prove(f"{text} [{number}]", answer.citations, pieces)
                    spending.add_embedding(proof.embedding_tokens, self._embedder.usd_per_million_tokens)
                    verdicts = [claim.verdict for claim in proof.grounding.sentences]
                    alone.append((number, verdicts[0] if verdicts else "unsupported"))
            judged.append(JudgedClaim(sentence.verdict, tuple(alone)))
        return tuple(judged)


def _found(passage: Passage, base_url: str) -> FoundPassage:
    return FoundPassage(passage.page, " > ".join(passage.headings), base_url + passage.url, passage.text)


def cosines_of(found: Retrieved) -> tuple[SpaceCosine, ...]:
    return tuple(
        SpaceCosine(
            space.name,
            round(found.cosines.get(space.name, -1.0), 4),
            space.evidence.none,
            space.evidence.weak,
            space.evidence.alone,
        )
        for space in found.spaces
    )


def _cited_text(citation: Citation, pieces: Sequence[Piece]) -> CitedText:
    """Empty when the citation's passages are not among those that were retrieved now."""
    for piece in pieces:
        if any(passage.id == citation.passage_id for passage in piece.passages):
            pages = tuple(dict.fromkeys(passage.page for passage in piece.passages))
            return CitedText(citation.n, pages, piece.text)
    return CitedText(citation.n, (), "")
