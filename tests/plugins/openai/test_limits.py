"""What a server may send at most, how many calls it gets, and what its rejections mean for the next calls."""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator

import pytest
from httpx2 import AsyncByteStream

from glossator.domain.errors import Overloaded, Unavailable
from glossator.domain.ports.chat_model import Completed, Delta, Prompt
from glossator.kernel.services import Services
from glossator_plugins.openai import settings as names
from glossator_plugins.openai.chat import CHARACTERS_PER_TOKEN, CHUNKS_PER_TURN, SPARE
from glossator_plugins.openai.response_limits import LimitedStream, ResponseTooLong
from tests.plugins.openai.services import Changes, open_openai
from tests.servers.openai_behaviour import NO_CREDIT, UNAUTHORIZED, Behaviour, Failure
from tests.servers.openai_server import OpenAIServer, openai_server

PROMPT = Prompt("You answer.", "[1] Search\nBM25 weighs words.\n", max_tokens=50)


async def read(stream: AsyncGenerator[Delta | Completed, None]) -> list[Delta | Completed]:
    return [event async for event in stream]


async def test_an_endless_stream_ends_at_the_token_limit_as_truncated() -> None:
    async with openai_server(Behaviour(endless=True)) as server, open_openai(server.url) as service:
        *deltas, completed = await read(service.stream(PROMPT))
        await server.cancelled.acquire()
    length = sum(len(delta.text) for delta in deltas if isinstance(delta, Delta))
    assert isinstance(completed, Completed)
    assert completed.truncated
    assert length <= CHARACTERS_PER_TOKEN * PROMPT.max_tokens + SPARE + len("word ")


async def test_an_endless_stream_without_text_ends() -> None:
    behaviour = Behaviour(endless=True, empty_chunks=True)
    async with openai_server(behaviour) as server, open_openai(server.url) as service:
        assert [type(event) for event in await read(service.stream(PROMPT))] == [Completed]


async def test_other_tasks_run_while_a_server_sends_as_fast_as_it_can() -> None:
    rounds, seen = 0, []

    async def count() -> None:
        nonlocal rounds
        while True:
            rounds += 1
            await asyncio.sleep(0)

    async with openai_server(Behaviour(endless=True)) as server, open_openai(server.url) as service:
        counting = asyncio.create_task(count())
        async for event in service.stream(PROMPT):
            if isinstance(event, Delta):
                seen.append(rounds)
        counting.cancel()
    assert max(map(seen.count, seen)) <= CHUNKS_PER_TURN


async def test_an_endless_line_is_an_error() -> None:
    services = Services()
    async with (
        openai_server(Behaviour(endless_line=True)) as server,
        open_openai(server.url, services=services) as service,
    ):
        with pytest.raises(Unavailable, match="sent an endless or compressed response"):
            await read(service.stream(PROMPT))
    assert services.guard("openai.chat").failure_count == 1
    assert len(server.requests) == 1


class Parts(AsyncByteStream):
    def __init__(self, *parts: bytes) -> None:
        self._parts = parts

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for part in self._parts:
            yield part


@pytest.mark.parametrize(
    ("parts", "passes"),
    [
        ([b"12345", b"678\n", b"12345678"], True),
        ([b"12345", b"6789", b"\n"], False),
        ([b"\n12345678", b"9"], False),
        ([b"1234567\n"] * 4, True),
        ([b"1234567\n"] * 5, False),
    ],
)
async def test_a_line_has_at_most_8_bytes_and_the_whole_at_most_32(parts: list[bytes], passes: bool) -> None:
    stream = LimitedStream(Parts(*parts), total=32, line=8)
    try:
        read = [part async for part in stream]
    except ResponseTooLong:
        read = []
    assert (read == parts) is passes


@pytest.mark.parametrize("failure", [UNAUTHORIZED, Failure(403), NO_CREDIT])
async def test_after_a_rejected_key_or_without_credit_no_further_call_is_sent(failure: Failure) -> None:
    services = Services()
    async with openai_server(Behaviour(failure=failure)) as server, open_openai(server.url, services=services) as model:
        reasons = [await reason_of(model.stream(PROMPT)) for _ in range(3)]
    assert len(server.requests) == 1
    assert services.guard("openai.chat").state == "open"
    assert len(set(reasons)) == 1


