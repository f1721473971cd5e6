"""Maps account errors to problems, and problems to the codes and statuses that the official client expects."""

from collections.abc import Mapping
from typing import Final

from glossator.domain.accounts.errors import (
    AccountError,
    AccountInactive,
    EmailRefused,
    FieldRefused,
    InvalidToken,
    NothingToChange,
    PasswordRefused,
    PasswordTooLong,
    PasswordTooShort,
    ResetTokenRefused,
    SessionNotFresh,
    SessionTooOld,
    SignUpClosed,
    TokenExpired,
    TooManyFailures,
    WrongCredentials,
    WrongPassword,
)

AUTH_PATH: Final = "/api/auth"

ACCOUNT_PROBLEMS: Final[Mapping[type[AccountError], tuple[int, str]]] = {
    InvalidToken: (401, "invalid_token"),
    TokenExpired: (401, "token_expired"),
    AccountInactive: (403, "account_inactive"),
    WrongCredentials: (401, "invalid_email_or_password"),
    WrongPassword: (400, "invalid_password"),
    TooManyFailures: (429, "too_many_failures"),
    PasswordTooShort: (400, "password_too_short"),
    PasswordTooLong: (400, "password_too_long"),
    PasswordRefused: (400, "invalid_password"),
    EmailRefused: (400, "invalid_email"),
    FieldRefused: (422, "field_refused"),
    NothingToChange: (400, "no_fields_to_update"),
    SessionNotFresh: (403, "session_not_fresh"),
    SessionTooOld: (400, "session_expired"),
    ResetTokenRefused: (400, "reset_token_refused"),
    SignUpClosed: (403, "sign_up_closed"),
}
"""A subclass is listed before its base class."""

_OFFICIAL_CODES: Final[Mapping[str, str]] = {
    "invalid_json": "BAD_REQUEST",
    "invalid_field": "VALIDATION_ERROR",
    "field_refused": "VALIDATION_ERROR",
    "reset_token_refused": "INVALID_TOKEN",
    "method_not_allowed": "NOT_FOUND",
}
_OFFICIAL_STATUSES: Final[Mapping[str, int]] = {"invalid_field": 400, "method_not_allowed": 404}


def is_official(path: str) -> bool:
    """Whether the official client uses this path."""
    return path == AUTH_PATH or path.startswith(f"{AUTH_PATH}/")


def official_code(code: str) -> str:
    return _OFFICIAL_CODES.get(code, code.upper())


def official_status(code: str, status: int) -> int:
    """The official server responds with 400 to an invalid field and with 404 to a wrong method."""
    return _OFFICIAL_STATUSES.get(code, status)
