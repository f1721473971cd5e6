"""What can go wrong with an account, one class for each reaction; `code` is the official server's where it has one.

AccountError
├── InvalidToken        who is asking cannot be known: sign in
├── TokenExpired        the same, because time has passed
├── AccountInactive     the operator has closed this account
├── WrongCredentials    no account has this e-mail and this password: which of the two is not told
├── WrongPassword       a signed-in reader gave a wrong password
├── TooManyFailures     wrong passwords came too often: wait `retry_after` seconds
├── PasswordRefused     a password is too short, too long or no text
├── EmailRefused        this is no e-mail address
├── FieldRefused        `field` cannot be stored as it stands
├── NothingToChange     an update without a field
├── SessionNotFresh     this is shown only to those who signed in within a day
├── SessionTooOld       this is done only with the password, or by those who signed in within a day
├── ResetTokenRefused   the token was never given, has been used, or is too old
└── SignUpClosed        the operator takes no new accounts
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
    message = "This sign-in is not valid - please sign in again."


class TokenExpired(AccountError):
    code = "TOKEN_EXPIRED"
    message = "This sign-in has expired - please sign in again."


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
    message = "Too many wrong passwords - please wait before trying again."

    def __init__(self, retry_after: int) -> None:
        super().__init__()
        self.retry_after = retry_after


class PasswordRefused(AccountError):
    """The root of what is wrong with a password as such."""

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
    message = "A field cannot be stored as it stands."

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
    message = "This server takes no new accounts."
