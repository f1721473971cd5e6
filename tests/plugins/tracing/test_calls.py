"""The span of one call to a model: what it records, and what only TRACING__CONTENT adds."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from typing import Final

import pytest

from glossator.domain.errors import Unavailable
from glossator.domain.ports.chat_model import ChatModel, Completed, Prompt
from glossator.kernel.logs import TRACE_ID
from glossator.kernel.services import Services
from glossator_plugins.tracing import settings as names
from glossator_plugins.tracing.plugin import TracingPlugin
from tests.plugins.openai.services import open_openai
from tests.plugins.tracing.apps import exported_to, settings
from tests.servers.openai_behaviour import Behaviour
from tests.servers.openai_server import openai_server
from tests.servers.otlp_server import ExportedSpan, OtlpServer, otlp_server

PROMPT: Final = Prompt("Be brief.", "private question")


@asynccontextmanager
async def traced_model(
    behaviour: Behaviour | None = None, *, content: bool = False, step: str = "ask"
) -> AsyncIterator[tuple[ChatModel, OtlpServer]]:
    """A model that is called in a step of this name, or in none; after the block all spans have arrived."""
    services = Services()
    async with openai_server(behaviour) as openai, otlp_server() as collector:
        values = exported_to(collector.url) | {names.CONTENT: content}
        async with (
            TracingPlugin().open(settings(values), services),
            open_openai(openai.url, services=services) as model,
        ):
            with services.spans.step(step) if step else nullcontext():
                yield model, collector


def chat_span(collector: OtlpServer) -> ExportedSpan:
    [span] = [span for span in collector.spans if span.name == "chat gpt-4o-mini"]
    return span


async def test_a_call_records_model_tokens_and_time_but_no_text() -> None:
    async with traced_model() as (model, collector):
        *_, completed = [event async for event in model.stream(PROMPT)]

    assert isinstance(completed, Completed)
    attributes = chat_span(collector).attributes
    assert attributes.pop("gen_ai.response.time_to_first_chunk") > 0
    assert attributes == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-4o-mini",
        "gen_ai.request.max_tokens": 1000,
        "gen_ai.usage.input_tokens": completed.prompt_tokens,
        "gen_ai.usage.output_tokens": completed.completion_tokens,
        "gen_ai.response.finish_reasons": ["stop"],
        "glossator.step": "generate",
    }
    assert b"private" not in collector.received


async def test_question_and_answer_are_recorded_only_with_content() -> None:
    async with traced_model(content=True) as (model, collector):
        text = "".join([event.text async for event in model.stream(PROMPT) if not isinstance(event, Completed)])

    attributes = chat_span(collector).attributes
    assert json.loads(attributes["gen_ai.input.messages"])[0]["parts"][0]["content"] == PROMPT.user
    assert json.loads(attributes["gen_ai.output.messages"])[0]["parts"][0]["content"] == text


async def test_a_failed_call_is_an_error_with_its_class_and_without_its_message() -> None:
    async with traced_model(Behaviour(garbage=True)) as (model, collector):
        with pytest.raises(Unavailable):
            _ = [event async for event in model.stream(PROMPT)]

    span = chat_span(collector)
    assert (span.status, span.attributes["error.type"]) == ("STATUS_CODE_ERROR", "Unavailable")
    assert b"html" not in collector.received


async def test_a_stream_that_is_closed_early_ends_its_span_without_an_error() -> None:
    async with traced_model() as (model, collector):
        stream = model.stream(PROMPT)
        await anext(stream)
        await stream.aclose()

    assert chat_span(collector).status == "STATUS_CODE_UNSET"


async def test_a_call_outside_of_a_request_is_not_traced() -> None:
    async with traced_model(step="") as (model, collector):
        _ = [event async for event in model.stream(PROMPT)]

    assert collector.spans == []


async def test_a_step_gives_log_lines_its_trace_id() -> None:
    services = Services()
    async with otlp_server() as collector, TracingPlugin().open(settings(exported_to(collector.url)), services):
        with services.spans.step("ingest"):
            during = TRACE_ID.get()
        after = TRACE_ID.get()

    [span] = collector.spans
    assert (during, after) == (span.trace_id, "")
