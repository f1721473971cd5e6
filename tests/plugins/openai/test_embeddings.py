"""Embeddings over HTTP: limits of a request, order, dimension and differences between servers."""

import numpy as np
import pytest

from glossator.domain.errors import Unavailable
from glossator.kernel.errors import ServiceError
from glossator_plugins.openai import settings as names
from glossator_plugins.openai.tokens import count_tokens, truncate
from tests.plugins.openai.services import Changes, open_openai
from tests.servers.openai_answers import vector
from tests.servers.openai_behaviour import Behaviour, Failure
from tests.servers.openai_server import openai_server

OTHER: Changes = {names.EMBEDDING_MODEL: "other-model"}


@pytest.mark.parametrize("base64", [True, False])
async def test_vectors_are_in_the_order_of_the_texts_and_normalised(base64: bool) -> None:
    texts = ["ranking of passages", "spelling repair", "ranking of pages"]
    async with openai_server(Behaviour(base64=base64)) as server, open_openai(server.url) as service:
        embedded = await service.embed(texts, "passage")
    assert embedded.vectors["dense"].dtype == np.float32
    assert np.allclose(embedded.vectors["dense"], [vector(text, 1536) for text in texts], atol=1e-6)
    assert np.allclose(np.linalg.norm(embedded.vectors["dense"], axis=1), 1, atol=1e-6)


async def test_tokens_are_counted_by_the_server() -> None:
    async with openai_server() as server, open_openai(server.url) as service:
        assert (await service.embed(["abcd" * 3, "abcd"], "passage")).tokens == 4


async def test_tokens_are_estimated_without_the_servers_count() -> None:
    async with openai_server(Behaviour(usage=False)) as server, open_openai(server.url) as service:
        assert (await service.embed(["one word"], "passage")).tokens == service.count_tokens("one word")


async def test_no_text_causes_no_request() -> None:
    async with openai_server() as server, open_openai(server.url) as service:
        assert (await service.embed([], "passage")).vectors == {}
    assert server.requests == []


async def test_many_texts_are_sent_in_batches_and_joined_in_order() -> None:
    texts = [f"number{n}" for n in range(1300)]
    async with openai_server() as server, open_openai(server.url, OTHER) as service:
        server.requests.clear()
        embedded = await service.embed(texts, "passage")
    assert [len(body["input"]) for body in server.sent_to("embeddings")] == [512, 512, 276]
    assert np.allclose(embedded.vectors["dense"][1299], vector("number1299", 64), atol=1e-6)


async def test_a_request_stays_within_the_token_limit() -> None:
    text = "word " * 7000
    async with openai_server() as server, open_openai(server.url) as service:
        await service.embed([text] * 50, "passage")
    sums = [sum(map(count_tokens, body["input"])) for body in server.sent_to("embeddings")]
    assert len(sums) == 2
    assert max(sums) <= 300_000


@pytest.mark.parametrize("text", ["", "\ud800"])
async def test_an_invalid_input_is_replaced(text: str) -> None:
    async with openai_server() as server, open_openai(server.url) as service:
        await service.embed([text], "passage")
    assert server.sent_to("embeddings")[0]["input"][0] in (" ", "?")


async def test_a_text_over_the_models_limit_is_truncated_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    async with openai_server() as server, open_openai(server.url) as service:
        await service.embed(["word " * 10_000], "passage")
    sent = server.sent_to("embeddings")[0]["input"][0]
    assert 7000 < count_tokens(sent) <= 8192
    assert "embedding_input_cut" in caplog.text


@pytest.mark.parametrize(("model", "dimension"), [("text-embedding-3-small", 1536), ("text-embedding-3-large", 3072)])
async def test_a_known_models_dimension_needs_no_request(model: str, dimension: int) -> None:
    async with openai_server() as server, open_openai(server.url, {names.EMBEDDING_MODEL: model}) as service:
        assert service.dimension == dimension
    assert server.requests == []


async def test_an_unknown_models_dimension_is_detected_at_the_start() -> None:
    async with openai_server(Behaviour(dimension=48)) as server, open_openai(server.url, OTHER) as service:
        assert service.dimension == 48
    assert len(server.requests) == 1


