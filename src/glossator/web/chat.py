"""Asking the book. What a signed-in reader asks is stored with its answer before the answer is given."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import asdict, replace
from typing import Any, Literal

from quart import Blueprint, Response, jsonify

from glossator.domain.answering.answer import Answering
from glossator.domain.answering.prompt import reader_notes
from glossator.domain.answering.question import Answer, AnswerEvent, Question, Sources, Text
from glossator.domain.conversations.history import History, RecordedAnswer, Storing, recorded
from glossator.domain.conversations.thread import Thread
from glossator.kernel.draining import Draining
from glossator.kernel.logs import REQUEST_ID
from glossator.web.auth.current_reader import has_accounts, reader
from glossator.web.conversations import conversation_id, no_conversation
from glossator.web.http.bodies import read_body
from glossator.web.http.context import WebOptions, services
from glossator.web.http.problem import Problem
from glossator.web.http.stream import Event, event_stream
from glossator.web.request_bodies import ChatBody

bp = Blueprint("chat", __name__)


@bp.post("/chat")
async def chat() -> Response:
    question, thread = await opened(await read_body(ChatBody), "text")
    answer = await services().get(Answering).ask(question)
    storing = await services().get(History).keep(thread, thread.answered(answer)) if thread else None
    return jsonify(answer_document(answer, thread, storing))


@bp.post("/chat/stream")
async def chat_stream() -> Response:
    question, thread = await opened(await read_body(ChatBody), "markdown")
    answering = services().get(Answering).answer(question)
    events = _events(question, thread, _kept(answering, thread))
    return event_stream(events, services().get(Draining), services().get(WebOptions).heartbeat)


async def opened(body: ChatBody, default_format: Literal["text", "markdown"]) -> tuple[Question, Thread | None]:
    """The question with what its reader said before; no thread for somebody unknown, of whom nothing is stored.

    Raises Problem 403 and 404, and what `reader` raises.
    """
    question = body.question(default_format)
    asking = await reader()
    if asking is None:
        if has_accounts() and not services().get(WebOptions).anonymous_chat:
            raise Problem(403, "sign_in_required")
        return question, None
    question = replace(question, reader=reader_notes(asking.account))
    wanted = None if body.session_id is None else conversation_id(body.session_id)
    thread = await services().get(History).open(asking.account.id, wanted, question, REQUEST_ID.get())
    if thread is None:
        raise no_conversation()
    return thread.question, thread


def _kept(
    answering: AsyncGenerator[AnswerEvent, None], thread: Thread | None
) -> AsyncGenerator[AnswerEvent | RecordedAnswer, None]:
    return answering if thread is None else recorded(answering, services().get(History), thread)


async def _events(
    question: Question, thread: Thread | None, answering: AsyncGenerator[AnswerEvent | RecordedAnswer, None]
) -> AsyncGenerator[Event, None]:
    async with aclosing(answering) as events:
        yield Event("start", {**_place(thread, Storing.STORED), "question": question.text})
        async for event in events:
            match event:
                case Sources(citations):
                    yield Event("sources", {"citations": [asdict(citation) for citation in citations]})
                case Text(text):
                    yield Event("delta", {"text": text})
                case Answer():
                    yield Event("final", answer_document(event, thread, None))
                case RecordedAnswer(answer, storing):
                    yield Event("final", answer_document(answer, thread, storing))


def answer_document(answer: Answer, thread: Thread | None, storing: Storing | None) -> dict[str, Any]:
    """The object that `/chat` answers and a stream's `final` event carries."""
    return {
        "response": answer.response,
        "mode": answer.mode,
        "citations": [asdict(citation) for citation in answer.citations],
        "sources": list(answer.sources),
        "grounding": asdict(answer.grounding),
        "usage": asdict(answer.usage),
        "stored": storing is Storing.STORED,
        **_place(thread, storing),
    }


def _place(thread: Thread | None, storing: Storing | None) -> dict[str, str | None]:
    """Where the answer is kept: no conversation that was deleted meanwhile, or would have begun with this answer."""
    stored = storing is Storing.STORED
    there = thread is not None and (stored or (storing is Storing.FAILED and thread.new_title is None))
    return {
        "request_id": REQUEST_ID.get(),
        "session_id": thread.conversation_id if thread and there else None,
        "message_id": thread.answer_id if thread and stored else None,
    }
