"""The openai plugin with a server that speaks the protocol: start, settings, secrets and guard."""

import asyncio
import logging
import socket
import traceback
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from glossator.domain.errors import Unavailable
from glossator.domain.ports.chat_model import ChatModel, Prompt
from glossator.domain.ports.embedder import Embedder, EmbeddingSpace, Evidence
from glossator.kernel.errors import ServiceError
from glossator.kernel.plugin import ServicePlugin
from glossator.kernel.services import Services
from glossator_plugins.openai import settings as names
from glossator_plugins.openai.plugin import OpenAIPlugin
from tests.plugins.openai.services import KEY, Changes, open_openai
from tests.servers.openai_behaviour import NO_CREDIT, RATE_LIMITED, UNAUTHORIZED, Behaviour, Failure
from tests.servers.openai_server import OpenAIServer, openai_server

PROMPT = Prompt("You answer.", "[1] Search\nBM25 weighs words.\n")


@pytest.fixture
async def server() -> AsyncIterator[OpenAIServer]:
    async with openai_server() as running:
        yield running


def free_url() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}/v1"


def test_the_plugin_fulfils_the_contract() -> None:
    plugin = OpenAIPlugin()
    assert isinstance(plugin, ServicePlugin)
    assert (plugin.name, plugin.provides, plugin.requires) == ("openai", (Embedder, ChatModel), ())


async def test_the_service_reports_its_settings(server: OpenAIServer) -> None:
    async with open_openai(server.url) as service:
        assert (service.model, service.chat_model) == ("text-embedding-3-small", "gpt-4o-mini")
        assert (service.usd_per_million_tokens, service.usd_per_million_chat_tokens) == (0.02, (0.15, 0.6))
        assert service.spaces == (EmbeddingSpace("dense", "text-embedding-3-small", 1536, Evidence(0.15, 0.25, 0.25)),)
        assert service.generates


async def test_check_lists_the_models_once_and_sends_the_key(server: OpenAIServer) -> None:
    async with open_openai(server.url) as service:
        await service.check()
    assert [request.path for request in server.requests] == ["/v1/models"]
    assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"


async def test_a_compatible_server_needs_no_key(server: OpenAIServer) -> None:
    async with open_openai(server.url, {names.API_KEY: None}) as service:
        await service.check()


async def test_the_start_fails_without_key_and_server() -> None:
    with pytest.raises(ServiceError, match="set OPENAI_API_KEY, or OPENAI_BASE_URL"):
        async with open_openai(None, {names.API_KEY: None}):
            pass


@pytest.mark.parametrize("status", [403, 404, 405, 501])
async def test_check_accepts_a_server_without_a_model_list(server: OpenAIServer, status: int) -> None:
    server.behaviour.failure = Failure(status)
    async with open_openai(server.url) as service:
        await service.check()


@pytest.mark.parametrize(
    ("failure", "line"),
    [
        (UNAUTHORIZED, "the key was rejected (401) - check OPENAI_API_KEY"),
        (NO_CREDIT, "the account has no credit left (429) - check its plan and billing"),
        (RATE_LIMITED, "too many requests (429) - try again later, or raise the account's rate limits"),
        (Failure(500), "the server failed (500) - try again later"),
        (Failure(503), "the server failed (503) - try again later"),
        (Failure(418), "the request was rejected (418)"),
    ],
)
async def test_check_reports_an_error_status_in_one_line(server: OpenAIServer, failure: Failure, line: str) -> None:
    server.behaviour.failure = failure
    async with open_openai(server.url) as service:
        with pytest.raises(ServiceError) as error:
            await service.check()
    assert str(error.value) == line


async def test_check_reports_the_address_of_a_closed_port() -> None:
    url = free_url()
    async with open_openai(url) as service:
        with pytest.raises(ServiceError) as error:
            await service.check()
    assert str(error.value).startswith(f"no connection to {url.removesuffix('/v1')}, ")


