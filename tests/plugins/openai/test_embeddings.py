"""Embeddings over the wire: limits of a request, order, dimension, servers that differ."""

import numpy as np
import pytest

from glossator.domain.errors import Unavailable
from glossator.kernel.errors import ServiceError
from glossator_plugins.openai import settings as names
from glossator_plugins.openai.tokens import count_tokens, shortened
from tests.plugins.openai.services import Changes, opened
from tests.servers.openai_answers import vector
from tests.servers.openai_behaviour import Behaviour, Failure
from tests.servers.openai_server import openai_server

OTHER: Changes = {names.EMBEDDING_MODEL: "other-model"}


@pytest.mark.parametrize("as_text", [True, False])
async def test_vectors_come_in_the_order_of_the_texts_each_of_length_one(as_text: bool) -> None:
    texts = ["ranking of passages", "spelling repair", "ranking of pages"]
    async with openai_server(Behaviour(base64=as_text)) as server, opened(server.url) as service:
        embedded = await service.embed(texts)
    assert embedded.vectors.dtype == np.float32
    assert np.allclose(embedded.vectors, [vector(text, 1536) for text in texts], atol=1e-6)
    assert np.allclose(np.linalg.norm(embedded.vectors, axis=1), 1, atol=1e-6)


async def test_tokens_are_those_that_the_server_counted() -> None:
    async with openai_server() as server, opened(server.url) as service:
        assert (await service.embed(["abcd" * 3, "abcd"])).tokens == 4


async def test_tokens_are_our_own_count_where_the_server_has_none() -> None:
    async with openai_server(Behaviour(usage=False)) as server, opened(server.url) as service:
        assert (await service.embed(["one word"])).tokens == service.count_tokens("one word")


async def test_nothing_to_embed_is_no_call() -> None:
    async with openai_server() as server, opened(server.url) as service:
        assert (await service.embed([])).vectors.shape == (0, 1536)
    assert server.requests == []


async def test_many_texts_are_cut_into_requests_and_joined_in_order() -> None:
    texts = [f"number{n}" for n in range(1300)]
    async with openai_server() as server, opened(server.url, OTHER) as service:
        server.requests.clear()
        embedded = await service.embed(texts)
    assert [len(body["input"]) for body in server.sent_to("embeddings")] == [512, 512, 276]
    assert np.allclose(embedded.vectors[1299], vector("number1299", 64), atol=1e-6)


async def test_a_request_stays_below_the_sum_of_tokens() -> None:
    text = "word " * 7000
    async with openai_server() as server, opened(server.url) as service:
        await service.embed([text] * 50)
    sums = [sum(map(count_tokens, body["input"])) for body in server.sent_to("embeddings")]
    assert len(sums) == 2
    assert max(sums) <= 300_000


@pytest.mark.parametrize("text", ["", "\ud800"])
async def test_what_the_route_refuses_is_sent_in_another_form(text: str) -> None:
    async with openai_server() as server, opened(server.url) as service:
        await service.embed([text])
    assert server.sent_to("embeddings")[0]["input"][0] in (" ", "?")


async def test_a_text_past_the_models_limit_is_cut_and_the_log_says_so(caplog: pytest.LogCaptureFixture) -> None:
    async with openai_server() as server, opened(server.url) as service:
        await service.embed(["word " * 10_000])
    sent = server.sent_to("embeddings")[0]["input"][0]
    assert 7000 < count_tokens(sent) <= 8192
    assert "embedding_input_cut" in caplog.text


@pytest.mark.parametrize(("model", "dimension"), [("text-embedding-3-small", 1536), ("text-embedding-3-large", 3072)])
async def test_a_known_models_dimension_costs_no_call(model: str, dimension: int) -> None:
    async with openai_server() as server, opened(server.url, {names.EMBEDDING_MODEL: model}) as service:
        assert service.dimension == dimension
    assert server.requests == []


async def test_an_unknown_models_dimension_is_learnt_at_the_start() -> None:
    async with openai_server(Behaviour(dimension=48)) as server, opened(server.url, OTHER) as service:
        assert service.dimension == 48
    assert len(server.requests) == 1


async def test_the_dimension_of_the_settings_is_asked_for() -> None:
    async with openai_server() as server, opened(server.url, {names.EMBEDDING_DIMENSION: 256}) as service:
        assert service.dimension == 256
        assert (await service.embed(["word"])).vectors.shape == (1, 256)
    assert server.sent_to("embeddings")[0]["dimensions"] == 256


async def test_the_models_own_dimension_is_not_asked_for() -> None:
    changes: Changes = {names.EMBEDDING_MODEL: "text-embedding-ada-002", names.EMBEDDING_DIMENSION: 1536}
    behaviour = Behaviour(refuses=frozenset({"dimensions"}))
    async with openai_server(behaviour) as server, opened(server.url, changes) as service:
        assert (await service.embed(["word"])).vectors.shape == (1, 1536)


async def test_a_server_without_embeddings_serves_the_chat_and_only_asking_for_vectors_fails() -> None:
    behaviour = Behaviour(missing=frozenset({"/v1/embeddings"}))
    async with openai_server(behaviour) as server, opened(server.url, OTHER) as service:
        await service.check()
        with pytest.raises(ServiceError, match=r"other-model does not answer: .* \(404\) - check OPENAI_MODEL"):
            _ = service.dimension


async def test_vectors_of_another_length_than_the_first_are_refused() -> None:
    async with openai_server(Behaviour(dimension=48)) as server, opened(server.url, OTHER) as service:
        server.behaviour.dimension = 49
        with pytest.raises(Unavailable, match="vectors of 49 numbers came, not of 48"):
            await service.embed(["word"])


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        (Behaviour(failure=Failure(400)), r"refused \(400\)"),
        (Behaviour(failure=Failure(404)), r"no such model or route \(404\)"),
        (Behaviour(failure=Failure(500)), r"failed \(500\)"),
        (Behaviour(garbage=True), "no embeddings that can be read"),
        (Behaviour(hang=True), "no answer from .* within 0.3 s"),
    ],
)
async def test_every_failure_is_unavailable_with_a_reason(behaviour: Behaviour, reason: str) -> None:
    async with openai_server(behaviour) as server, opened(server.url, {names.TIMEOUT: 0.3}) as service:
        with pytest.raises(Unavailable, match=reason) as fault:
            await service.embed(["word"])
    assert fault.value.service == "openai"


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
def test_our_count_is_not_below_that_of_cl100k_base(text: str, tokens: int) -> None:
    assert count_tokens(text) >= tokens


def test_prose_is_not_counted_much_above_its_length() -> None:
    prose = "A passage is found by its words and by its meaning, and both lists are fused into one. " * 20
    assert count_tokens(prose) <= len(prose) / 2


@pytest.mark.parametrize("text", ["word " * 100, "字" * 100, "a1" * 100])
def test_a_shortened_text_is_a_beginning_within_the_limit(text: str) -> None:
    cut = shortened(text, 50)
    assert text.startswith(cut)
    assert 40 < count_tokens(cut) <= 50