async def test_the_configured_dimension_is_requested() -> None:
    async with openai_server() as server, open_openai(server.url, {names.EMBEDDING_DIMENSION: 256}) as service:
        assert service.dimension == 256
        assert (await service.embed(["word"], "passage")).vectors["dense"].shape == (1, 256)
    assert server.sent_to("embeddings")[0]["dimensions"] == 256


async def test_the_models_default_dimension_is_not_requested() -> None:
    changes: Changes = {names.EMBEDDING_MODEL: "text-embedding-ada-002", names.EMBEDDING_DIMENSION: 1536}
    behaviour = Behaviour(unsupported=frozenset({"dimensions"}))
    async with openai_server(behaviour) as server, open_openai(server.url, changes) as service:
        assert (await service.embed(["word"], "passage")).vectors["dense"].shape == (1, 1536)


async def test_a_server_without_embeddings_fails_only_when_they_are_needed() -> None:
    behaviour = Behaviour(missing=frozenset({"/v1/embeddings"}))
    async with openai_server(behaviour) as server, open_openai(server.url, OTHER) as service:
        await service.check()
        with pytest.raises(ServiceError, match=r"other-model is unavailable: .* \(404\) - check OPENAI_MODEL"):
            _ = service.dimension


async def test_vectors_of_a_different_length_are_rejected() -> None:
    async with openai_server(Behaviour(dimension=48)) as server, open_openai(server.url, OTHER) as service:
        server.behaviour.dimension = 49
        with pytest.raises(Unavailable, match="the vectors have 49 dimensions instead of 48"):
            await service.embed(["word"], "passage")


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        (Behaviour(failure=Failure(400)), r"rejected \(400\)"),
        (Behaviour(failure=Failure(404)), r"model or route not found \(404\)"),
        (Behaviour(failure=Failure(500)), r"failed \(500\)"),
        (Behaviour(garbage=True), "no valid embeddings"),
        (Behaviour(zero_vectors=True), "an embedding without a direction"),
        (Behaviour(hang=True), "no answer from .* within 0.3 s"),
    ],
)
async def test_every_error_is_unavailable_with_a_reason(behaviour: Behaviour, reason: str) -> None:
    async with openai_server(behaviour) as server, open_openai(server.url, {names.TIMEOUT: 0.3}) as service:
        with pytest.raises(Unavailable, match=reason) as error:
            await service.embed(["word"], "passage")
    assert error.value.service == "openai"


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", 0),
        ("Hello, world!", 4),
        ("The quick brown fox jumps over the lazy dog.", 10),
        ("tokenization", 2),
        ("antidisestablishmentarianism", 6),
        ("x = foo(bar[1:], baz=None)", 10),
        ("2024-01-01T00:00:00Z", 13),
        ("你好世界", 5),
        ("مرحبا بالعالم", 10),
        ("🙂🙃", 5),
        ("aGVsbG8gd29ybGQgaG93IGFyZSB5b3U=", 23),
        ("9b5ad71b2ce5302211f9c61530b329a4922fc6a4", 25),
        ("Donaudampfschifffahrtsgesellschaft", 13),
        ("xkqjzvwpbnmrtlhgfdsczqwy", 16),
        ("\n\n\n    return self._value\n", 7),
    ],
)
def test_the_estimate_is_not_below_the_count_of_cl100k_base(text: str, tokens: int) -> None:
    assert count_tokens(text) >= tokens


def test_the_estimate_for_prose_is_at_most_one_token_per_two_characters() -> None:
    prose = "A passage is found by its words and by its meaning, and both lists are fused into one. " * 20
    assert count_tokens(prose) <= len(prose) / 2


@pytest.mark.parametrize("text", ["word " * 100, "字" * 100, "a1" * 100])
def test_a_truncated_text_is_a_beginning_within_the_limit(text: str) -> None:
    truncated = truncate(text, 50)
    assert text.startswith(truncated)
    assert 40 < count_tokens(truncated) <= 50
