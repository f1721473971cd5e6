"""What every ChatModel that generates promises."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest

from glossator.domain.ports.chat_model import Completed, Delta, Prompt
from tests.plugins.ports.models import GENERATING, Models, local_models

SENTENCE = "BM25 weighs every word by its rarity."


def prompt_with(sentence: str = SENTENCE) -> Prompt:
    return Prompt("You answer.", f"How does BM25 weigh a word?\n\n[1] Search > Words\n{sentence}\n")


@pytest.fixture(params=GENERATING)
async def chat_model(request: pytest.FixtureRequest) -> AsyncIterator[Models]:
    async with GENERATING[request.param]() as models:
        yield models


async def events_of(model: Models, prompt: Prompt) -> list[Delta | Completed]:
    return [event async for event in model.stream(prompt)]


async def text_of(model: Models, prompt: Prompt) -> str:
    return "".join(event.text for event in await events_of(model, prompt) if isinstance(event, Delta))


async def test_a_stream_has_several_deltas_and_then_one_completed(chat_model: Models) -> None:
    *deltas, last = await events_of(chat_model, prompt_with())
    assert len(deltas) > 1
    assert all(isinstance(delta, Delta) and delta.text for delta in deltas)
    assert isinstance(last, Completed)
    assert not last.truncated


async def test_the_deltas_form_the_text_with_its_citation(chat_model: Models) -> None:
    assert await text_of(chat_model, prompt_with()) == f"{SENTENCE} [1]"


async def test_only_offered_passages_are_cited(chat_model: Models) -> None:
    assert set(re.findall(r"\[(\d+)\]", await text_of(chat_model, prompt_with()))) == {"1"}


async def test_concurrent_streams_do_not_mix(chat_model: Models) -> None:
    sentences = [f"BM25 weighs a word {number} times more." for number in range(5)]
    texts = await asyncio.gather(*(text_of(chat_model, prompt_with(sentence)) for sentence in sentences))
    assert texts == [f"{sentence} [1]" for sentence in sentences]


async def test_a_stream_closed_early_leaves_the_model_usable(chat_model: Models) -> None:
    async with aclosing(chat_model.stream(prompt_with())) as events:
        assert isinstance(await anext(events), Delta)
    assert await text_of(chat_model, prompt_with()) == f"{SENTENCE} [1]"


async def test_token_counts_and_prices_are_never_negative(chat_model: Models) -> None:
    completed = (await events_of(chat_model, prompt_with()))[-1]
    assert isinstance(completed, Completed)
    assert min(completed.prompt_tokens, completed.completion_tokens, *chat_model.usd_per_million_chat_tokens) >= 0


async def test_the_model_reports_its_name(chat_model: Models) -> None:
    assert chat_model.chat_model


async def test_the_local_models_generate_nothing() -> None:
    async with local_models() as models:
        assert not models.generates
        assert await events_of(models, prompt_with()) == [
            Completed(truncated=False, prompt_tokens=0, completion_tokens=0)
        ]
