"""`/v1`: the book as a model of OpenAI's API, for programs that speak it."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from time import time
from typing import Final

from quart import Response, jsonify

from glossator.domain.accounts.account import SignedIn
from glossator.domain.answering.answer import Answering, AnsweringOptions
from glossator.domain.answering.question import (
    Answer,
    AnswerEvent,
    AnswerText,
    Citation,
    Grounding,
    Question,
    Sources,
    Usage,
)
from glossator.domain.book.index import Hit
from glossator.domain.book.site_address import links_base
from glossator.kernel.draining import Draining
from glossator.kernel.logs import REQUEST_ID
from glossator.kernel.services import Services
from glossator.web.chat.chat import remembering
from glossator.web.http.bodies import read_body
from glossator.web.http.context import WebOptions, services
from glossator.web.http.errors.problem import FieldError, Problem
from glossator.web.http.pages import own_address
from glossator.web.http.stream import DELTA, Event, event_stream
from glossator.web.metrics import measured_stream
from glossator.web.programs.access import program_reader, question_of
from glossator.web.programs.openai.body import CompletionBody
from glossator.web.programs.openai.reply import DESCRIPTIONS, Completion, model_to_json
from glossator.web.search import find_passages

MAX_PASSAGES: Final = 8


async def models() -> Response:
    await program_reader()
    return jsonify({"object": "list", "data": [model_to_json(name) for name in DESCRIPTIONS]})


async def model(name: str) -> Response:
    await program_reader()
    return jsonify(model_to_json(known_model(name)))


async def completions() -> Response:
    body = await read_body(CompletionBody)
    completion = Completion(REQUEST_ID.get(), known_model(body.model), body.question, int(time()), own_address())
    current = await program_reader()
    question = question_of(
        current,
        body.question,
        history=body.history,
        instructions=body.instructions,
        quoted=body.model == "book-extractive",
    )
    answering = measured_stream(_answer(question, current, body.model))
    if not body.stream:
        return jsonify(await _whole(completion, answering, remembering(question, None)))
    with_usage = body.stream_options is not None and body.stream_options.include_usage
    events = _chunks(completion, answering, remembering(question, None), with_usage=with_usage)
    return event_stream(
        events, services().get(Draining), services().get(WebOptions).heartbeat, encode=completion.encoded
    )


def known_model(name: str) -> str:
    """Raises Problem 404."""
    if name not in DESCRIPTIONS:
        detail = f"There is no such model here. Use {', '.join(DESCRIPTIONS)}."
        raise Problem(404, "model_not_found", detail=detail, fields=(FieldError("model", "is not known"),))
    return name


def _answer(question: Question, current: SignedIn | None, model: str) -> AsyncGenerator[AnswerEvent, None]:
    if model == "book-passages":
        return passages_answer(services(), question)
    return services().get(Answering).answer(question)


Remember = Callable[[Answer | None], None]


async def _whole(
    completion: Completion, answering: AsyncGenerator[AnswerEvent, None], remember: Remember
) -> dict[str, object]:
    async with aclosing(answering) as events:
        async for event in events:
            match event:
                case Sources(citations):
                    completion.sources = {citation.n: citation.url for citation in citations}
                case Answer():
                    remember(event)
                    return completion.whole(event)
    raise AssertionError("an answer is always the last event")


async def _chunks(
    completion: Completion, answering: AsyncGenerator[AnswerEvent, None], remember: Remember, *, with_usage: bool
) -> AsyncGenerator[Event, None]:
    """Runs outside the context of the request."""
    streamed = 0
    remember(None)
    yield completion.first()
    async with aclosing(answering) as events:
        async for event in events:
            match event:
                case Sources(citations):
                    completion.sources = {citation.n: citation.url for citation in citations}
                case AnswerText(text):
                    streamed += len(text)
                    yield Event(DELTA, {"text": text})
                case Answer() as answer:
                    remember(answer)
                    if notice := completion.notice(answer):
                        yield Event(DELTA, {"text": notice + answer.response})
                    yield completion.last(answer, streamed + len(notice) if notice else 0)
                    if with_usage:
                        yield completion.usage(answer)
    yield Event("done", {})


async def passages_answer(services: Services, question: Question) -> AsyncGenerator[AnswerEvent, None]:
    """The passages that fit best, as an answer that no model wrote. Runs outside the context of the request."""
    found = await find_passages(services, question.text, MAX_PASSAGES, question.payer)
    base = links_base(services.get(AnsweringOptions).base_url, found.base)
    citations = tuple(_citation(n, hit, base) for n, hit in enumerate(found.hits, 1))
    yield Sources(citations)
    pairs = zip(citations, found.hits, strict=True)
    response = "\n\n".join(f"[{one.n}] **{one.label}**\n{one.url}\n\n{hit.passage.text}" for one, hit in pairs)
    yield AnswerText(response)
    yield Answer(response, "extractive", citations, Grounding(), Usage(), reason="no_model", retrieval=found.method)


def _citation(n: int, hit: Hit, base: str) -> Citation:
    passage = hit.passage
    return Citation(n, passage.id, passage.title, passage.heading, base + passage.url, "", hit.score)