async def reason_of(stream: AsyncGenerator[Delta | Completed, None]) -> str:
    with pytest.raises(Unavailable) as error:
        await read(stream)
    return str(error.value)


async def test_chat_and_embeddings_have_their_own_breakers() -> None:
    services = Services()
    async with (
        openai_server(Behaviour(failure=UNAUTHORIZED)) as server,
        open_openai(server.url, services=services) as service,
    ):
        await reason_of(service.stream(PROMPT))
        server.behaviour.failure = None
        await service.embed(["word"], "question")
    assert [services.guard(f"openai.{kind}").state for kind in ("chat", "embeddings")] == ["open", "closed"]


@pytest.mark.parametrize("status", [400, 404, 413, 422])
async def test_a_rejected_request_is_neither_counted_nor_retried(status: int) -> None:
    services = Services()
    async with (
        openai_server(Behaviour(failure=Failure(status))) as server,
        open_openai(server.url, {names.MAX_RETRIES: 2}, services) as service,
    ):
        for _ in range(6):
            await reason_of(service.stream(PROMPT))
    guard = services.guard("openai.chat")
    assert (len(server.requests), guard.state, guard.failure_count, guard.works) == (6, "closed", 0, True)


async def test_an_unknown_model_is_logged_as_an_error_with_its_setting(caplog: pytest.LogCaptureFixture) -> None:
    behaviour = Behaviour(failure=Failure(404, "model_not_found"))
    async with openai_server(behaviour) as server, open_openai(server.url) as service:
        await reason_of(service.stream(PROMPT))
    (record,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert record.getMessage().startswith("call_rejected: openai.chat: model or route not found (404) - check OPENAI_")


@pytest.mark.parametrize("failure", [Failure(429, retry_after=60), Failure(503, retry_after=60)])
async def test_a_server_that_asks_for_a_minute_is_not_waited_for(failure: Failure) -> None:
    async with (
        openai_server(Behaviour(failure=failure)) as server,
        open_openai(server.url, {names.MAX_RETRIES: 2}) as service,
    ):
        await reason_of(service.stream(PROMPT))
        with pytest.raises(Unavailable):
            await service.embed(["word"], "question")
    assert len(server.requests) == 2


@pytest.mark.parametrize("behaviour", [Behaviour(failure=Failure(500), failing=1), Behaviour(drop_after=0, dropping=1)])
async def test_a_stream_that_fails_before_its_first_text_is_retried(behaviour: Behaviour) -> None:
    async with openai_server(behaviour) as server, open_openai(server.url, {names.MAX_RETRIES: 1}) as service:
        events = await read(service.stream(PROMPT))
    assert isinstance(events[-1], Completed)
    assert len(server.requests) == 2


async def test_a_stream_that_fails_after_its_first_text_is_not_retried() -> None:
    async with (
        openai_server(Behaviour(drop_after=2)) as server,
        open_openai(server.url, {names.MAX_RETRIES: 2}) as service,
    ):
        await reason_of(service.stream(PROMPT))
    assert len(server.requests) == 1


NARROW: Changes = {names.CONCURRENCY: 2, names.QUEUE: 1}


async def streaming(server: OpenAIServer, count: int) -> None:
    while len(server.requests) < count:
        await asyncio.sleep(0.01)


async def test_no_more_answers_run_than_configured_and_beyond_the_queue_calls_are_refused_at_once() -> None:
    services = Services()
    async with openai_server(Behaviour(stall_after=1)) as server, open_openai(server.url, NARROW, services) as service:
        reading = [asyncio.create_task(read(service.stream(PROMPT))) for _ in range(3)]
        await streaming(server, 2)
        with pytest.raises(Overloaded) as refused:
            await read(service.stream(PROMPT))
        guard = services.guard("openai.chat")
        assert (guard.running, guard.waiting, guard.failure_count, len(server.requests)) == (2, 1, 0, 2)
        assert refused.value.retry_after == 5
        reading[0].cancel()
        await streaming(server, 3)
        for task in reading:
            task.cancel()
        await asyncio.wait(reading)
        assert (guard.running, guard.waiting) == (0, 0)


async def test_a_probe_asks_for_an_answer_and_a_vector() -> None:
    async with openai_server() as server, open_openai(server.url) as service:
        await service.probe()
    assert sorted(request.path for request in server.requests) == ["/v1/chat/completions", "/v1/embeddings"]
