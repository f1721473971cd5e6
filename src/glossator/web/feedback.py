"""`/feedback`: a reader's vote on an answer, which can be changed and withdrawn."""

from quart import Blueprint, Response

from glossator.domain.feedback.feedback import FeedbackStore, RatedAnswer, RecentAnswers
from glossator.domain.report.recorder import AnswerRecorder
from glossator.web.auth.current_reader import reader
from glossator.web.conversations import stored_id
from glossator.web.http.bodies import read_body
from glossator.web.http.context import services
from glossator.web.http.errors.problem import FieldError, Problem, field_message
from glossator.web.request_bodies import FeedbackBody

bp = Blueprint("feedback", __name__)


@bp.post("/feedback")
async def give() -> Response:
    await rate(await read_body(FeedbackBody))
    return no_content()


async def rate(body: FeedbackBody) -> None:
    """Raises Problem."""
    if FeedbackStore not in services():
        raise Problem(404, "feedback_off")
    store, answer = services().get(FeedbackStore), await _answer(body)
    feedback = body.feedback()
    if feedback is None:
        if AnswerRecorder in services():
            await services().get(AnswerRecorder).forget(answer.id)
        await store.withdraw(answer)
        return
    if feedback.citation is not None and not answer.has_citation(feedback.citation):
        error = FieldError("citation", "is not a citation of this answer")
        raise Problem(422, "invalid_field", detail=field_message(error.field, error.reason), fields=(error,))
    if not await store.put(answer, feedback):
        raise Problem(404, "answer_not_found")


async def _answer(body: FeedbackBody) -> RatedAnswer:
    """Raises Problem 404 for the answer of another reader, and for one that is not known here."""
    current = await reader()
    account_id = current.account.id if current else None
    if body.message_id is None:
        answer = services().get(RecentAnswers).get(body.request_id or "")
        if answer is not None and answer.account_id in {None, account_id}:
            return answer
    elif account_id is not None and (message_id := stored_id(body.message_id)) is not None:
        answer = await services().get(FeedbackStore).answer(message_id, account_id)
        if answer is not None:
            return answer
    raise Problem(404, "answer_not_found")


def no_content() -> Response:
    response = Response(status=204)
    del response.headers["Content-Type"]
    return response
