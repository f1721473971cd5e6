"""The suites of Embedder and ChatModel against OPENAI_BASE_URL, or OpenAI itself.

Left out is what only a model with fixed answers can promise: hosted ones choose their words, and the vectors of one
text differ in the fourth digit.
"""

from collections.abc import AsyncIterator
from contextlib import aclosing

import numpy as np
import pytest

from glossator.domain.ports.chat_model import Completed, Delta
from glossator.kernel.services import Services
from glossator_plugins.openai.service import OpenAIService
from tests.live.accounts import OPENAI, live, open_plugin
from tests.plugins.ports.models import Models
from tests.plugins.ports.test_chat_model import (  # noqa: F401 - collected here, over the fixtures below
    prompt_with,
    test_a_stream_has_several_deltas_and_then_one_completed,
    test_the_model_reports_its_name,
    test_token_counts_and_prices_are_never_negative,
)
from tests.plugins.ports.test_embedder import (  # noqa: F401 - the same
    TEXTS,
    test_a_question_is_nearer_to_a_related_passage_than_to_another,
    test_a_running_service_passes_its_check,
    test_every_text_has_a_row_of_length_one_in_every_space,
    test_it_reports_its_models_and_price,
    test_no_text_costs_nothing,
    test_only_the_named_spaces_are_embedded,
    test_the_count_of_tokens_is_never_too_low,
    test_the_end_of_a_long_text_is_embedded_too,
)

pytestmark = live(OPENAI)


@pytest.fixture
async def models() -> AsyncIterator[Models]:
    async with open_plugin("openai", Services()) as service:
        assert isinstance(service, OpenAIService)
        yield service


@pytest.fixture
def embedder(models: Models) -> Models:
    return models


@pytest.fixture
def chat_model(models: Models) -> Models:
    return models


async def test_rows_are_in_the_order_of_the_texts(embedder: Models) -> None:
    vectors = (await embedder.embed(TEXTS, "passage")).vectors["dense"]
    turned = (await embedder.embed([*TEXTS[::-1], "another text"], "passage")).vectors["dense"][:3]
    assert np.all(np.einsum("ij,ij->i", vectors, turned[::-1]) > 0.999)


async def test_a_stream_closed_early_leaves_the_model_usable(chat_model: Models) -> None:
    async with aclosing(chat_model.stream(prompt_with())) as events:
        assert isinstance(await anext(events), Delta)
    assert isinstance([event async for event in chat_model.stream(prompt_with())][-1], Completed)
