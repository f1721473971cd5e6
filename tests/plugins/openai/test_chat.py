"""Streamed answers over HTTP: pieces, ends, stalls, cancellation and differences between servers."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from glossator.domain.errors import Unavailable
from glossator.domain.ports.chat_model import Completed, Delta, Prompt
from glossator.kernel.services import Services
from glossator_plugins.openai import settings as names
from tests.plugins.openai.services import Changes, open_openai
from tests.servers.openai_behaviour import NO_CREDIT, Behaviour, Failure
from tests.servers.openai_server import openai_server

PROMPT = Prompt("You answer.", "[1] Search\nBM25 weighs words.\n", max_tokens=77)
TEXT = "BM25 weighs words. [1]"
SHORT: Changes = {names.TIMEOUT: 0.3}


async def read(stream: AsyncGenerator[Delta | Completed, None]) -> tuple[str, list[Completed]]:
    events = [event async for event in stream]
    text = "".join(event.text for event in events if isinstance(event, Delta))
    return text, [event for event in events if isinstance(event, Completed)]


async def sent_body(changes: Changes) -> dict[str, Any]:
    async with openai_server() as server, open_openai(server.url, changes) as service:
        await read(service.stream(PROMPT))
    body: dict[str, Any] = server.sent_to("chat/completions")[0]
    return body


async def test_a_stream_yields_the_pieces_and_then_one_completed() -> None:
    async with openai_server() as server, open_openai(server.url) as service:
        events = [event async for event in service.stream(PROMPT)]
    assert [type(event) for event in events] == [Delta] * 8 + [Completed]
    assert "".join(event.text for event in events if isinstance(event, Delta)) == TEXT
    assert events[-1] == Completed(truncated=False, prompt_tokens=11, completion_tokens=6)


async def test_the_request_has_all_parameters() -> None:
    assert await sent_body({}) == {
        "model": "gpt-4o-mini",
        "messages": [{"role": "system", "content": PROMPT.system}, {"role": "user", "content": PROMPT.user}],
        "temperature": 0.0,
        "max_completion_tokens": 77,
        "stream": True,
        "stream_options": {"include_usage": True},
    }


@pytest.mark.parametrize(
    ("changes", "parameter"),
    [
        ({names.STREAM_USAGE: False}, "stream_options"),
        ({names.LEGACY_MAX_TOKENS: True}, "max_completion_tokens"),
        ({names.SEND_TEMPERATURE: False}, "temperature"),
    ],
)
async def test_a_setting_omits_an_unsupported_parameter(changes: Changes, parameter: str) -> None:
    behaviour = Behaviour(unsupported=frozenset({parameter}))
    async with openai_server(behaviour) as server:
        async with open_openai(server.url) as service:
            with pytest.raises(Unavailable, match=r"\(400\) - check which of the settings OPENAI__"):
                await read(service.stream(PROMPT))
        async with open_openai(server.url, changes) as service:
            assert (await read(service.stream(PROMPT)))[0] == TEXT


async def test_the_legacy_limit_is_sent_under_its_old_name() -> None:
    assert (await sent_body({names.LEGACY_MAX_TOKENS: True}))["max_tokens"] == 77


async def test_missing_token_counts_are_estimated() -> None:
    async with openai_server(Behaviour(usage=False)) as server, open_openai(server.url) as service:
        (_, [completed]) = await read(service.stream(PROMPT))
    assert completed.prompt_tokens >= 11
    assert completed.completion_tokens >= 6


@pytest.mark.parametrize(("reason", "truncated"), [("stop", False), ("length", True), ("content_filter", True)])
async def test_an_answer_that_reached_a_limit_is_truncated(reason: str, truncated: bool) -> None:
    async with openai_server(Behaviour(finish_reason=reason)) as server, open_openai(server.url) as service:
        (_, [completed]) = await read(service.stream(PROMPT))
    assert completed.truncated is truncated


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        (Behaviour(failure=Failure(401)), r"rejected \(401\)"),
        (Behaviour(failure=Failure(503)), r"failed \(503\)"),
        (Behaviour(failure=NO_CREDIT), "no credit left"),
        (Behaviour(hang=True), "no answer from .* within 0.3 s"),
        (Behaviour(first_delay=1), "no answer from .* within 0.3 s"),
        (Behaviour(garbage=True), "the answer ended early"),
        (Behaviour(empty_choices=True), "the answer ended early"),
        (Behaviour(finish_reason=None), "the answer ended early"),
        (Behaviour(drop_after=0), "no connection to .*, or it was lost"),
        (Behaviour(drop_after=3), "no connection to .*, or it was lost"),
        (Behaviour(stall_after=3), "no answer from .* within 0.3 s"),
        (Behaviour(error_after=0), "reported an error"),
        (Behaviour(error_after=3), "reported an error"),
    ],
)
async def test_every_error_is_unavailable_and_counted(behaviour: Behaviour, reason: str) -> None:
    services = Services()
    async with openai_server(behaviour) as server, open_openai(server.url, SHORT, services) as service:
        with pytest.raises(Unavailable, match=reason) as error:
            await read(service.stream(PROMPT))
    assert error.value.service == "openai"
    assert services.guard("openai.chat").failure_count == 1


@pytest.mark.parametrize(
    "chunk",
    [
        "words",
        7,
        [1],
        {"choices": "words"},
        {"choices": {"index": 0}},
        {"choices": [None]},
        {"choices": [{"delta": "words"}]},
        {"choices": [{"delta": {"content": ["words"]}}]},
        {"usage": {"prompt_tokens": "many", "completion_tokens": 1}},
        {"usage": {"total_tokens": 1}},
    ],
    ids=str,
)
async def test_a_chunk_of_another_format_is_an_error(chunk: object) -> None:
    async with openai_server(Behaviour(first_chunk=chunk)) as server, open_openai(server.url) as service:
        with pytest.raises(Unavailable, match="is not a chat completion - check OPENAI_BASE_URL"):
            await read(service.stream(PROMPT))


@pytest.mark.parametrize(
    "chunk",
    [
        {},
        {"choices": []},
        {"choices": None, "usage": None},
        {"choices": [{}]},
        {"choices": [{"delta": None, "finish_reason": None}]},
        {"choices": [{"delta": {"role": "assistant", "content": None}}]},
        {"choices": [{"delta": {"content": ""}}]},
    ],
    ids=str,
)
async def test_omitted_and_null_fields_are_accepted(chunk: object) -> None:
    async with openai_server(Behaviour(first_chunk=chunk)) as server, open_openai(server.url) as service:
        assert (await read(service.stream(PROMPT)))[0] == TEXT


async def test_pieces_before_an_error_are_delivered() -> None:
    async with openai_server(Behaviour(drop_after=3)) as server, open_openai(server.url) as service:
        stream = service.stream(PROMPT)
        for _ in range(3):
            assert isinstance(await anext(stream), Delta)
        with pytest.raises(Unavailable):
            await anext(stream)


async def test_a_slow_answer_succeeds_if_each_piece_is_in_time() -> None:
    behaviour = Behaviour(chunk_delay=0.3)
    async with openai_server(behaviour) as server, open_openai(server.url, {names.TIMEOUT: 2.0}) as service:
        assert (await read(service.stream(PROMPT)))[0] == TEXT


async def test_closing_the_stream_cancels_the_request_at_once() -> None:
    async with openai_server(Behaviour(stall_after=1)) as server, open_openai(server.url) as service:
        stream = service.stream(PROMPT)
        await anext(stream)
        await stream.aclose()
        await asyncio.wait_for(server.cancelled.acquire(), 60)


@pytest.mark.parametrize("behaviour", [Behaviour(hang=True), Behaviour(stall_after=1)])
async def test_cancelling_the_reader_cancels_the_request_and_counts_no_failure(behaviour: Behaviour) -> None:
    services = Services()
    async with openai_server(behaviour) as server, open_openai(server.url, services=services) as service:
        reading = asyncio.create_task(read(service.stream(PROMPT)))
        while not server.requests:
            await asyncio.sleep(0.01)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        await asyncio.wait_for(server.cancelled.acquire(), 60)
    assert services.guard("openai.chat").failure_count == 0


async def test_many_streams_run_concurrently() -> None:
    behaviour = Behaviour(answer=lambda messages: messages[-1]["content"], chunk_delay=0.01)
    async with openai_server(behaviour) as server, open_openai(server.url) as service:
        prompts = [Prompt("You repeat.", f"question {n}") for n in range(40)]
        answers = await asyncio.gather(*(read(service.stream(prompt)) for prompt in prompts))
    assert [text for text, _ in answers] == [prompt.user for prompt in prompts]


async def test_a_lone_surrogate_in_a_question_is_replaced() -> None:
    async with openai_server() as server, open_openai(server.url) as service:
        await read(service.stream(Prompt("You answer.", "what is \ud83d?")))
    assert server.sent_to("chat/completions")[0]["messages"][1]["content"] == "what is ??"
