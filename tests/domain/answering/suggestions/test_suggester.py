"""Suggested questions of an ingest: who writes them, what they cost, and which are kept."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest

from glossator.domain.answering.quoting.quoter import Quoter
from glossator.domain.answering.retrieval.retriever import Retriever
from glossator.domain.answering.suggestions.model_questions import WRITTEN
from glossator.domain.answering.suggestions.suggested_questions import PER_PAGE
from glossator.domain.answering.suggestions.suggester import AnswerCheck, Suggester
from glossator.domain.book.index import SuggestedPage
from glossator.domain.book.ingest.book_options import IngestOptions
from glossator.domain.book.ingest.ingest import Ingest
from glossator.domain.book.ingest.summary import IngestProgress, IngestSummary
from glossator.domain.book.pages.parsing import parse_page
from glossator.domain.book.passages import Passage
from glossator.domain.book.splitting.packing import Limits
from glossator.domain.book.splitting.splitter import Splitter
from glossator.domain.budget.budget import Budget
from glossator.domain.budget.caps import Caps, nanos
from glossator.domain.budget.leases import Leases
from glossator.domain.budget.memory_ledger import MemoryLedger
from tests.domain.answering.models import EVIDENCE, ScriptedModel
from tests.indexes import CountingEmbedder, MemoryIndex
from tests.options import RETRIEVAL_OPTIONS

LEASES = """# Leases

A lease is a part of the budget that one process may spend alone. The other processes do not see it.

## Renewing a lease

You renew a lease before it expires, and the ledger counts it again.

## When a process ends

The process returns its lease to the ledger, or the lease expires after some minutes.
"""
CAPS = "# Caps\n\n## What is a cap?\n\nA cap is the most that may be spent in one day.\n"
FRENCH = """# Le miel

Les abeilles font le miel dans la ruche et le gardent pour le froid.

## Pourquoi une abeille danse-t-elle ?

