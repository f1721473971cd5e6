"""Maps every exception to an error response; no other module does."""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from quart import Response, request
from quart import json as quart_json
from werkzeug.exceptions import HTTPException

from glossator.domain.accounts.errors import FieldRefused, TooManyFailures
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
    UploadDamaged,
    UploadRefused,
    UploadTooLarge,
)
from glossator.web.http.errors.account import ACCOUNT_PROBLEMS, is_official, official_code, official_status
from glossator.web.http.errors.problem import FieldError, Problem, Reached, field_message, problem_to_json
from glossator.web.http.errors.programs import is_for_programs, program_error, program_status

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


_DOMAIN_ERRORS: Final[Mapping[type[Exception], tuple[int, str, int | None]]] = {
    **{kind: (status, code, None) for kind, (status, code) in ACCOUNT_PROBLEMS.items()},
    AlreadyExists: (422, "user_already_exists_use_another_email", None),
    BookEmpty: (503, "book_empty", 30),
    BookMismatch: (503, "book_empty", 30),
    NeedsModel: (503, "needs_model", None),
    Overloaded: (503, "overloaded", None),
    Unavailable: (503, "unavailable", None),
    NotFound: (404, "not_found", None),
    UploadTooLarge: (413, "upload_too_large", None),
    UploadRefused: (422, "upload_refused", None),
    UploadDamaged: (400, "upload_damaged", None),
    Refused: (422, "refused", None),
    Busy: (409, "ingest_running", None),
}


def to_problem(error: Exception) -> Problem:
    """An unknown exception becomes an internal error and is logged with its traceback."""
    if isinstance(error, Problem):
        return error
    status = (isinstance(error, HTTPException) and error.code) or 500
    if status in _STATUS_CODES:
        return Problem(status, _STATUS_CODES[status])
    for kind, (status, code, retry_after) in _DOMAIN_ERRORS.items():
        if isinstance(error, kind):
            log.log(logging.WARNING if status >= 429 else logging.INFO, "%s", error)
            return _with_details(Problem(status, code, retry_after=retry_after), error)
    log.error("unexpected error: %s", type(error).__name__, exc_info=error)
    return Problem(500, "internal_error")


def _with_details(problem: Problem, error: Exception) -> Problem:
    """Adds what the error itself knows. Errors that only an operator meets keep their own message as `detail`."""
    match error:
        case Refused() | Busy():
            problem.detail = _as_sentence(str(error))
            problem.job_id = error.job_id if isinstance(error, JobRunning) else None
        case FieldRefused():
            problem.fields = (FieldError(error.field, error.reason),)
            problem.detail = field_message(error.field, error.reason)
        case Unavailable():
            problem.retry_after = error.retry_after
        case TooManyFailures():
            problem.retry_after, problem.reached = error.retry_after, Reached("wrong_passwords", "account")
    return problem


def _as_sentence(message: str) -> str:
    return f"{message[:1].upper()}{message[1:]}."


def error_response(error: Exception) -> Response:
    response = problem_response(to_problem(error), request.path)
    if isinstance(error, HTTPException) and error.code == 405 and not is_official(request.path):
        response.headers.update({name: value for name, value in error.get_headers() if name == "Allow"})
    return response


def problem_response(problem: Problem, path: str) -> Response:
    """In the form that the clients of this path expect."""
    body = problem_to_json(problem)
    if path == "/chat":  # the existing page shows `response` and ignores the other fields
        body |= {"response": problem.detail, "session_id": None}
    if is_official(path):
        return with_headers(_auth_response(body, problem), problem)
    if is_for_programs(path):
        return with_headers(_program_response(path, problem), problem)
    response = Response(quart_json.dumps(body), problem.status, content_type="application/problem+json")
    return with_headers(response, problem)


def _auth_response(body: dict[str, Any], problem: Problem) -> Response:
    """For two clients: the Better Auth client reads `message` and `code`, the existing page reads `detail`."""
    status = official_status(problem.code, problem.status)
    body |= {"message": problem.detail, "code": official_code(problem.code)}
    body |= {"status": status, "title": HTTPStatus(status).phrase}
    return Response(quart_json.dumps(body), status, content_type="application/json")


def _program_response(path: str, problem: Problem) -> Response:
    body, status = program_error(path, problem), program_status(problem)
    response = Response(quart_json.dumps(body), status, content_type="application/json")
    if status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def with_headers(response: Response, problem: Problem) -> Response:
    """The Better Auth client reads only `X-Retry-After`."""
    if problem.retry_after is not None:
        response.headers["Retry-After"] = response.headers["X-Retry-After"] = str(problem.retry_after)
    return response
