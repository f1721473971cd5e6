"""Adds suggested questions to the pages of the live build that have none, and only those.

- A model writes them, if there is one and it may; the headings give the rest. A question is kept only if it would be
  answered, and first from its own page.
- Pages are stored in small batches. What fails is left for the next ingest.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from glossator.domain.answering.language import language_of
from glossator.domain.answering.quoting.quoter import Quoter
from glossator.domain.answering.retrieval.evidence import is_enough
from glossator.domain.answering.retrieval.ranking import pieces_of
from glossator.domain.answering.retrieval.retriever import Retriever
from glossator.domain.answering.suggestions.heading_questions import MAX_LENGTH, asked_in, question_about, question_of
from glossator.domain.answering.suggestions.model_questions import MAX_TOKENS as WRITTEN_TOKENS
from glossator.domain.answering.suggestions.model_questions import most_read_tokens, most_written_usd, written_questions
from glossator.domain.answering.suggestions.suggested_questions import PER_PAGE
from glossator.domain.book.index import Build, PassageIndex, SuggestedPage, Suggestion
from glossator.domain.book.ingest.summary import MaxCost, Suggested
from glossator.domain.book.passages import Passage
from glossator.domain.book.words import different_words
from glossator.domain.budget.budget import Budget
from glossator.domain.budget.spending import TOKENS_PER_CHARACTER, Spending
from glossator.domain.errors import DomainError, Unavailable
from glossator.domain.ports.chat_model import ChatModel

NO_MODEL: Final = False


@dataclass(frozen=True)
class Checked:
    """The passage that the answer quotes first, and the best cosine of the search (1 without vectors)."""

    passage: Passage
    score: float


class AnswerCheck:
    """Decides as `Answering` does where no model may judge weak evidence: what passes is answered by any model."""

    def __init__(self, retriever: Retriever, quoter: Quoter, *, passages: int, characters: int) -> None:
        self._retriever = retriever
        self._quoter = quoter
        self._passages = passages
        self._characters = characters

    @property
    def usd_per_million_tokens(self) -> float:
        return self._retriever.usd_per_million_tokens

    async def check(self, question: str, spending: Spending) -> Checked | None:
        """None if it would not be answered. Raises Unavailable, also while nothing can be embedded."""
        found = await self._retriever.retrieve(question)
        spending.add_embedding(found.tokens, self.usd_per_million_tokens)
        if found.degraded:
            raise Unavailable("embeddings", "a suggested question could not be embedded")
        if not found.hits or found.unsupported_script or not is_enough(found.strength, generates=NO_MODEL):
            return None
        pieces = pieces_of(found.hits, passages=self._passages, characters=self._characters)
        quoted = await self._quoter.quote(question, pieces, found.strength)
        if not quoted.text:
            return None
        return Checked(quoted.lines[0].passage, max(found.cosines.values(), default=1.0))


log = logging.getLogger(__name__)

MAX_CHECKED: Final = 10
BATCH: Final = 8
"""Pages at a time, since a model takes its time."""
ENGLISH: Final = "en"
LANGUAGE_CHARACTERS: Final = 4000
LOSS_SUBJECT: Final = 0.2
"""Of the score of a question about the subject of a page, which names nothing else."""


@dataclass(frozen=True)
class Candidate:
    """`url` is that of its section, "" if unknown."""

    question: str
    url: str = ""
    loss: float = 0.0


class Suggester:
    """`model` is None if questions come from headings alone."""

    def __init__(self, index: PassageIndex, check: AnswerCheck, model: ChatModel | None, budget: Budget) -> None:
        self._index = index
        self._check = check
        self._model = model if model is not None and model.generates else None
        self._budget = budget

    @property
    def max_cost(self) -> MaxCost:
        """Of one page."""
        checked = MAX_CHECKED * 2 * TOKENS_PER_CHARACTER * MAX_LENGTH
        usd = checked * self._check.usd_per_million_tokens / 1_000_000
        if self._model is None:
            return MaxCost(checked if usd else 0, usd)
        return MaxCost(checked + most_read_tokens() + WRITTEN_TOKENS, usd + most_written_usd(self._model))

    async def lacking(self, number: int) -> list[SuggestedPage]:
        """The pages of a build that have not been asked for their questions, in order."""
        pages = [page async for page in self._index.suggested(number) if page.suggestions is None]
        return sorted(pages, key=lambda page: page.path)

    async def add(self, turns: asyncio.Lock, report: Callable[[int], None], left_usd: float | None) -> Suggested:
        """Holds `turns` for each write, and ends when an ingest changes the book meanwhile.

        Adds none if they may cost more than `left_usd`, what is left of an ingest's own budget, or without one more
        than the site's caps allow. Raises Unavailable if the index cannot be read or written.
        """
        live = await self._index.live()
        if live is None or live.number == 0:
            return Suggested()
        pages = await self.lacking(live.number)
        most = self.max_cost.usd * len(pages)
        async with self._budget.whole("ingest", most, apart=left_usd is not None) as spending:
            run = _SuggestionRun(live, spending, turns, report)
            if spending.refused is None and (left_usd is None or most <= left_usd):
                await self._add(run, pages)
            else:
                log.warning("suggestions_refused: they may cost $%.4f; the next ingest adds them", most)
        total = sum([len(page.suggestions or ()) async for page in self._index.suggested(live.number)])
        embedded, price = spending.embedding_tokens, self._check.usd_per_million_tokens
        return Suggested(
            total=total,
            new=run.new,
            tokens=spending.prompt_tokens + spending.completion_tokens,
            usd=max(0.0, spending.usd - embedded * price / 1_000_000),
            embedding_tokens=embedded,
        )

    async def _add(self, run: "_SuggestionRun", pages: Sequence[SuggestedPage]) -> None:
        left = 0
        for start in range(0, len(pages), BATCH):
            batch = pages[start : start + BATCH]
            read = await self._read(run.live.number, batch)
            found = await asyncio.gather(*(self._of_page(page, run) for page in read))
            made = {page.path: one for page, one in zip(batch, found, strict=True) if one is not None}
            left += len(batch) - len(made)
            if not await self._put(run, made):
                return
        if left:
            log.warning("suggestions_incomplete: %d pages have none yet; the next ingest adds them", left)
        if run.new:
            await self._save(run)

    async def _read(self, number: int, pages: Sequence[SuggestedPage]) -> list["_ReadPage"]:
        """As they are stored: splitting the pages again would take longer."""
        stored = [passage async for passage in self._index.passages_of(number, [page.path for page in pages])]
        return await asyncio.to_thread(lambda: [_ReadPage.of(page, stored) for page in pages])

    async def _of_page(self, page: "_ReadPage", run: "_SuggestionRun") -> Sequence[Suggestion] | None:
        """None while the model or the search fails."""
        try:
            return await self._kept(page.path, [*await self._written(page.passages, run), *page.candidates], run)
        except (DomainError, TimeoutError) as error:
            log.info("suggestions_failed: %s", error or "the model took too long")
            return None

    async def _written(self, passages: Sequence[Passage], run: "_SuggestionRun") -> list[Candidate]:
        if self._model is None or not passages:
            return []
        written = await written_questions(self._model, run.live.title, passages, run.spending)
        return [Candidate(question) for question in written]

    async def _kept(self, path: str, candidates: Sequence[Candidate], run: "_SuggestionRun") -> list[Suggestion]:
        kept: dict[frozenset[str], Suggestion] = {}
        for candidate in candidates[:MAX_CHECKED]:
            words = different_words(candidate.question)
            if len(kept) == PER_PAGE or (kept and candidate.loss):
                break
            if words in kept:
                continue
            found = await self._check.check(candidate.question, run.spending)
            if found is not None and found.passage.page == path:
                score = round(found.score - candidate.loss, 4)
                kept[words] = Suggestion(candidate.question, candidate.url or found.passage.url, score)
        return sorted(kept.values(), key=lambda one: -one.score)

    async def _put(self, run: "_SuggestionRun", made: Mapping[str, Sequence[Suggestion]]) -> bool:
        """False if the pages may be others now: that ingest adds the questions."""
        async with run.turns:
            live = await self._index.live()
            if live is None or (live.number, live.generation) != (run.live.number, run.live.generation):
                return False
            await self._index.put_suggestions(run.live.number, made)
        run.new += sum(map(len, made.values()))
        run.report(run.new)
        return True

    async def _save(self, run: "_SuggestionRun") -> None:
        """So that other processes, which keep the questions in memory, read them again."""
        async with run.turns:
            for build in await self._index.builds():
                if (build.number, build.generation) == (run.live.number, run.live.generation):
                    await self._index.save(replace(build, suggestions=build.suggestions + 1))


@dataclass(frozen=True)
class _ReadPage:
    """`candidates` come from the headings."""

    path: str
    passages: Sequence[Passage]
    candidates: Sequence[Candidate]

    @classmethod
    def of(cls, page: SuggestedPage, stored: Sequence[Passage]) -> "_ReadPage":
        own = sorted((one for one in stored if one.page == page.path), key=lambda passage: passage.start)
        return cls(page.path, own, candidates_of(own) if own else ())


@dataclass
class _SuggestionRun:
    """`new` counts the stored questions."""

    live: Build
    spending: Spending
    turns: asyncio.Lock
    report: Callable[[int], None]
    new: int = 0


def candidates_of(passages: Sequence[Passage]) -> list[Candidate]:
    """From the headings of a page, in their order; last a question about its subject, for a page without others."""
    sections: dict[tuple[str, ...], list[Passage]] = {}
    for passage in passages:
        sections.setdefault(passage.headings, []).append(passage)
    text = "\n\n".join(passage.text for passage in passages)
    english = language_of(text[:LANGUAGE_CHARACTERS]) == ENGLISH
    found = []
    for headings, parts in sections.items():
        heading, own = headings[-1] if headings else "", "\n\n".join(part.text for part in parts)
        question = question_of(heading, f"{own}\n\n{text}") if english else asked_in(heading)
        found += [Candidate(question, parts[0].url)] if question else []
    about = question_about(passages[0].headings[0], text) if english and passages[0].headings else ""
    return [*found, Candidate(about, loss=LOSS_SUBJECT)] if about else found