Une abeille danse pour montrer aux autres le chemin des fleurs.
"""
FROM_HEADINGS = ["How do I renew a lease?", "What happens when a process ends?"]


@dataclass
class Shelf:
    """A book and the parts of its ingest."""

    pages: dict[str, str] = field(default_factory=lambda: {"leases.md": LEASES, "caps.md": CAPS})
    model: ScriptedModel | None = None
    index: MemoryIndex = field(default_factory=MemoryIndex)
    embedder: CountingEmbedder = field(default_factory=lambda: CountingEmbedder(evidence=EVIDENCE))
    budget: Budget = field(default_factory=Budget.without_caps)
    progress: list[IngestProgress] = field(default_factory=list)

    def ingest(self) -> Ingest:
        splitter, retriever = Splitter(Limits(1000)), Retriever(self.embedder, self.index, RETRIEVAL_OPTIONS)
        check = AnswerCheck(retriever, Quoter(self.embedder), passages=8, characters=4000)
        suggester = Suggester(self.index, check, self.model, self.budget)
        return Ingest(self.index, self.embedder, splitter, batch=8, budget=self.budget, suggesting=suggester)

    async def run(self, *, rebuild: bool = False, budget_usd: float | None = None) -> IngestSummary:
        options = IngestOptions(rebuild=rebuild, budget_usd=budget_usd, other_book="edit")
        source = [parse_page(path, text) for path, text in self.pages.items()]
        return await self.ingest().run(source, options, self.progress.append)

    async def listed(self) -> dict[str, list[str] | None]:
        """By page; None for a page that was not asked for its questions."""
        assert self.index.live_number is not None
        pages: list[SuggestedPage] = [page async for page in self.index.suggested(self.index.live_number)]
        return {page.path: _questions(page) for page in pages}


def _questions(page: SuggestedPage) -> list[str] | None:
    return None if page.suggestions is None else sorted(one.question for one in page.suggestions)


def writer(*questions: str, fail_after: int | None = None) -> ScriptedModel:
    return ScriptedModel(answer="\n".join(questions), fail_after=fail_after)


async def test_headings_give_questions_that_open_their_section() -> None:
    shelf = Shelf()

    summary = await shelf.run()

    assert await shelf.listed() == {"leases.md": FROM_HEADINGS, "caps.md": ["What is a cap?"]}
    assert (summary.questions.total, summary.questions.new) == (3, 3)
    (first,) = [page async for page in shelf.index.suggested(1) if page.path == "caps.md"]
    assert [one.url for one in first.suggestions or ()] == ["caps#what-is-a-cap"]


async def test_a_second_ingest_embeds_nothing_and_asks_no_model() -> None:
    shelf = Shelf(model=writer("What is a lease of a budget?"))
    await shelf.run()
    shelf.embedder.calls.clear()
    asked = len(shelf.model.prompts) if shelf.model else 0

    summary = await shelf.run()

    assert (shelf.embedder.calls, len(shelf.model.prompts) if shelf.model else 0) == ([], asked)
    assert (summary.questions.total, summary.questions.new, summary.cost_usd) == (4, 0, 0.0)


async def test_only_a_changed_page_is_asked_again() -> None:
    model = writer("What is a lease of a budget?")
    shelf = Shelf(model=model)
    await shelf.run()
    model.prompts.clear()
    shelf.pages["caps.md"] += "\n## What is a floor?\n\nA floor is the least that may be spent in one day.\n"

    await shelf.run()

    assert ["Caps" in prompt.user for prompt in model.prompts] == [True]
    assert (await shelf.listed())["caps.md"] == ["What is a cap?", "What is a floor?"]


async def test_questions_are_removed_with_their_page() -> None:
    shelf = Shelf()
    await shelf.run()
    del shelf.pages["caps.md"]

    summary = await shelf.run()

    assert await shelf.listed() == {"leases.md": FROM_HEADINGS}
    assert summary.questions.total == 2


async def test_a_rollback_brings_the_former_questions_back() -> None:
    shelf = Shelf()
    await shelf.run()
    before = await shelf.listed()
    shelf.pages = {"leases.md": LEASES.replace("Renewing a lease", "Returning a lease")}
    await shelf.run(rebuild=True)
    changed = await shelf.listed()

    await shelf.ingest().roll_back()

    assert "How do I return a lease?" in (changed["leases.md"] or [])
    assert await shelf.listed() == before


async def test_a_model_writes_questions_in_the_language_of_the_page() -> None:
    written = ["Où les abeilles font-elles le miel ?", "Que montre une abeille qui danse ?"]
    shelf = Shelf({"miel.md": FRENCH}, model=writer(f"1. {written[0]}", f"- {written[1]}"))

    await shelf.run()

    assert (await shelf.listed())["miel.md"] == sorted([*written, "Pourquoi une abeille danse-t-elle ?"])


async def test_without_a_model_another_language_gives_only_headings_that_are_questions() -> None:
    shelf = Shelf({"miel.md": FRENCH})

    await shelf.run()

    assert await shelf.listed() == {"miel.md": ["Pourquoi une abeille danse-t-elle ?"]}


@pytest.mark.parametrize(
    "line",
    [
        "A lease is a part of the budget.",
        "What is at https://evil.example/lease?",
        "Lease?",
        "What is a lease " + "x" * 200 + "?",
        "=== What is a lease?",
    ],
)
async def test_what_is_no_short_question_is_not_kept(line: str) -> None:
    shelf = Shelf({"leases.md": LEASES}, model=writer(line))

    await shelf.run()

    assert await shelf.listed() == {"leases.md": FROM_HEADINGS}


async def test_a_question_that_would_not_be_answered_is_dropped() -> None:
    shelf = Shelf({"leases.md": LEASES}, model=writer("What does the orchestra play on Sundays?"))

    await shelf.run()

    assert await shelf.listed() == {"leases.md": FROM_HEADINGS}


async def test_a_question_that_another_page_answers_is_dropped() -> None:
    shelf = Shelf(model=writer("What is a cap?"))

    await shelf.run()

    assert await shelf.listed() == {"leases.md": FROM_HEADINGS, "caps.md": ["What is a cap?"]}


async def test_a_page_keeps_its_best_three() -> None:
    asked = [f"Which lease is renewed {n} times?" for n in ("two", "three", "four", "five", "six")]
    shelf = Shelf({"leases.md": LEASES}, model=writer(*asked))

    await shelf.run()

    assert len(asked) == WRITTEN
    assert len((await shelf.listed())["leases.md"] or ()) == PER_PAGE


async def test_a_page_whose_model_fails_is_left_for_the_next_ingest() -> None:
    failing = writer("What is a lease of a budget?", fail_after=0)
    shelf = Shelf({"leases.md": LEASES}, model=failing)
    summary = await shelf.run()
    without = await shelf.listed()

    failing.fail_after = None
    await shelf.run()

    assert (summary.live, summary.questions.total, without) == (True, 0, {"leases.md": None})
    assert await shelf.listed() == {"leases.md": sorted([*FROM_HEADINGS, "What is a lease of a budget?"])}


async def test_questions_count_in_the_cost_and_within_the_estimate() -> None:
    shelf = Shelf(model=writer("What is a lease of a budget?"))
    plan = await shelf.ingest().plan([parse_page(path, text) for path, text in shelf.pages.items()], IngestOptions())

    summary = await shelf.run()

    assert summary.questions.usd == pytest.approx(2 * (1000 * 1.0 + 100 * 2.0) / 1_000_000)
    assert summary.questions.usd < summary.cost_usd < plan.cost_usd
    assert summary.questions.tokens == 2 * 1100
    assert 0 < summary.questions.embedding_tokens < summary.tokens < plan.tokens
    assert next(one.max_cost for one in shelf.progress if one.max_cost).usd == pytest.approx(plan.cost_usd)
    assert max(one.suggested for one in shelf.progress) == summary.questions.new


async def test_pages_without_questions_count_in_the_estimate_of_the_next_ingest() -> None:
    shelf = Shelf(model=writer("What is a lease of a budget?", fail_after=0))
    await shelf.run()
    source = [parse_page(path, text) for path, text in shelf.pages.items()]

    plan = await shelf.ingest().plan(source, IngestOptions())

    assert (plan.passages.embedded, plan.cost_usd > 0) == (0, True)


@pytest.mark.parametrize("own_usd", [None, 0.05])
async def test_a_book_is_loaded_without_questions_that_cost_too_much(own_usd: float | None) -> None:
    ledger, model = MemoryLedger(), writer("What is a lease of a budget?")
    caps = Caps(site_day=nanos(0.05))
    budget = Budget(caps, ledger, Leases(ledger), clock=lambda: datetime(2026, 1, 31, tzinfo=UTC))
    shelf = Shelf(model=model, budget=budget)

    summary = await shelf.run(budget_usd=own_usd)

    assert (summary.live, summary.pages.new, summary.questions.new, model.prompts) == (True, 2, 0, [])
    assert (await shelf.run(budget_usd=1.0)).questions.new == 4


async def test_an_index_that_does_not_store_them_leaves_the_book_live_and_the_next_ingest_adds_them() -> None:
    whole = Shelf()
    await whole.run()
    shelf = Shelf(index=MemoryIndex(fail_after=whole.index.writes.index("put_suggestions")))

    summary = await shelf.run()
    shelf.index.fail_after = None
    await shelf.run()

    assert (summary.live, summary.questions.new) == (True, 0)
    assert await shelf.listed() == await whole.listed()


class ChangingIndex(MemoryIndex):
    """Another ingest shows its draft as soon as pages are read for their questions."""

    async def passages_of(self, number: int, pages: Sequence[str]) -> AsyncIterator[Passage]:
        build = self.stored[1].build
        self.stored[1].build = replace(build, generation=build.generation + 1)
        async for passage in super().passages_of(number, pages):
            yield passage


async def test_questions_are_not_written_to_a_book_that_changed_meanwhile() -> None:
    shelf = Shelf(index=ChangingIndex())

    summary = await shelf.run()

    assert summary.questions.new == 0
    assert await shelf.listed() == {"leases.md": None, "caps.md": None}
