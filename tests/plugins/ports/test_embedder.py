"""The suite of the port Embedder, for every implementation."""

from collections.abc import AsyncIterator

import numpy as np
import pytest

from tests.plugins.ports.models import IMPLEMENTATIONS, Models

TEXTS = [
    "A passage is a piece of one page.",
    "Stop words are left out of the index, because they distinguish nothing between two texts of the same language.",
    "Fusion",
]


@pytest.fixture(params=IMPLEMENTATIONS)
async def embedder(request: pytest.FixtureRequest) -> AsyncIterator[Models]:
    async with IMPLEMENTATIONS[request.param]() as models:
        yield models


async def test_every_text_has_a_unit_vector(embedder: Models) -> None:
    vectors = (await embedder.embed(TEXTS)).vectors
    assert vectors.shape == (3, embedder.dimension)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


async def test_rows_are_in_the_order_of_the_texts(embedder: Models) -> None:
    vectors = (await embedder.embed(TEXTS)).vectors
    reversed_vectors = (await embedder.embed(TEXTS[::-1])).vectors
    assert np.allclose(vectors, reversed_vectors[::-1], atol=1e-5)


async def test_a_vector_does_not_depend_on_the_other_texts(embedder: Models) -> None:
    together = (await embedder.embed([*TEXTS, "word " * 150, *TEXTS])).vectors
    alone = (await embedder.embed(TEXTS[:1])).vectors[0]
    assert np.allclose(together[0], alone, atol=1e-5)
    assert np.allclose(together[4], alone, atol=1e-5)


async def test_no_text_has_no_vector_and_no_cost(embedder: Models) -> None:
    embedded = await embedder.embed([])
    assert embedded.vectors.shape == (0, embedder.dimension)
    assert embedded.tokens == 0


async def test_related_texts_are_more_similar_than_unrelated_ones(embedder: Models) -> None:
    texts = ["How are passages ranked?", "Passages are ranked by their scores.", "Bake the bread for an hour."]
    question, related, unrelated = (await embedder.embed(texts)).vectors
    assert question @ related > question @ unrelated + 0.1


@pytest.mark.parametrize(
    "text", ["", "one", "snake_case(camelCase)", "naïve Übung", "日本語のテキスト", "مرحبا بالعالم", "x" * 300]
)
async def test_the_token_count_is_never_too_low(embedder: Models, text: str) -> None:
    count = (await embedder.embed([f"{text} text"])).tokens
    assert embedder.count_tokens(f"{text} text") >= count > 0


async def test_a_text_of_maximum_length_is_embedded_completely(embedder: Models) -> None:
    start = "word " * (embedder.max_tokens * 100 // embedder.count_tokens("word " * 100) * 9 // 10)
    assert embedder.max_tokens * 0.8 < embedder.count_tokens(f"{start} bread") <= embedder.max_tokens
    vectors = (await embedder.embed([f"{start} bread", f"{start} ranking"])).vectors
    assert not np.array_equal(vectors[0], vectors[1])


async def test_the_embedder_reports_its_model_limits_and_price(embedder: Models) -> None:
    assert embedder.model
    assert embedder.max_tokens > 0
    assert embedder.usd_per_million_tokens >= 0
    assert -1 <= embedder.evidence.none <= embedder.evidence.weak <= 1


async def test_a_running_service_passes_its_check(embedder: Models) -> None:
    await embedder.check()
