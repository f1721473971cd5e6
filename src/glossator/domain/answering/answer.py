"""From a question to its answer: condense, retrieve, one stream of the model, then proof.

- Nothing in the book about it: `declined`, without a call. Any problem of ours is `extractive` with its reason: the
  book's own sentences are quoted instead.
- Where the budget has too little left, nothing that costs money is called.
- A generated answer of which nothing is supported is replaced by quotation; one of which something is supported is
  returned with the verdict of each sentence.
- Everything ends within the deadline.
"""

import asyncio
import re
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Final

from glossator.domain.answering.condense import condense
from glossator.domain.answering.meter import AnswerMeter, worst_case
from glossator.domain.answering.notices import Notices, notices_for
from glossator.domain.answering.prompt import answer_prompt
from glossator.domain.answering.proof.citations import citations_of, nearest_sections, source_line
from glossator.domain.answering.proof.prover import Proof, Prover
from glossator.domain.answering.question import (
    Answer,
    AnswerEvent,
    AnswerText,
    Citation,
    Grounding,
    Mode,
    Piece,
    Question,
    Reason,
    Sources,
)
from glossator.domain.answering.quoting.quoter import Quoter
from glossator.domain.answering.retrieval.evidence import is_enough
from glossator.domain.answering.retrieval.ranking import pieces_of
from glossator.domain.answering.retrieval.retriever import Focus, Retrieved, Retriever
from glossator.domain.answering.structured import ANSWER_SCHEMA, StructuredReader
from glossator.domain.answering.writing.answer_writer import AnswerWriter
from glossator.domain.book.site_address import links_base
from glossator.domain.budget.budget import Budget
from glossator.domain.budget.caps import Cap, WorkKind
from glossator.domain.errors import Overloaded, Unavailable
from glossator.domain.ports.chat_model import ChatModel

_NUMBERS: Final = re.compile(r"\s*\[\d{1,3}\]")
PROOF_SECONDS: Final = 3.0


@dataclass(frozen=True)
class AnsweringOptions:
    """`deadline` is in seconds for a whole answer; `base_url`, ending with a slash, is the configured site or reader.

    `passages` and `characters` limit what the model is given.
    """

    base_url: str
    deadline: float
    max_tokens: int
    passages: int
    characters: int


@dataclass
class _Run:
    """What is known of one question so far; `alone` is without its conversation, `base_url` is where the pages are."""

    question: Question
    meter: AnswerMeter
    alone: str = ""
    retrieved: Retrieved = field(default_factory=Retrieved)
    pieces: tuple[Piece, ...] = ()
    citations: tuple[Citation, ...] = ()
    streamed: str = ""
    base_url: str = ""

    @property
    def notices(self) -> Notices:
        return notices_for(self.question.text)

    @property
    def cap(self) -> Cap | None:
        """The cap that has too little left for this question."""
        return self.meter.spending.refused


