"""Asking the book."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import asdict
from typing import Any

from quart import Blueprint, Response, jsonify

from glossator.domain.answering.answer import Answering
from glossator.domain.answering.question import Answer, Question, Sources, Text
from glossator.kernel.draining import Draining
from glossator.kernel.logs import REQUEST_ID
from glossator.web.bodies import ChatBody, read_body
from glossator.web.context import WebRules, services
from glossator.web.stream import Event, event_stream

bp = Blueprint("chat", __name__)


@bp.post("/chat")
async def chat() -> Response:
    body = await read_body(ChatBody)
    answer = await services().get(Answering).ask(body.question("text"))
    return jsonify(answer_document(answer))


@bp.post("/chat/stream")
async def chat_stream() -> Response:
    body = await read_body(ChatBody)
    events = _events(services().get(Answering), body.question("markdown"))
    return event_stream(events, services().get(Draining), services().get(WebRules).heartbeat)


async def _events(answering: Answering, question: Question) -> AsyncGenerator[Event, None]:
    yield Event("start", {**_place(), "question": question.text})
    async with aclosing(answering.answer(question)) as events:
        async for event in events:
            match event:
                case Sources(citations):
                    yield Event("sources", {"citations": [asdict(citation) for citation in citations]})
                case Text(text):
                    yield Event("delta", {"text": text})
                case Answer():
                    yield Event("final", answer_document(event))


def answer_document(answer: Answer) -> dict[str, Any]:
    """The object that `/chat` answers and a stream's `final` event carries."""
    return {
        "response": answer.response,
        "mode": answer.mode,
        "citations": [asdict(citation) for citation in answer.citations],
        "sources": list(answer.sources),
        "grounding": asdict(answer.grounding),
        "usage": asdict(answer.usage),
        "stored": False,
        **_place(),
    }


def _place() -> dict[str, str | None]:
    """Where the answer is kept: nowhere for an anonymous reader."""
    return {"request_id": REQUEST_ID.get(), "session_id": None, "message_id": None}
