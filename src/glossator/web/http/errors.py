"""Errors become problem answers here and nowhere else."""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from quart import Quart, Response, request
from quart import json as quart_json
from werkzeug.exceptions import HTTPException

from glossator.domain.accounts.errors import FieldRefused, TooManyFailures
from glossator.domain.book.sources.upload import UploadDamaged, UploadRefused, UploadTooLarge
from glossator.domain.errors import (
    AlreadyExists,
    BookEmpty,
    BookMismatch,
    Busy,
    JobRunning,
    NeedsModel,
    NotFound,
    Overloaded,
    Refused,
    Unavailable,
)
from glossator.web.http.account_errors import ACCOUNT_PROBLEMS, is_official, official_code, official_status
from glossator.web.http.problem import FieldFault, Problem, document, field_sentence

log = logging.getLogger(__name__)

_STATUS_CODES: Final[Mapping[int, str]] = {
    400: "bad_request",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    408: "request_timeout",
    413: "body_too_large",
    415: "unsupported_media_type",
    422: "invalid_field",
    429: "too_many_requests",
}


_DOMAIN: Final[Mapping[type[Exception], tuple[int, str, int | None]]] = {
    **{kind: (status, code, None) for kind, (status, code) in ACCOUNT_PROBLEMS.items()},
    AlreadyExists: (422, "user_already_exists_use_another_email", None),
    BookEmpty: (503, "book_empty", 30),
    BookMismatch: (503, "book_empty", 30),
    NeedsModel: (503, "needs_model", None),
    Unavailable: (503, "unavailable", 5),
    Overloaded: (503, "overloaded", None),
    NotFound: (404, "not_found", None),
    UploadTooLarge: (413, "upload_too_large", None),
    UploadRefused: (422, "upload_refused", None),
    UploadDamaged: (400, "upload_damaged", None),
    Refused: (422, "refused", None),
    Busy: (409, "ingest_running", None),
}


def problem_of(error: Exception) -> Problem:
    """Every exception's problem; what we do not know is an internal error, logged with its traceback."""
    if isinstance(error, Problem):
        return error
    status = (isinstance(error, HTTPException) and error.code) or 500
    if status in _STATUS_CODES:
        return Problem(status, _STATUS_CODES[status])
    for kind, (status, code, retry_after) in _DOMAIN.items():
        if isinstance(error, kind):
            log.log(logging.WARNING if status >= 429 else logging.INFO, "%s", error)
            return _with_particulars(Problem(status, code, retry_after=retry_after), error)
    log.error("unexpected %s", type(error).__name__, exc_info=error)
    return Problem(500, "internal_error")


def _with_particulars(problem: Problem, error: Exception) -> Problem:
    """What one error knows beyond its kind; those that only an operator meets are told in their own sentence."""
    match error:
        case Refused() | Busy():
            problem.detail = sentence(str(error))
            problem.job_id = error.job_id if isinstance(error, JobRunning) else None
        case FieldRefused():
            problem.fields = (FieldFault(error.field, error.reason),)
            problem.detail = field_sentence(error.field, error.reason)
        case Overloaded() | TooManyFailures():
            problem.retry_after = error.retry_after
    return problem


def sentence(message: str) -> str:
    return f"{message[:1].upper()}{message[1:]}."


def reply(error: Exception) -> Response:
    problem = problem_of(error)
    body = document(problem)
    if request.path == "/chat":  # the existing page shows `response` and looks at nothing else
        body |= {"response": problem.detail, "session_id": None}
    if is_official(request.path):
        return _with_headers(_official(body, problem), problem)
    response = Response(quart_json.dumps(body), problem.status, content_type="application/problem+json")
    if isinstance(error, HTTPException) and error.code == 405:
        response.headers.update({name: value for name, value in error.get_headers() if name == "Allow"})
    return _with_headers(response, problem)


def _official(body: dict[str, Any], problem: Problem) -> Response:
    """Both clients of accounts read it: the official one `message` and `code`, the existing page `detail`."""
    status = official_status(problem.code, problem.status)
    body |= {"message": problem.detail, "code": official_code(problem.code)}
    body |= {"status": status, "title": HTTPStatus(status).phrase}
    return Response(quart_json.dumps(body), status, content_type="application/json")


def _with_headers(response: Response, problem: Problem) -> Response:
    """The official client knows the second name only."""
    if problem.retry_after is not None:
        response.headers["Retry-After"] = response.headers["X-Retry-After"] = str(problem.retry_after)
    return response


def register(app: Quart) -> None:
    async def handle(error: Exception) -> Response:
        return reply(error)

    app.register_error_handler(Exception, handle)