class Answering:
    """Answers questions about the served book."""

    def __init__(
        self,
        retriever: Retriever,
        model: ChatModel,
        quoter: Quoter,
        prover: Prover,
        options: AnsweringOptions,
        budget: Budget | None = None,
    ) -> None:
        self._retriever = retriever
        self._model = model
        self._quoter = quoter
        self._prover = prover
        self._options = options
        self.budget = budget or Budget.without_caps()

    async def ask(self, question: Question) -> Answer:
        """The whole answer. Raises BookEmpty and Unavailable."""
        async with aclosing(self.answer(question)) as events:
            async for event in events:
                if isinstance(event, Answer):
                    return event
        raise AssertionError("an answer is always the last event")

    async def answer(self, question: Question) -> AsyncGenerator[AnswerEvent, None]:
        """Sources, texts, then one Answer. Raises BookEmpty and Unavailable before the first text only."""
        worst = worst_case(question, self._options, self._model, self._retriever.usd_per_million_tokens)
        kind: WorkKind = "evaluation" if question.payer.operator else "question"
        async with self.budget.spending(question.payer, kind, worst) as spending:
            unasked = question.free or question.quoted
            run = _Run(question, AnswerMeter(self._model, self._options.deadline, spending, free=unasked))
            async with aclosing(self._answer(run)) as events:
                async for event in events:
                    yield event

    async def _answer(self, run: _Run) -> AsyncGenerator[AnswerEvent, None]:
        await self._retrieve(run)
        if not self._is_evidence(run):
            yield Sources(())
            for event in self._declined(run):
                yield event
            return
        run.citations = citations_of(run.pieces, run.alone, run.base_url)
        yield Sources(run.citations)
        reason: Reason = "over_budget" if run.cap else "no_model"
        async with aclosing(self._generated(run) if run.meter.generates else self._quoted(run, reason)) as events:
            async for event in events:
                yield event

    async def _retrieve(self, run: _Run) -> None:
        search = await condense(run.question, run.meter)
        run.alone = search.text
        free = run.question.free or run.cap is not None
        run.retrieved = await self._retriever.retrieve(
            search.text, parts=search.parts, focus=Focus(run.question.selected_text, run.question.page), free=free
        )
        run.base_url = links_base(self._options.base_url, run.retrieved.base)
        run.meter.spending.add_embedding(run.retrieved.tokens, self._retriever.usd_per_million_tokens)
        run.pieces = pieces_of(run.retrieved.hits, passages=self._options.passages, characters=self._options.characters)

    def _is_evidence(self, run: _Run) -> bool:
        found = run.retrieved
        if not found.hits or found.unsupported_script:
            return False
        return is_enough(found.strength, generates=run.meter.generates)

    async def _generated(self, run: _Run) -> AsyncGenerator[AnswerEvent, None]:
        writer = self._writer(run)
        prompt = answer_prompt(
            run.question,
            run.pieces,
            asked=run.alone,
            title=run.retrieved.title,
            weak=run.retrieved.strength == "weak",
            max_tokens=self._options.max_tokens,
        )
        reason: Reason | None = None
        reader = StructuredReader() if self._model.structured else None
        if reader is not None:
            prompt = replace(prompt, schema=ANSWER_SCHEMA)
        try:
            async with aclosing(run.meter.stream(prompt)) as deltas:
                async for delta in deltas:
                    if text := writer.feed(reader.feed(delta) if reader else delta):
                        yield AnswerText(text)
        except Unavailable as error:
            reason = "too_slow" if isinstance(error, Overloaded) else "model_unavailable"
        except TimeoutError:
            reason = "too_slow"
        run.streamed = writer.response
        if reason is None and (rest := writer.feed(reader.flush() if reader else "") + writer.flush()):
            yield AnswerText(rest)
        run.streamed = writer.response
        async for event in self._judged(run, writer, reason):
            yield event

    async def _judged(
        self, run: _Run, writer: AnswerWriter, reason: Reason | None
    ) -> AsyncGenerator[AnswerEvent, None]:
        response = writer.response
        if reason is None and writer.declined:
            for event in self._declined(run, _NUMBERS.sub("", response).strip() or run.notices.not_found):
                yield event
            return
        if reason is None and not response.strip():
            reason = "model_unavailable"
        if reason is None:
            proof = await self._prove(run, response)
            if any(claim.verdict != "unsupported" for claim in proof.grounding.sentences):
                for event in self._finished(run, response, "generated", None, proof):
                    yield event
                return
            reason = "unsupported"
        async with aclosing(self._quoted(run, reason)) as events:
            async for event in events:
                yield event

    async def _quoted(self, run: _Run, reason: Reason) -> AsyncGenerator[AnswerEvent, None]:
        """The book's own sentences. What was streamed before is replaced by the final response."""
        quoted = await self._quoter.quote(run.alone, run.pieces, run.retrieved.strength)
        writer = self._writer(run)
        response = writer.feed(quoted.text) + writer.flush() if quoted.text else ""
        if not response:
            sentence = run.notices.spent(run.cap) if run.cap else run.notices.unanswered(reason)
            for event in self._closing(run, sentence, "extractive", reason):
                yield event
            return
        proof = self._prover.at(run.base_url).prove_quotation(response, run.citations, quoted.lines)
        if not run.streamed:
            yield AnswerText(response)
        for event in self._finished(run, response, "extractive", reason, proof):
            yield event

    async def _prove(self, run: _Run, response: str) -> Proof:
        """By meaning if there is time for a call, else by words alone."""
        prover = self._prover.at(run.base_url)
        try:
            async with asyncio.timeout(min(PROOF_SECONDS, run.meter.seconds_left)):
                proof = await prover.prove(response, run.citations, run.pieces)
        except (TimeoutError, Overloaded):
            return prover.prove_by_words(response, run.citations, run.pieces)
        run.meter.spending.add_embedding(proof.embedding_tokens, self._prover.usd_per_million_tokens)
        return proof

    def _finished(self, run: _Run, response: str, mode: Mode, reason: Reason | None, proof: Proof) -> list[AnswerEvent]:
        """With the list of sources, for a page that shows the response and nothing else."""
        replaces = bool(run.streamed) and mode == "extractive"
        events: list[AnswerEvent] = []
        if run.question.format == "text" and proof.citations:
            lead = (f"\n\n{run.notices.spent(run.cap)}" if run.cap else "") + source_line(proof.citations)
            response += lead
            if not replaces:
                events.append(AnswerText(lead))
        answer = Answer(
            response,
            mode,
            proof.citations,
            proof.grounding,
            run.meter.usage,
            reason=reason,
            replaces=replaces,
            cap=run.cap,
            retrieval=run.retrieved.method,
            similarity=run.retrieved.similarity,
            vector=run.retrieved.vector,
        )
        return [*events, answer]

    def _declined(self, run: _Run, text: str = "") -> list[AnswerEvent]:
        """Never while the embeddings are unavailable: the book may answer in other words.

        Nor while the budget forbids them, or the model that judges weak evidence.
        """
        if run.cap and (run.retrieved.degraded or run.retrieved.strength == "weak"):
            return self._closing(run, run.notices.spent(run.cap), "extractive", "over_budget")
        if run.retrieved.degraded:
            nearest = run.notices.keywords_only if run.pieces else run.notices.no_keywords
            reason: Reason = "no_model" if run.question.free else "model_unavailable"
            return self._closing(run, nearest, "extractive", reason)
        script = run.retrieved.unsupported_script
        if script and not text:
            sentence = run.notices.unsupported_language.format(script=script)
            return self._closing(run, sentence, "declined", "language_unsupported")
        return self._closing(run, text or run.notices.not_found, "declined", "not_in_book")

    def _closing(self, run: _Run, text: str, mode: Mode, reason: Reason) -> list[AnswerEvent]:
        """An answer without citations; the nearest sections are offered instead."""
        answer = Answer(
            text,
            mode,
            (),
            Grounding(),
            run.meter.usage,
            reason=reason,
            nearest=nearest_sections(run.pieces, run.base_url),
            replaces=run.streamed != text,
            cap=run.cap if reason == "over_budget" else None,
            retrieval=run.retrieved.method,
            similarity=run.retrieved.similarity,
            vector=run.retrieved.vector,
        )
        if run.streamed:
            return [answer]
        return [AnswerText(text), replace(answer, replaces=False)]

    def _writer(self, run: _Run) -> AnswerWriter:
        return AnswerWriter({citation.n for citation in run.citations}, run.question.format, run.base_url)