async def test_check_reports_the_address_after_a_timeout(server: OpenAIServer) -> None:
    server.behaviour.hang = True
    async with open_openai(server.url, {names.TIMEOUT: 0.2}) as service:
        with pytest.raises(ServiceError, match=r"no answer from http://127\.0\.0\.1:\d+ within 0\.2 s"):
            await service.check()


async def test_a_cancelled_check_ends_at_once(server: OpenAIServer) -> None:
    server.behaviour.hang = True
    async with open_openai(server.url) as service:
        checking = asyncio.create_task(service.check())
        while not server.requests:
            await asyncio.sleep(0.01)
        checking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await checking
        await asyncio.wait_for(server.cancelled.acquire(), 60)


@pytest.mark.parametrize("failure", [UNAUTHORIZED, NO_CREDIT, Failure(400), Failure(503)])
async def test_a_key_in_a_server_error_is_never_printed(
    server: OpenAIServer, failure: Failure, caplog: pytest.LogCaptureFixture
) -> None:
    changes: Changes = {names.EMBEDDING_MODEL: "unknown", names.MAX_RETRIES: 1}
    server.behaviour.failure = failure
    texts: list[str] = []
    with caplog.at_level(logging.DEBUG):
        async with open_openai(server.url, changes) as service:
            texts.append(f"{service!r} {vars(service)!r}")
            for call in (service.embed(["a"], "passage"), anext(service.stream(PROMPT)), service.check()):
                with pytest.raises((Unavailable, ServiceError)) as error:
                    await call
                texts += traceback.format_exception(error.value)
    everything = "\n".join([*texts, caplog.text, *(str(record.__dict__) for record in caplog.records)])
    assert "sk-proj" not in everything
    assert "Bearer" not in everything


@pytest.mark.parametrize("library", ["openai._base_client", "httpx2", "httpcore2.http11"])
async def test_the_libraries_log_nothing_below_warning(server: OpenAIServer, library: str) -> None:
    async with open_openai(server.url):
        assert not logging.getLogger(library).isEnabledFor(logging.INFO)


async def test_a_transient_failure_is_retried_as_often_as_configured(server: OpenAIServer) -> None:
    server.behaviour = Behaviour(failure=RATE_LIMITED, failing=2)
    async with open_openai(server.url, {names.MAX_RETRIES: 2}) as service:
        await service.embed(["word"], "passage")
    assert len(server.sent_to("embeddings")) == 3


async def test_the_guard_records_success_and_failure(server: OpenAIServer) -> None:
    services = Services()
    async with open_openai(server.url, services=services) as service:
        await service.embed(["word"], "passage")
        succeeded = services.guard("openai.embeddings").last
        server.behaviour.failure = Failure(500)
        with pytest.raises(Unavailable):
            await service.embed(["word"], "passage")
    assert succeeded is not None
    assert succeeded.ok
    assert services.guard("openai.embeddings").failure_count == 1


async def test_json_answers_are_tried_at_the_start_and_requested_by_the_schema() -> None:
    changes: Changes = {names.JSON_ANSWERS: True}
    behaviour = Behaviour(answer='{"yes": true}')
    async with openai_server(behaviour) as server, open_openai(server.url, changes) as service:
        assert service.structured
        _ = [event async for event in service.stream(replace(PROMPT, schema={"type": "object"}))]
    trial, asked = server.sent_to("chat/completions")
    assert trial["response_format"]["type"] == "json_schema"
    assert asked["response_format"]["json_schema"] == {"name": "answer", "strict": True, "schema": {"type": "object"}}


async def test_a_server_without_json_schemas_is_asked_for_text(caplog: pytest.LogCaptureFixture) -> None:
    changes: Changes = {names.JSON_ANSWERS: True}
    behaviour = Behaviour(unsupported=frozenset({"response_format"}))
    async with openai_server(behaviour) as server, open_openai(server.url, changes) as service:
        assert not service.structured
    assert "json_answers_unsupported" in caplog.text
