"""`/chat` and `/chat/stream`. For signed-in readers the exchange is stored before the response ends."""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import asdict, replace
from typing import Any, Final

from quart import Blueprint, Response, jsonify

from glossator.domain.answering.answer import Answering
from glossator.domain.answering.prompt import reader_notes
from glossator.domain.answering.proof.citations import Utf16Offsets, citation_to_json
from glossator.domain.answering.question import Answer, AnswerEvent, AnswerText, Format, Grounding, Question, Sources
from glossator.domain.answering.retrieval.retriever import Retriever
from glossator.domain.answering.suggestions.suggested_questions import SuggestedQuestions
from glossator.domain.book.index import Suggestion
from glossator.domain.conversations.history import History, RecordedAnswer, StoreOutcome, record_answer
from glossator.domain.conversations.thread import Thread
from glossator.domain.errors import Overloaded
from glossator.domain.feedback.feedback import RatedAnswer, RecentAnswers, completed
from glossator.domain.report.recorder import AnswerRecorder, AskedQuestion
from glossator.kernel.draining import Draining
from glossator.kernel.logs import REQUEST_ID
from glossator.kernel.loop_lag import LoopLag
from glossator.web.auth.current_reader import has_accounts, known_reader, payer_of
from glossator.web.chat.stream_events import AnswerData, SourcesData, StartData
from glossator.web.conversations import conversation_id, conversation_not_found
from glossator.web.http.bodies import read_body
from glossator.web.http.context import WebOptions, services
from glossator.web.http.errors.problem import Problem
from glossator.web.http.json import cap_to_json
from glossator.web.http.stream import DELTA, Event, event_stream
from glossator.web.metrics import ask, logged_stream, measured_stream
from glossator.web.request_bodies import ChatBody
from glossator.web.suggestions import suggestions_to_json

bp = Blueprint("chat", __name__)

RETRY_SECONDS: Final = 5


@bp.post("/chat")
async def chat() -> Response:
    question, thread = await prepare_question(await read_body(ChatBody), "text")
    answer = await ask(question)
    remembering(question, thread)(answer)
    outcome = await services().get(History).store(thread, thread.completed_exchange(answer)) if thread else None
    follow_ups = await follow_ups_of(question, answer, services().get(SuggestedQuestions))
    return jsonify(answer_to_json(answer, thread, outcome, follow_ups))


@bp.post("/chat/stream")
async def chat_stream() -> Response:
    question, thread = await prepare_question(await read_body(ChatBody), "markdown")
    answering = services().get(Answering).answer(question)
    events = _to_stream_events(
        question,
        thread,
        measured_stream(logged_stream(question, _record(answering, thread))),
        remember=remembering(question, thread),
        suggested=services().get(SuggestedQuestions),
    )
    return event_stream(events, services().get(Draining), services().get(WebOptions).heartbeat)


async def prepare_question(body: ChatBody, default_format: Format) -> tuple[Question, Thread | None]:
    """The question with the stored conversation as its history. Anonymous readers have no thread.

    Raises Problem 403 or 404, Overloaded before anything is spent, and what `reader` raises.
    """
    refuse_if_overloaded()
    signed_in = await known_reader()
    if signed_in is None:
        return anonymous_question(body, default_format), None
    question = body.question(default_format)
    question = replace(question, reader=reader_notes(signed_in.account), payer=payer_of(signed_in))
    requested_id = None if body.session_id is None else conversation_id(body.session_id)
    thread = await services().get(History).open(signed_in.account.id, requested_id, question, REQUEST_ID.get())
    if thread is None:
        raise conversation_not_found()
    return thread.question, thread


def refuse_if_overloaded() -> None:
    """Raises Overloaded."""
    if services().get(LoopLag).is_late or any(guard.is_full for guard in services().guards()):
        raise Overloaded(RETRY_SECONDS)
    services().get(Retriever).refuse_if_full()


def anonymous_question(body: ChatBody, default_format: Format) -> Question:
    """Raises Problem 403 where only signed-in readers may ask."""
    if has_accounts() and not services().get(WebOptions).anonymous_chat:
        raise Problem(403, "sign_in_required")
    return replace(body.question(default_format), payer=payer_of(None))


def _record(
    answering: AsyncGenerator[AnswerEvent, None], thread: Thread | None
) -> AsyncGenerator[AnswerEvent | RecordedAnswer, None]:
    return answering if thread is None else record_answer(answering, services().get(History), thread)


