"""Request bodies of the routes under /api/auth. A `null` for an optional field equals a missing field.

Only types and plain text are validated here; the domain validates lengths and e-mails.
"""

from typing import Annotated, Final, TypeVar
from urllib.parse import parse_qsl

from pydantic import Field
from quart import request

from glossator.domain.accounts.account import ClientInfo
from glossator.domain.accounts.registration import DEFAULT_PROFICIENCY, AccountChanges, ProfileChanges, Registration
from glossator.web.http.bodies import Body, PlainText, Trimmed, read_body, read_bytes, validate
from glossator.web.http.errors.problem import Problem
from glossator.web.http.network import client_address, client_network

FORM: Final = "application/x-www-form-urlencoded"
FORM_BYTES: Final = 32 * 1024
FORM_FIELDS: Final = 32
FORM_FLAGS: Final = {"true": True, "false": False}
B = TypeVar("B", bound=Body)


class SignInBody(Body):
    email: PlainText
    password: Annotated[str, Field(repr=False)]
    remember_me: Annotated[bool | None, Field(alias="rememberMe")] = None
    callback_url: Annotated[PlainText | None, Field(alias="callbackURL")] = None

    @property
    def remember(self) -> bool:
        return self.remember_me is not False


class SignUpBody(SignInBody):
    name: Trimmed
    image: PlainText | None = None
    proficiency: Trimmed | None = None

    def registration(self) -> Registration:
        return Registration(
            email=self.email,
            name=self.name,
            password=self.password,
            proficiency=self.proficiency or DEFAULT_PROFICIENCY,
            image=self.image or None,
            remember=self.remember,
        )


class UpdateUserBody(Body):
    """`email` is always refused. A null `image` removes it; any other null changes nothing."""

    name: Trimmed | None = None
    image: PlainText | None = None
    proficiency: Trimmed | None = None
    email: object = None

    def changes(self) -> AccountChanges:
        """Raises Problem 400."""
        if "email" in self.model_fields_set:
            raise Problem(400, "email_can_not_be_updated")
        changes = AccountChanges()
        if self.name is not None:
            changes["name"] = self.name
        if "image" in self.model_fields_set:
            changes["image"] = self.image or None
        if self.proficiency is not None:
            changes["proficiency"] = self.proficiency
        return changes


class ChangePasswordBody(Body):
    current: Annotated[str, Field(alias="currentPassword", repr=False)]
    new: Annotated[str, Field(alias="newPassword", repr=False)]
    revoke_others: Annotated[bool | None, Field(alias="revokeOtherSessions")] = None


class PasswordBody(Body):
    password: Annotated[str, Field(repr=False)]


class OptionalPasswordBody(Body):
    """For deletion and export, which need the password or a sign-in within the last day."""

    password: Annotated[str | None, Field(repr=False)] = None
    callback_url: Annotated[PlainText | None, Field(alias="callbackURL")] = None


class RevokeBody(Body):
    token: Annotated[str, Field(repr=False)]


class ResetPasswordBody(Body):
    """The token may be in the query string instead."""

    new: Annotated[str, Field(alias="newPassword", repr=False)]
    token: Annotated[str | None, Field(repr=False)] = None


class EmptyBody(Body):
    """For routes that ignore their body; it must still be JSON."""


class ProfileBody(Body):
    """Missing fields keep their value."""

    technical_background: PlainText | None = None
    hardware_access: PlainText | None = None
    learning_goals: PlainText | None = None

    def changes(self) -> ProfileChanges:
        changes = ProfileChanges()
        if self.technical_background is not None:
            changes["technical_background"] = self.technical_background
        if self.hardware_access is not None:
            changes["hardware_access"] = self.hardware_access
        if self.learning_goals is not None:
            changes["learning_goals"] = self.learning_goals
        return changes


async def read_json_or_form(kind: type[B]) -> B:
    """Also accepts a form, as the official server does for sign-up and sign-in only. Raises as `read_body`."""
    return await read_form(kind) if request.mimetype == FORM else await read_body(kind)


async def read_form(kind: type[B]) -> B:
    """Raises Problem 400, 413, 415 or 422."""
    if request.mimetype != FORM:
        raise Problem(415, "unsupported_media_type", detail="The request must be a form.")
    data = await read_bytes()
    if len(data) > FORM_BYTES:
        raise Problem(413, "body_too_large")
    try:
        pairs = parse_qsl(data.decode(), keep_blank_values=True, errors="strict", max_num_fields=FORM_FIELDS)
    except ValueError:
        raise Problem(400, "bad_request") from None
    fields: dict[str, object] = dict(pairs)
    if "rememberMe" in fields:
        fields["rememberMe"] = FORM_FLAGS.get(str(fields["rememberMe"]), fields["rememberMe"])
    return validate(kind, fields)


def client() -> ClientInfo:
    return ClientInfo(client_network(), client_address(), request.headers.get("User-Agent", ""))
