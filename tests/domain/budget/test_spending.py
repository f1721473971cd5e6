"""What streams of a model cost, also those that end early."""

import asyncio
from contextlib import aclosing

import pytest

from glossator.domain.budget.spending import Spending, about
from glossator.domain.errors import Unavailable
from glossator.domain.ports.chat_model import Delta, Prompt
from tests.domain.answering.models import ScriptedModel

pytestmark = pytest.mark.virtual_time

PROMPT = Prompt("Answer from the book.", "What is an index? " * 50)
ASKED = about(PROMPT.system + PROMPT.user)


async def read(model: ScriptedModel, spending: Spending, pieces: int = 100) -> None:
    async with aclosing(spending.stream(model, PROMPT)) as events:
        async for event in events:
            pieces -= isinstance(event, Delta)
            if pieces <= 0:
                return


async def test_a_whole_stream_costs_what_the_server_counted() -> None:
    spending = Spending()

    await read(ScriptedModel(), spending)

    assert (spending.prompt_tokens, spending.completion_tokens) == (1000, 100)
    assert spending.usd == pytest.approx(1000 * 1e-6 + 100 * 2e-6)


async def test_a_stream_that_the_reader_leaves_costs_its_prompt_and_what_was_produced() -> None:
    spending, model = Spending(), ScriptedModel("one two three four five six")

    await read(model, spending, pieces=3)

    assert (spending.prompt_tokens, spending.completion_tokens) == (ASKED, about("one two three"))
    assert model.closed == 1


async def test_a_stream_that_breaks_costs_its_prompt_and_what_was_produced() -> None:
    spending = Spending()

    with pytest.raises(Unavailable):
        await read(ScriptedModel("one two three", fail_after=2), spending)

    assert (spending.prompt_tokens, spending.completion_tokens) == (ASKED, about("one two"))


async def test_a_call_that_fails_at_once_costs_nothing() -> None:
    spending = Spending()

    with pytest.raises(Unavailable):
        await read(ScriptedModel(fail_after=0), spending)

    assert (spending.prompt_tokens, spending.usd) == (0, 0)


async def test_a_call_that_is_cancelled_before_its_first_text_costs_its_prompt() -> None:
    spending = Spending()

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(1):
            await read(ScriptedModel(fail_after=0, hangs=True), spending)

    assert (spending.prompt_tokens, spending.completion_tokens) == (ASKED, 0)


@pytest.mark.parametrize(("text", "tokens"), [("", 0), ("a", 1), ("The robot walks.", 6), ("漢字", 2), ("لفظ", 2)])
def test_an_estimate_is_a_third_of_the_bytes(text: str, tokens: int) -> None:
    assert about(text) == tokens
