"""What a reader or a page is told when something goes wrong (RFC 9457).

`detail` is one sentence from `texts`, never an exception's text; `code` is stable.

The sentences that readers see, by code.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Final

from glossator.kernel.logs import REQUEST_ID

TEXTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "bad_request": "The request could not be read.",
        "invalid_json": "The request's body is not valid JSON.",
        "invalid_field": "A field of the request is missing or wrong.",
        "forbidden": "This is not allowed.",
        "invalid_origin": "Requests from this page are not taken: its origin is not one of those this service trusts.",
        "not_found": "There is nothing here.",
        "page_not_found": "The book has no such page.",
        "conversation_not_found": "There is no such conversation.",
        "unauthorized": "Please sign in first.",
        "invalid_token": "This sign-in is not valid any more. Please sign in again.",
        "token_expired": "This sign-in has expired. Please sign in again.",
        "account_inactive": "This account has been closed.",
        "sign_in_required": "Please sign in to ask the book: here it answers signed-in readers only.",
        "accounts_off": "This service has no accounts.",
        "missing_or_null_origin": "Missing or null Origin",
        "cross_site_navigation_login_blocked": "Signing in by following a link of another site is not possible.",
        "invalid_callback_url": "Invalid callbackURL: it must be a path, or stand on a trusted site.",
        "invalid_email_or_password": "Invalid email or password",
        "invalid_password": "Invalid password",
        "too_many_failures": "Too many wrong passwords. Please wait up to 15 minutes before you try again.",
        "password_too_short": "The password is too short: it must have at least 8 characters.",
        "password_too_long": "The password is too long: it may have at most 128 characters.",
        "invalid_email": "This is no e-mail address.",
        "email_can_not_be_updated": "The e-mail address cannot be changed.",
        "field_refused": "A field cannot be stored as it stands.",
        "no_fields_to_update": "No fields to update",
        "session_not_fresh": "This is shown only within a day of signing in. Please sign in again.",
        "session_expired": "This needs your password, or that you sign in again.",
        "reset_token_refused": "This token has been used or is too old. Please ask for a new one.",
        "reset_password_disabled": "This service sends no mail. Please ask whoever runs it for a new password.",
        "sign_up_closed": "This service takes no new accounts.",
        "user_already_exists_use_another_email": "User already exists. Use another email.",
        "overloaded": "Too many are signing in at this moment. Please try again in a moment.",
        "method_not_allowed": "This address does not take that method.",
        "request_timeout": "The request took too long to arrive.",
        "body_too_large": "The request is too large.",
        "unsupported_media_type": "The request's body must be application/json.",
        "too_many_requests": "Too many requests. Please wait a little.",
        "internal_error": "Something went wrong here. It has been noted under this request's id.",
        "book_empty": "This book has not been loaded yet.",
        "needs_model": "Pages cannot be translated or adjusted here: this service runs without a model that writes.",
        "unavailable": "The service that is needed for this does not answer now. Please try again in a moment.",
        "upload_too_large": "The upload is too large.",
        "upload_refused": "Something in the upload has no place in a book; nothing was changed.",
        "upload_damaged": "The upload cannot be read.",
        "refused": "This is refused; nothing was changed.",
        "ingest_running": "An ingest is running already.",
        "shutting_down": "The service is being restarted. Please ask again in a moment.",
    }
)

READERS_FIELDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "query": "The question",
        "selected_text": "The selected text",
        "text": "The text",
        "title": "The title",
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
"""What a reader fills in. The names of other fields say enough to whoever writes a page."""


def field_sentence(field: str, reason: str) -> str:
    name = READERS_FIELDS.get(field)
    return f"{field}: {reason}." if name is None else f"{name} {reason}."


@dataclass(frozen=True)
class FieldFault:
    field: str
    reason: str


class Problem(Exception):
    """Raised by a route's own checks; `detail` replaces the text of the code."""

    def __init__(
        self,
        status: int,
        code: str,
        *,
        detail: str = "",
        fields: tuple[FieldFault, ...] = (),
        retry_after: int | None = None,
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.detail = detail or TEXTS[code]
        self.fields = fields
        self.retry_after = retry_after
        self.job_id: str | None = None


def document(problem: Problem) -> dict[str, Any]:
    """The problem object as it goes over the wire, also inside a stream."""
    shown: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": problem.detail,
        "code": problem.code,
        "request_id": REQUEST_ID.get(),
    }
    if problem.retry_after is not None:
        shown["retry_after"] = problem.retry_after
    if problem.job_id is not None:
        shown["job_id"] = problem.job_id
    if problem.fields:
        shown["fields"] = [{"field": fault.field, "reason": fault.reason} for fault in problem.fields]
    return shown
