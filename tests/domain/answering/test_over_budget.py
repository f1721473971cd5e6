"""Questions where the budget has too little left: nothing paid is called, and every sentence stays true."""

from contextlib import aclosing
from dataclasses import replace

import pytest

from glossator.domain.answering.answer import Answering
from glossator.domain.answering.meter import worst_case
from glossator.domain.answering.question import AnswerText, Question, Turn
from glossator.domain.budget.caps import nanos, usd
from glossator.domain.ports.embedder import Evidence
from tests.domain.answering.models import EVIDENCE, ScriptedModel, answering
from tests.domain.budget.cap_leases import CAPS, DAY_CAP, GUEST, READER, Process
from tests.indexes import CountingEmbedder
from tests.options import ANSWERING_OPTIONS

pytestmark = pytest.mark.virtual_time

QUESTION = Question("What does the inverted index map a word to?", payer=READER)
FOLLOW_UP = replace(QUESTION, history=(Turn("user", "What is an index?"), Turn("assistant", "A list of words.")))
SENTENCE = "Today's budget for written answers is used up. It is renewed on 2026-02-01 at 00:00 UTC."


def spent() -> Process:
    return Process(caps=replace(CAPS, site_day=1))


def over(model: ScriptedModel, embedder: CountingEmbedder | None = None) -> Answering:
    return answering(model, budget=spent().budget, embedder=embedder)


async def test_the_book_is_quoted_with_the_reason_and_the_time() -> None:
    answer = await over(ScriptedModel()).ask(QUESTION)

    assert (answer.mode, answer.reason) == ("extractive", "over_budget")
    assert answer.cap is not None
    assert (answer.cap.limit, answer.cap.scope) == ("site_day", "site")
    assert answer.response == (
        f"The inverted index maps a word to its passages. [1]\n\n{SENTENCE}\n\nSources: [1] Words"
    )


async def test_nothing_that_costs_money_is_called() -> None:
    model, embedder = ScriptedModel(), CountingEmbedder(evidence=EVIDENCE)

    answer = await over(model, embedder).ask(FOLLOW_UP)

    assert (model.prompts, embedder.calls) == ([], [])
    assert answer.usage.cost_usd == 0


async def test_for_a_free_question_nothing_that_costs_money_is_called_either() -> None:
    model, embedder = ScriptedModel(), CountingEmbedder(evidence=EVIDENCE)

    answer = await answering(model, embedder=embedder).ask(replace(FOLLOW_UP, free=True))

    assert (model.prompts, embedder.calls) == ([], [])
    assert (answer.mode, answer.reason, answer.cap) == ("extractive", "no_model", None)
    assert answer.response.startswith("The inverted index maps a word to its passages.")


async def test_markdown_leaves_the_time_to_the_page() -> None:
    answer = await over(ScriptedModel()).ask(replace(QUESTION, format="markdown"))

    assert SENTENCE not in answer.response


async def test_without_a_fitting_sentence_the_time_is_said_and_nothing_about_the_book() -> None:
    answer = await over(ScriptedModel()).ask(Question("How do bananas grow?", payer=READER))

    assert (answer.mode, answer.reason, answer.response) == ("extractive", "over_budget", SENTENCE)


async def test_a_free_search_by_meaning_still_says_what_is_not_in_the_book() -> None:
    embedder = CountingEmbedder(evidence=Evidence(none=1.0, weak=1.0, alone=1.0))
    embedder.usd_per_million_tokens = 0.0

    answer = await over(ScriptedModel(), embedder).ask(Question("How do bananas grow?", payer=READER))

    assert (answer.mode, answer.reason) == ("declined", "not_in_book")
    assert answer.cap is None


async def test_an_answer_is_settled_by_what_it_used() -> None:
    process = Process()

    answer = await answering(ScriptedModel(), budget=process.budget).ask(QUESTION)
    await process.budget.close()

    assert answer.mode == "generated"
    assert usd(await process.counted()) == pytest.approx(answer.usage.cost_usd, abs=1e-8)


async def test_a_reader_who_leaves_pays_for_the_prompt_and_what_was_written() -> None:
    process, model = Process(), ScriptedModel("The inverted index maps a word to its passages [1]. " * 20)

    async with aclosing(answering(model, budget=process.budget).answer(QUESTION)) as events:
        async for event in events:
            if isinstance(event, AnswerText):
                break
    await process.budget.close()

    prompt = len((model.prompts[0].system + model.prompts[0].user).encode()) / 3
    assert prompt < (await process.counted()) / 1000 < prompt + 200
    assert process.leases.free(DAY_CAP) == 0


@pytest.mark.parametrize("question", [QUESTION, FOLLOW_UP, replace(QUESTION, selected_text="word " * 1000)])
async def test_no_question_costs_more_than_its_worst_case(question: Question) -> None:
    model, embedder = ScriptedModel(), CountingEmbedder(evidence=EVIDENCE)
    worst = worst_case(question, ANSWERING_OPTIONS, model, embedder.usd_per_million_tokens)

    answer = await answering(model, embedder=embedder).ask(question)

    assert 0 < answer.usage.cost_usd < worst


async def test_a_model_that_costs_nothing_has_no_budget() -> None:
    process, embedder = Process(caps=replace(CAPS, site_day=1)), CountingEmbedder(evidence=EVIDENCE)
    model, embedder.usd_per_million_tokens = ScriptedModel(), 0.0
    model.usd_per_million_chat_tokens = (0.0, 0.0)

    answer = await answering(model, budget=process.budget, embedder=embedder).ask(replace(QUESTION, payer=GUEST))

    assert answer.mode == "generated"


async def test_the_operator_is_counted_and_never_refused() -> None:
    process = spent()

    answer = await answering(ScriptedModel(), budget=process.budget).ask(Question(QUESTION.text))
    await process.budget.close()

    assert answer.mode == "generated"
    assert await process.counted(replace(DAY_CAP, amount=1)) == nanos(answer.usage.cost_usd)
