"""`/metrics`, and what the routes record for it."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from http import HTTPStatus
from time import monotonic
from typing import Final, TypeVar

from quart import Blueprint, Response
from quart_cors import cors_exempt

from glossator.domain.answering.answer import Answering
from glossator.domain.answering.question import Answer, AnswerEvent, AnswerText, Question
from glossator.domain.conversations.history import RecordedAnswer
from glossator.kernel.metrics import Meter, Metric
from glossator.web.auth.admin import admin_only
from glossator.web.http.context import WebOptions, services
from glossator.web.http.edge import Ended
from glossator.web.http.errors.problem import Problem

log = logging.getLogger(__name__)

bp = Blueprint("metrics", __name__)

PROMETHEUS: Final = "text/plain; version=0.0.4; charset=utf-8"
METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
SECONDS: Final = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
REQUEST_SECONDS: Final = (0.05, 0.25, 1.0, 5.0)
"""Few, because every route and status has all of them."""
SHARES: Final = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.99)

REQUESTS: Final = Metric(
    "http.server.request.duration", "Time from a request to the head of its response.", "s", REQUEST_SECONDS
)
ANSWERS: Final = Metric("glossator.answer.duration", "Time from a question to its whole answer.", "s", SECONDS)
FIRST_TEXT: Final = Metric("glossator.answer.first_text", "Time from a question to the first text.", "s", SECONDS)
SIMILARITY: Final = Metric("glossator.answer.similarity", "Best cosine of the question and a passage.", "", SHARES)
GROUNDING: Final = Metric("glossator.answer.grounding", "Share of the claims that are supported.", "", SHARES)
STREAMS: Final = Metric("glossator.streams.open", "Answers that are being streamed.")


class Metrics:
    """What the routes record. A request's route is its rule, so that no path adds a series."""

    def __init__(self, meter: Meter) -> None:
        self.text = meter.text
        self.streams = 0
        self._requests = meter.histogram(REQUESTS)
        self._answers = meter.histogram(ANSWERS)
        self.first_text = meter.histogram(FIRST_TEXT)
        self._similarity = meter.histogram(SIMILARITY)
        self._grounding = meter.histogram(GROUNDING)
        meter.observe(STREAMS, lambda: [(self.streams, {})])

    def request_ended(self, ended: Ended) -> None:
        labels = {
            "http.request.method": ended.method if ended.method in METHODS else "_OTHER",
            "http.route": ended.route,
            "http.response.status_code": str(ended.status),
        }
        self._requests(ended.seconds, labels)

    def answered(self, answer: Answer, seconds: float) -> None:
        self._answers(seconds, {"mode": answer.mode, "reason": answer.reason or ""})
        if answer.similarity is not None:
            self._similarity(answer.similarity, {"mode": answer.mode})
        if answer.grounding.score is not None:
            self._grounding(answer.grounding.score, {})


def metrics() -> Metrics | None:
    return services().get(Metrics) if Metrics in services() else None


async def ask(question: Question) -> Answer:
    """The whole answer, measured. Raises as Answering.ask."""
    began, measured = monotonic(), metrics()
    answer = await services().get(Answering).ask(question)
    if measured:
        measured.answered(answer, monotonic() - began)
    if services().get(WebOptions).log_content:
        log_answer(question, answer)
    return answer


def log_answer(question: Question, answer: Answer) -> None:
    log.debug("question_answered: %s -> %s", question.text, answer.response)


E = TypeVar("E", bound=AnswerEvent | RecordedAnswer)


def measured_stream(answering: AsyncGenerator[E, None]) -> AsyncGenerator[E, None]:
    """The same events, measured. Closing it closes `answering`."""
    measured = metrics()
    return answering if measured is None else _measured(answering, measured)


async def _measured(answering: AsyncGenerator[E, None], measured: Metrics) -> AsyncGenerator[E, None]:
    """Runs outside the context of the request."""
    began, silent = monotonic(), True
    measured.streams += 1
    try:
        async with aclosing(answering) as events:
            async for event in events:
                if silent and isinstance(event, AnswerText):
                    silent = False
                    measured.first_text(monotonic() - began, {})
                elif isinstance(event, Answer | RecordedAnswer):
                    answer = event if isinstance(event, Answer) else event.answer
                    measured.answered(answer, monotonic() - began)
                yield event
    finally:
        measured.streams -= 1


def logged_stream(question: Question, answering: AsyncGenerator[E, None]) -> AsyncGenerator[E, None]:
    """The same events; question and answer are logged where the operator wants it. Closing it closes `answering`."""
    return _logged(question, answering) if services().get(WebOptions).log_content else answering


async def _logged(question: Question, answering: AsyncGenerator[E, None]) -> AsyncGenerator[E, None]:
    async with aclosing(answering) as events:
        async for event in events:
            if isinstance(event, Answer | RecordedAnswer):
                log_answer(question, event if isinstance(event, Answer) else event.answer)
            yield event


@bp.get("/metrics")
@cors_exempt
@admin_only
async def scrape() -> Response:
    measured = metrics()
    if measured is None:
        raise Problem(HTTPStatus.NOT_FOUND, "not_found")
    return Response(await asyncio.to_thread(measured.text), content_type=PROMETHEUS)
