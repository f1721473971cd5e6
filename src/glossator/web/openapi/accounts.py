"""Describes the routes of accounts, for the official Better Auth client and the existing frontend alike."""

# ruff: noqa: N815 - the names of the wire format

from typing import Any, Final, Literal

from glossator.web.auth import bodies
from glossator.web.openapi.operation import Id, Operation, Operations, Reply, Shape, Time

TAG: Final = "Accounts"
PATH: Final = "/api/auth"
PASSWORD: Final = "correct horse battery"  # noqa: S105 - an example
SIGN_UP: Final = {"email": "ada@example.com", "password": PASSWORD, "name": "Ada"}


class ProfileSchema(Shape):
    technical_background: str
    hardware_access: str
    learning_goals: str


class UserReply(ProfileSchema):
    """`email` is in lower case."""

    id: str
    name: str
    email: str
    emailVerified: bool
    image: str | None
    createdAt: Time
    updatedAt: Time
    proficiency: str


class Access(Shape):
    accessToken: str
    tokenType: Literal["Bearer"]
    expiresAt: Time


class Session(Shape):
    id: Id
    userId: str
    token: str
    expiresAt: Time
    createdAt: Time
    updatedAt: Time
    ipAddress: str | None
    userAgent: str | None


class SignInReply(Shape):
    """`token` is for the official client, `session.accessToken` for pages that store it themselves."""

    token: str
    user: UserReply
    session: Access
    redirect: bool | None = None
    url: str | None = None


class OpenSession(Session, Access):
    pass


class LegacySession(Access):
    userId: str


class GetSessionReply(Shape):
    """`degraded` says that the database is unavailable and this is what was last known."""

    session: OpenSession | LegacySession
    user: UserReply
    degraded: bool | None = None


class VerifiedUser(Shape):
    id: str
    email: str
    name: str
    proficiency: str


class VerifyReply(Shape):
    valid: Literal[True]
    user: VerifiedUser
    degraded: bool | None = None


class StatusReply(Shape):
    status: Literal[True]


class SuccessReply(Shape):
    success: Literal[True]
    message: str | None = None


class OkReply(Shape):
    ok: Literal[True]


class ChangedPasswordReply(Shape):
    token: str | None
    user: UserReply


class ProfileReply(Shape):
    profile: ProfileSchema | None


class AccountExport(Shape):
    """Everything that is stored about the account."""

    account: dict[str, Any]
    profiles: list[dict[str, Any]]
    login_sessions: list[dict[str, Any]]
    one_time_tokens: list[dict[str, Any]]
    feedback: list[dict[str, Any]]
    asked_questions: list[dict[str, Any]]
    conversations: list[dict[str, Any]]


FORM: Final = (bodies.FORM,)
PASSWORDS: Final = ("PASSWORD_TOO_SHORT", "PASSWORD_TOO_LONG", "INVALID_PASSWORD")


def _reader(summary: str, reply: object, **more: Any) -> Operation:
    return Operation(summary, TAG, "reader", Reply(reply), **more)


