"""Account errors, one class for each reaction; `code` is the official server's where it has one.

AccountError
├── InvalidToken        the credentials are not valid: sign in
├── TokenExpired        the credentials have expired: sign in
├── AccountInactive     the operator has closed this account
├── WrongCredentials    e-mail or password is wrong; the error does not say which
├── WrongPassword       a signed-in reader sent a wrong password
├── TooManyFailures     too many wrong passwords: wait `retry_after` seconds
├── PasswordRefused     the password is too short, too long or not valid text
├── EmailRefused        the e-mail address is not valid
├── FieldRefused        the value of `field` cannot be stored
├── NothingToChange     an update without fields
├── SessionNotFresh     requires a sign-in within the last day
├── SessionTooOld       requires the password or a sign-in within the last day
├── ResetTokenRefused   the token is unknown, used or expired
└── SignUpClosed        the operator has closed sign-up
"""

from typing import ClassVar

from glossator.domain.errors import DomainError


class AccountError(DomainError):
    """The root; catch a subclass."""

    code: ClassVar[str]
    message: ClassVar[str]

    def __init__(self) -> None:
        super().__init__(self.message)


class InvalidToken(AccountError):
    code = "INVALID_TOKEN"
    message = "This sign-in is not valid - sign in again."


class TokenExpired(AccountError):
    code = "TOKEN_EXPIRED"
    message = "This sign-in has expired - sign in again."


class AccountInactive(AccountError):
    code = "ACCOUNT_INACTIVE"
    message = "This account has been closed."


class WrongCredentials(AccountError):
    code = "INVALID_EMAIL_OR_PASSWORD"
    message = "Invalid email or password"


class WrongPassword(AccountError):
    code = "INVALID_PASSWORD"
    message = "Invalid password"


class TooManyFailures(AccountError):
    code = "TOO_MANY_FAILURES"
    message = "Too many wrong passwords - wait before you try again."

    def __init__(self, retry_after: int) -> None:
        super().__init__()
        self.retry_after = retry_after


class PasswordRefused(AccountError):
    """The root of errors in a password itself."""

    code = "INVALID_PASSWORD"
    message = "Invalid password"


class PasswordTooShort(PasswordRefused):
    code = "PASSWORD_TOO_SHORT"
    message = "Password too short"


class PasswordTooLong(PasswordRefused):
    code = "PASSWORD_TOO_LONG"
    message = "Password too long"


class EmailRefused(AccountError):
    code = "INVALID_EMAIL"
    message = "Invalid email"


class FieldRefused(AccountError):
    code = "VALIDATION_ERROR"
    message = "This value cannot be stored."

    def __init__(self, field: str, reason: str) -> None:
        super().__init__()
        self.field = field
        self.reason = reason


class NothingToChange(AccountError):
    code = "NO_FIELDS_TO_UPDATE"
    message = "No fields to update"


class SessionNotFresh(AccountError):
    code = "SESSION_NOT_FRESH"
    message = "Session is not fresh"


class SessionTooOld(AccountError):
    code = "SESSION_EXPIRED"
    message = "Session expired. Re-authenticate to perform this action."


class ResetTokenRefused(AccountError):
    code = "INVALID_TOKEN"
    message = "Invalid token"


class SignUpClosed(AccountError):
    code = "SIGN_UP_CLOSED"
    message = "Sign-up is closed."
