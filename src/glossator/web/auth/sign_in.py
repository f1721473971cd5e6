"""Routes of sign-up, sign-in, sign-out and a forgotten password, as the official client calls them."""

from contextlib import suppress
from typing import Any

from quart import Response, jsonify, request

from glossator.domain.accounts.errors import InvalidToken, ResetTokenRefused
from glossator.domain.accounts.sessions.credentials import IssuedSession
from glossator.domain.errors import AlreadyExists
from glossator.web.auth.bodies import (
    EmptyBody,
    ResetPasswordBody,
    SignInBody,
    SignUpBody,
    client,
    read_json_or_form,
)
from glossator.web.auth.current_reader import bearer, session_cookie
from glossator.web.auth.documents import sign_in_to_json
from glossator.web.auth.origins import check_callback
from glossator.web.auth.replies import accounts, auth_blueprint, with_session, without_session
from glossator.web.http.bodies import read_body, read_optional_body
from glossator.web.http.context import WebOptions, services
from glossator.web.http.errors.problem import Problem

bp = auth_blueprint("auth", __name__)


@bp.get("/ok")
async def ok() -> Response:
    return jsonify({"ok": True})


@bp.post("/sign-up/email")
async def sign_up() -> Response:
    issued = await register(await read_json_or_form(SignUpBody))
    return with_session(sign_in_to_json(issued), issued)


async def register(body: SignUpBody) -> IssuedSession:
    check_callback(body.callback_url)
    return await accounts().accounts.sign_up(body.registration(), client())


@bp.post("/sign-up")
async def sign_up_of_frontend() -> Response:
    """For the existing frontend."""
    try:
        issued = await register(await read_json_or_form(SignUpBody))
    except AlreadyExists:
        raise Problem(400, "user_already_exists_use_another_email") from None
    return with_session(sign_in_to_json(issued), issued)


@bp.post("/sign-in/email")
async def sign_in() -> Response:
    body = await read_json_or_form(SignInBody)
    check_callback(body.callback_url)
    issued = await accounts().accounts.sign_in(body.email, body.password, client(), remember=body.remember)
    url = body.callback_url
    reply: dict[str, Any] = {"redirect": url is not None, **sign_in_to_json(issued)}
    if url is None:
        return with_session(reply, issued)
    response = with_session({**reply, "url": url}, issued)
    response.headers["Location"] = url
    return response


@bp.post("/sign-out")
async def sign_out() -> Response:
    await read_optional_body(EmptyBody)
    await end_sessions()
    return without_session({"success": True})


async def end_sessions() -> None:
    """Ends the sessions of both the bearer and the cookie, and succeeds even if they are invalid."""
    given = None
    with suppress(InvalidToken):
        given = bearer()
    for reader in await accounts().authentication.resolve_all(bearer=given, cookie=session_cookie()):
        await accounts().sessions.sign_out(reader)


@bp.post("/request-password-reset")
async def request_password_reset() -> Response:
    """No e-mail is sent; a setting holds the message to show instead."""
    raise Problem(400, "reset_password_disabled", detail=services().get(WebOptions).forgotten_password)


@bp.post("/reset-password")
async def reset_password() -> Response:
    body = await read_body(ResetPasswordBody)
    token = body.token or request.args.get("token")
    if not token:
        raise ResetTokenRefused
    await accounts().passwords.reset(token, body.new, client())
    return jsonify({"status": True})
