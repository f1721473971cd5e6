"""A question's way: condense, retrieve, then one stream of the model, cited and grounded.

- The prompt tells a generating model that evidence is weak; without evidence the answer is declined without a call.
- A model that cannot answer is replaced by quotations of the best passages, as long as nothing was said yet.
- Everything ends within the deadline; what is still missing then is quoted instead.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Final

from glossator.domain.answering.answer_writer import AnswerWriter
from glossator.domain.answering.citations import citations_of, cited, ground, quotables
from glossator.domain.answering.condense import condense
from glossator.domain.answering.extractive import extract
from glossator.domain.answering.meter import Meter
from glossator.domain.answering.prompt import answer_prompt
from glossator.domain.answering.question import (
    Answer,
    AnswerEvent,
    Citation,
    Grounding,
    Mode,
    Question,
    Sources,
    Text,
    Usage,
)
from glossator.domain.answering.retriever import Retrieved, Retriever
from glossator.domain.errors import Unavailable
from glossator.domain.ports.chat_model import ChatModel, Quotable
from glossator.domain.ports.embedder import Evidence

NOT_FOUND: Final = "I could not find an answer to this in the book."
SOURCE_LINES: Final = 3


@dataclass(frozen=True)
class AnsweringOptions:
    """`deadline` is in seconds for a whole answer; `base_url`, ending with a slash, is where the book's pages are."""

    evidence: Evidence
    base_url: str
    deadline: float
    max_tokens: int


@dataclass
class _Progress:
    """What is known of one question so far."""

    question: Question
    meter: Meter
    retrieved: Retrieved = field(default_factory=Retrieved)
    citations: tuple[Citation, ...] = ()
    evidence: tuple[Quotable, ...] = ()


class Answering:
    """Answers questions about the served book."""

    def __init__(self, retriever: Retriever, model: ChatModel, options: AnsweringOptions) -> None:
        self._retriever = retriever
        self._model = model
        self._options = options

    async def ask(self, question: Question) -> Answer:
        """The whole answer. A model that fails half way is replaced by quotations."""
        async with aclosing(self._events(question, restart=True)) as events:
            async for event in events:
                if isinstance(event, Answer):
                    return event
        raise AssertionError("an answer is always the last event")

    def answer(self, question: Question) -> AsyncGenerator[AnswerEvent, None]:
        """Sources, texts, then one Answer. Raises BookEmpty and Unavailable, the latter also after some text."""
        return self._events(question, restart=False)

    async def _events(self, question: Question, *, restart: bool) -> AsyncGenerator[AnswerEvent, None]:
        progress = _Progress(question, Meter(self._model, self._options.deadline))
        alone = await condense(question, progress.meter)
        found = await self._retriever.retrieve(alone, selected_text=question.selected_text)
        progress.retrieved = found
        if not found.hits or self._below(found, self._floor):
            yield Sources(())
            yield Text(NOT_FOUND)
            yield self._declined(NOT_FOUND, progress.meter.usage)
            return
        progress.citations = citations_of(found.hits, alone, self._options.base_url)
        progress.evidence = quotables(found.hits)
        yield Sources(progress.citations)
        async with aclosing(self._generated(progress, alone, restart=restart)) as events:
            async for event in events:
                yield event

    async def _generated(self, progress: _Progress, alone: str, *, restart: bool) -> AsyncGenerator[AnswerEvent, None]:
        weak = self._below(progress.retrieved, self._options.evidence.weak)
        prompt = answer_prompt(
            progress.question,
            progress.evidence,
            title=progress.retrieved.title,
            weak=weak,
            max_tokens=self._options.max_tokens,
        )
        writer = self._writer(progress)
        try:
            async with aclosing(progress.meter.stream(replace(prompt, question=alone))) as deltas:
                async for delta in deltas:
                    if text := writer.feed(delta):
                        yield Text(text)
        except (Unavailable, TimeoutError) as fault:
            if writer.response and not restart:
                raise Unavailable("model", "the answer broke off") from fault
            for event in self._quoted(progress, alone, weak=weak):
                yield event
            return
        for event in self._finished(progress, writer, "generated" if self._model.generates else "extractive"):
            yield event

    def _quoted(self, progress: _Progress, alone: str, *, weak: bool) -> list[AnswerEvent]:
        """What is said in place of a model that cannot answer."""
        text = "" if weak else extract(alone, progress.evidence)
        if not text:
            return [Text(NOT_FOUND), self._declined(NOT_FOUND, progress.meter.usage)]
        writer = self._writer(progress)
        return [Text(writer.feed(text)), *self._finished(progress, writer, "extractive")]

    def _finished(self, progress: _Progress, writer: AnswerWriter, mode: Mode) -> list[AnswerEvent]:
        events: list[AnswerEvent] = [Text(text)] if (text := writer.flush()) else []
        if writer.declined or not writer.response.strip():
            if not writer.response.strip():
                events = [Text(NOT_FOUND)]
            return [*events, self._declined(writer.response.strip() or NOT_FOUND, progress.meter.usage)]
        response = writer.response
        used = cited(progress.citations, writer.cited, response, progress.evidence)
        grounding = ground(response, progress.evidence)
        if progress.question.format == "text" and used:
            lines = source_lines(used)
            events.append(Text(lines))
            response += lines
        return [*events, Answer(response, mode, used, grounding, progress.meter.usage)]

    def _writer(self, progress: _Progress) -> AnswerWriter:
        numbers = {citation.n for citation in progress.citations}
        return AnswerWriter(numbers, progress.question.format, self._options.base_url)

    @property
    def _floor(self) -> float:
        """A model that only quotes cannot judge the passages, so it needs the better evidence."""
        return self._options.evidence.none if self._model.generates else self._options.evidence.weak

    @staticmethod
    def _below(found: Retrieved, floor: float) -> bool:
        return found.cosine is not None and found.cosine < floor

    @staticmethod
    def _declined(text: str, usage: Usage) -> Answer:
        return Answer(text, "declined", (), Grounding(None), usage)


def source_lines(citations: tuple[Citation, ...]) -> str:
    """One line a citation, at most three, for a page that shows the response and nothing else."""
    shown = [f"[{citation.n}] {citation.label} - {citation.url}" for citation in citations[:SOURCE_LINES]]
    more = len(citations) - SOURCE_LINES
    return "\n\n" + "\n".join([*shown, f"and {more} more"] if more > 0 else shown)