OPERATIONS: Final[Operations] = {
    f"GET {PATH}/ok": Operation("Whether accounts are served", TAG, "public", Reply(OkReply)),
    f"POST {PATH}/sign-up/email": Operation(
        "Create an account", TAG, "public", Reply(SignInReply), body=bodies.SignUpBody, example=SIGN_UP, form=FORM,
        problems={
            400: ("INVALID_EMAIL", *PASSWORDS),
            403: ("SIGN_UP_CLOSED",),
            422: ("USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL",),
        },
    ),
    f"POST {PATH}/sign-up": Operation(
        "Create an account, as the existing frontend does", TAG, "public", Reply(SignInReply),
        body=bodies.SignUpBody, example=SIGN_UP, form=FORM,
        problems={
            400: ("INVALID_EMAIL", "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL", *PASSWORDS),
            403: ("SIGN_UP_CLOSED",),
        },
    ),
    f"POST {PATH}/sign-in/email": Operation(
        "Sign in", TAG, "public", Reply(SignInReply), body=bodies.SignInBody, form=FORM,
        example={"email": "ada@example.com", "password": PASSWORD},
        problems={401: ("INVALID_EMAIL_OR_PASSWORD",), 403: ("ACCOUNT_INACTIVE",), 429: ("TOO_MANY_FAILURES",)},
    ),
    f"POST {PATH}/sign-out": Operation(
        "Sign out", TAG, "optional", Reply(SuccessReply), body=bodies.EmptyBody, example={}, body_is_optional=True
    ),
    f"GET {PATH}/get-session": Operation(
        "The current session, or null", TAG, "optional", Reply(GetSessionReply | None),
        detail="Never limited. Expired credentials give `null`; while the database is unavailable, 503.",
    ),
    f"GET {PATH}/verify": _reader("Whether a token is valid, and whose it is", VerifyReply),
    f"GET {PATH}/list-sessions": _reader("List the sessions of the account", list[Session]),
    f"POST {PATH}/revoke-session": _reader(
        "End one session", StatusReply, body=bodies.RevokeBody, example={"token": "a-token"}
    ),
    f"POST {PATH}/revoke-sessions": _reader(
        "End all sessions", StatusReply, body=bodies.EmptyBody, example={}, body_is_optional=True
    ),
    f"POST {PATH}/revoke-other-sessions": _reader(
        "End the other sessions", StatusReply, body=bodies.EmptyBody, example={}, body_is_optional=True
    ),
    f"POST {PATH}/update-user": _reader(
        "Change name, picture or proficiency", StatusReply, body=bodies.UpdateUserBody, example={"name": "Ada L."},
        problems={400: ("EMAIL_CAN_NOT_BE_UPDATED", "NO_FIELDS_TO_UPDATE")},
    ),
    f"POST {PATH}/change-password": _reader(
        "Change the password", ChangedPasswordReply, body=bodies.ChangePasswordBody,
        example={"currentPassword": PASSWORD, "newPassword": "better horse battery"}, problems={400: PASSWORDS},
    ),
    f"POST {PATH}/verify-password": _reader(
        "Check the password", StatusReply, body=bodies.PasswordBody, example={"password": PASSWORD},
        problems={400: ("INVALID_PASSWORD",), 429: ("TOO_MANY_FAILURES",)},
    ),
    f"POST {PATH}/delete-user": _reader(
        "Delete the account and all its data", SuccessReply, body=bodies.OptionalPasswordBody,
        example={"password": PASSWORD}, body_is_optional=True,
        problems={400: ("INVALID_PASSWORD", "SESSION_EXPIRED"), 429: ("TOO_MANY_FAILURES",)},
        detail="Needs the password, or a sign-in within the last day.",
    ),
    f"POST {PATH}/request-password-reset": Operation(
        "Not available: this service sends no e-mail", TAG, "public", (), problems={400: ("RESET_PASSWORD_DISABLED",)}
    ),
    f"POST {PATH}/reset-password": Operation(
        "Set a new password with a token of the operator", TAG, "public", Reply(StatusReply),
        body=bodies.ResetPasswordBody, example={"newPassword": "better horse battery", "token": "a-token"},
        problems={400: ("INVALID_TOKEN", *PASSWORDS)},
    ),
    f"GET {PATH}/profile": _reader("Read the profile", ProfileReply),
    f"POST {PATH}/profile/update": _reader(
        "Change the profile; missing fields keep their value", SuccessReply, body=bodies.ProfileBody,
        example={"technical_background": "C", "learning_goals": "Robots"},
    ),
    f"GET {PATH}/account/export": _reader("Everything that is stored about the account", AccountExport),
    f"POST {PATH}/account/export": _reader(
        "The same, with the password", AccountExport, body=bodies.OptionalPasswordBody, example={"password": PASSWORD},
        body_is_optional=True, problems={400: ("INVALID_PASSWORD",), 403: ("SESSION_NOT_FRESH",)},
    ),
}  # fmt: skip
