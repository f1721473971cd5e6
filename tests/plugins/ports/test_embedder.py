"""The suite of the port Embedder, for every implementation."""

from collections.abc import AsyncIterator, Sequence

import numpy as np
import pytest

from glossator.domain.ports.embedder import Purpose, Vectors
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


async def rows(embedder: Models, texts: Sequence[str], purpose: Purpose = "passage") -> list[Vectors]:
    """The vectors in each space, in the order of the spaces."""
    embedded = await embedder.embed(texts, purpose)
    return [embedded.vectors[space.name] for space in embedder.spaces]


async def test_every_text_has_a_row_of_length_one_in_every_space(embedder: Models) -> None:
    for space, vectors in zip(embedder.spaces, await rows(embedder, TEXTS), strict=True):
        assert vectors.shape == (3, space.dimension)
        assert vectors.dtype == np.float32
        assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


async def test_rows_are_in_the_order_of_the_texts(embedder: Models) -> None:
    for vectors, turned in zip(await rows(embedder, TEXTS), await rows(embedder, TEXTS[::-1]), strict=True):
        assert np.allclose(vectors, turned[::-1], atol=1e-5)


async def test_a_vector_does_not_depend_on_the_other_texts(embedder: Models) -> None:
    together = await rows(embedder, [*TEXTS, "word " * 150, *TEXTS])
    for vectors, alone in zip(together, await rows(embedder, TEXTS[:1]), strict=True):
        assert np.allclose(vectors[0], alone[0], atol=1e-5)
        assert np.allclose(vectors[4], alone[0], atol=1e-5)


async def test_only_the_named_spaces_are_embedded(embedder: Models) -> None:
    first = embedder.spaces[0].name

    assert (await embedder.embed(TEXTS, "passage", [first])).vectors.keys() == {first}
    assert (await embedder.embed(TEXTS, "passage", [])).vectors == {}


async def test_no_text_costs_nothing(embedder: Models) -> None:
    assert (await embedder.embed([], "passage")).tokens == 0


async def test_a_question_is_nearer_to_a_related_passage_than_to_another(embedder: Models) -> None:
    questions = await rows(embedder, ["How are passages ranked?"], "question")
    passages = await rows(embedder, ["Passages are ranked by their scores.", "Bake the bread for an hour."])
    for question, (related, unrelated) in zip(questions, passages, strict=True):
        assert question[0] @ related > question[0] @ unrelated + 0.1


@pytest.mark.parametrize(
    "text", ["", "one", "snake_case(camelCase)", "naïve Übung", "日本語のテキスト", "مرحبا بالعالم", "x" * 300]
)
async def test_the_count_of_tokens_is_never_too_low(embedder: Models, text: str) -> None:
    counted = (await embedder.embed([f"{text} text"], "passage")).tokens
    assert embedder.count_tokens(f"{text} text") >= counted > 0


async def test_the_end_of_a_long_text_is_embedded_too(embedder: Models) -> None:
    start = "word " * 700
    for bread, ranking in await rows(embedder, [f"{start} bread", f"{start} ranking"]):
        assert not np.array_equal(bread, ranking)


async def test_it_reports_its_models_and_price(embedder: Models) -> None:
    assert embedder.usd_per_million_tokens >= 0
    for space in embedder.spaces:
        assert space.model
        assert -1 <= space.evidence.none <= space.evidence.weak <= 1
        assert space.evidence.none <= space.evidence.alone <= 1


async def test_a_running_service_passes_its_check(embedder: Models) -> None:
    await embedder.check()
