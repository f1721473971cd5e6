"""Error responses for readers and pages, as problem details (RFC 9457).

`detail` is one sentence from `MESSAGES`, never an exception's text; `code` is stable.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from math import ceil
from types import MappingProxyType
from typing import Any, Final

from pydantic import BaseModel, ConfigDict

from glossator.domain.budget.caps import Scope
from glossator.kernel.logs import REQUEST_ID
from glossator.web.http.json import format_time

MESSAGES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "bad_request": "The request could not be read.",
        "invalid_json": "The request body is not valid JSON.",
        "invalid_field": "A field of the request is missing or invalid.",
        "forbidden": "This is not allowed.",
        "invalid_origin": "Requests from this site are not allowed: its origin is not trusted by this service.",
        "invalid_host": "Requests for this host name are not allowed: it is not a name of this service.",
        "not_found": "Not found.",
        "page_not_found": "The book has no such page.",
        "model_not_found": "There is no such model here.",
        "conversation_not_found": "Conversation not found.",
        "feedback_off": "Feedback is not kept here.",
        "report_off": "Nothing is kept for a report, because no listed plugin provides a database.",
        "answer_not_found": "This answer is not known here, or no longer, so feedback on it cannot be kept.",
        "unauthorized": "Please sign in first.",
        "invalid_token": "This session is no longer valid. Please sign in again.",
        "token_expired": "This session has expired. Please sign in again.",
        "account_inactive": "This account has been closed.",
        "sign_in_required": "Please sign in to ask the book: this service answers only signed-in readers.",
        "accounts_off": "This service has no accounts.",
        "missing_or_null_origin": "Missing or null Origin",
        "cross_site_navigation_login_blocked": "Signing in through a link on another site is not allowed.",
        "invalid_callback_url": "Invalid callbackURL: it must be a path or a URL on a trusted site.",
        "invalid_email_or_password": "Invalid email or password",
        "invalid_password": "Invalid password",
        "too_many_failures": "Too many wrong passwords. Please wait up to 15 minutes before you try again.",
        "password_too_short": "The password is too short: it must have at least 8 characters.",
        "password_too_long": "The password is too long: it may have at most 128 characters.",
        "invalid_email": "This is not a valid e-mail address.",
        "email_can_not_be_updated": "The e-mail address cannot be changed.",
        "field_refused": "A field has a value that cannot be stored.",
        "no_fields_to_update": "No fields to update",
        "session_not_fresh": "This is available only within a day of signing in. Please sign in again.",
        "session_expired": "Enter your password or sign in again to continue.",
        "reset_token_refused": "This token has expired or has already been used. Please ask for a new one.",
        "reset_password_disabled": "This service sends no e-mail. Please ask its operator for a new password.",
        "sign_up_closed": "Sign-up is closed.",
        "user_already_exists_use_another_email": "User already exists. Use another email.",
        "overloaded": "Too many requests are waiting right now. Please try again in a moment.",
        "method_not_allowed": "This address does not support that method.",
        "target_too_long": "The address of the request is too long.",
        "headers_too_large": "The headers of the request are too large.",
        "request_timeout": "The request took too long to arrive.",
        "body_too_large": "The request is too large.",
        "unsupported_media_type": "The request body must be application/json.",
        "too_many_requests": "Too many requests. Please wait a moment.",
        "internal_error": "An internal error occurred. It is logged under this request's id.",
        "book_empty": "This book has not been loaded yet.",
        "needs_model": "Pages cannot be translated or adjusted: this service runs without a generating model.",
        "unavailable": "A required service is unavailable. Please try again in a moment.",
        "upload_too_large": "The upload is too large.",
        "upload_refused": "The upload contains a file type that is not allowed; nothing was changed.",
        "upload_damaged": "The upload cannot be read.",
        "refused": "The request was refused; nothing was changed.",
        "ingest_running": "An ingest is already running.",
        "shutting_down": "The service is restarting. Please ask again in a moment.",
    }
)

SECONDS_IN_WORDS: Final = 90

FIELD_LABELS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "query": "The question",
        "selected_text": "The selected text",
        "text": "The text",
        "title": "The title",
        "comment": "The comment",
        "email": "The e-mail address",
        "name": "The name",
        "password": "The password",
        "currentPassword": "The current password",
        "newPassword": "The new password",
        "technical_background": "The technical background",
        "hardware_access": "The hardware",
        "learning_goals": "What you want to learn",
    }
)
"""Labels of the fields that a reader fills in. Other fields are shown by name, for developers of pages."""


def field_message(field: str, reason: str) -> str:
    label = FIELD_LABELS.get(field)
    return f"{field}: {reason}." if label is None else f"{label} {reason}."


@dataclass(frozen=True)
class FieldError:
    field: str
    reason: str


@dataclass(frozen=True)
class Reached:
    """The limit that refused a request: its name, and whose requests it counts."""

    limit: str
    scope: Scope


class Problem(Exception):
    """An error response, raised by a route. `detail` replaces the message of `code`."""

    def __init__(
        self,
        status: int,
        code: str,
        *,
        detail: str = "",
        fields: tuple[FieldError, ...] = (),
        retry_after: int | None = None,
        reached: Reached | None = None,
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.detail = detail or MESSAGES[code]
        self.fields = fields
        self.retry_after = retry_after
        self.reached = reached
        self.job_id: str | None = None


def limit_reached(reached: Reached, wait: int) -> Problem:
    """A response with the seconds to wait, also in words."""
    time = f"{ceil(wait / 60)} minutes" if wait > SECONDS_IN_WORDS else f"{wait} second{'s' * (wait > 1)}"
    detail = f"Too many requests from your {reached.scope}. Please try again in {time}."
    return Problem(429, "too_many_requests", detail=detail, retry_after=wait, reached=reached)


class ProblemBody(BaseModel):
    """A problem of RFC 9457. `detail` is for readers, and `code` is stable. `limit`, `scope` and `resets_at`
    say which limit was reached; `fields` names the invalid ones."""

    model_config = ConfigDict(defer_build=True)

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    retry_after: int | None = None
    limit: str | None = None
    scope: Scope | None = None
    resets_at: str | None = None
    job_id: str | None = None
    fields: list[FieldError] | None = None


def problem_to_json(problem: Problem) -> dict[str, Any]:
    """The body of an error response and the data of a stream's `error` event."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": problem.detail,
        "code": problem.code,
        "request_id": REQUEST_ID.get(),
    }
    if problem.retry_after is not None:
        body["retry_after"] = problem.retry_after
    if problem.reached is not None:
        resets_at = datetime.now(UTC) + timedelta(seconds=problem.retry_after or 0)
        body |= {**asdict(problem.reached), "resets_at": format_time(resets_at)}
    if problem.job_id is not None:
        body["job_id"] = problem.job_id
    if problem.fields:
        body["fields"] = list(problem.fields)
    return ProblemBody.model_validate(body).model_dump(exclude_unset=True)