async def _to_stream_events(
    question: Question,
    thread: Thread | None,
    answering: AsyncGenerator[AnswerEvent | RecordedAnswer, None],
    *,
    remember: Callable[[Answer | None], None],
    suggested: SuggestedQuestions,
) -> AsyncGenerator[Event, None]:
    """Runs outside the context of the request."""
    remember(None)
    async with aclosing(answering) as events:
        yield Event("start", StartData.build(**_stored_ids(thread, StoreOutcome.STORED), question=question.text))
        async for event in events:
            match event:
                case Sources(citations):
                    yield Event("sources", SourcesData.build(citations=[asdict(citation) for citation in citations]))
                case AnswerText(text):
                    yield Event(DELTA, {"text": text})  # the model of it would cost more than sending it
                case Answer() as answer:
                    remember(answer)
                    follow_ups = await follow_ups_of(question, answer, suggested)
                    yield Event("final", answer_to_json(answer, thread, None, follow_ups))
                case RecordedAnswer(answer, outcome):
                    remember(answer)
                    follow_ups = await follow_ups_of(question, answer, suggested)
                    yield Event("final", answer_to_json(answer, thread, outcome, follow_ups))


def remembering(question: Question, thread: Thread | None) -> Callable[[Answer | None], None]:
    """For the report, and for an answer that can be rated by its request's id: None when it begins, then the answer."""
    recent = services().get(RecentAnswers) if RecentAnswers in services() else None
    recorder = services().get(AnswerRecorder) if AnswerRecorder in services() else None
    begun = RatedAnswer(REQUEST_ID.get())
    if thread is not None:
        begun = replace(begun, account_id=thread.account_id, message_id=thread.answer_id)
    text = None if question.payer.account else question.text
    asked = AskedQuestion(begun.id, text, thread.question_id if thread else None)

    def remember(answer: Answer | None) -> None:
        if recent is not None:
            recent.put(begun if answer is None else completed(begun, answer))
        if recorder is not None and answer is not None:
            recorder.record(asked, answer)

    return remember


async def follow_ups_of(question: Question, answer: Answer, suggested: SuggestedQuestions) -> list[Suggestion]:
    """Questions from the cited sections, else from the nearest ones; none that the reader has asked."""
    asked = [question.text, *(turn.content for turn in question.history if turn.role == "user")]
    return await suggested.after(asked, [one.url for one in answer.citations or answer.nearest])


def answer_to_json(
    answer: Answer, thread: Thread | None, outcome: StoreOutcome | None, follow_ups: Sequence[Suggestion]
) -> dict[str, Any]:
    """The body of `/chat` and the data of a stream's `final` event. Offsets are UTF-16 code units of `response`."""
    offsets = Utf16Offsets(answer.response)
    return AnswerData.build(
        response=answer.response,
        mode=answer.mode,
        reason=answer.reason,
        retrieval=answer.retrieval,
        citations=[citation_to_json(citation, offsets) for citation in answer.citations],
        nearest=[asdict(section) for section in answer.nearest],
        follow_ups=suggestions_to_json(follow_ups),
        sources=list(answer.sources),
        grounding=grounding_to_json(answer.grounding, offsets),
        usage=asdict(answer.usage),
        budget=cap_to_json(answer.cap) if answer.cap else None,
        stored=outcome is StoreOutcome.STORED,
        **_stored_ids(thread, outcome),
    )


def grounding_to_json(grounding: Grounding, offsets: Utf16Offsets) -> dict[str, Any]:
    return {
        "score": grounding.score,
        "sentences": [
            {**offsets.span(claim.span), "verdict": claim.verdict, "n": list(claim.numbers)}
            for claim in grounding.sentences
        ],
        "unsupported": [offsets.span(span) for span in grounding.unsupported],
    }


def _stored_ids(thread: Thread | None, outcome: StoreOutcome | None) -> dict[str, str | None]:
    """Ids of the stored exchange; None for a conversation that was deleted meanwhile or was never created."""
    stored = outcome is StoreOutcome.STORED
    exists = thread is not None and (stored or (outcome is StoreOutcome.FAILED and thread.new_title is None))
    return {
        "request_id": REQUEST_ID.get(),
        "session_id": thread.conversation_id if thread and exists else None,
        "message_id": thread.answer_id if thread and stored else None,
    }
