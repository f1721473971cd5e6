"""Signing up, in and out, and what a reader changes about his account: the official client's routes."""

from contextlib import suppress
from typing import Any

from quart import Response, jsonify, request

from glossator.domain.accounts.account import SignedIn
from glossator.domain.accounts.errors import InvalidToken, ResetTokenRefused
from glossator.domain.accounts.sessions.credentials import IssuedSession
from glossator.domain.rewriting.rewriting import Rewriting
from glossator.web.auth.bodies import (
    ChangePasswordBody,
    NothingBody,
    OptionalPasswordBody,
    PasswordBody,
    ResetPasswordBody,
    SignInBody,
    SignUpBody,
    UpdateUserBody,
    client,
    read_json_or_form,
)
from glossator.web.auth.current_reader import bearer, session_cookie, signed_in
from glossator.web.auth.documents import sign_in_document, user_document
from glossator.web.auth.origins import check_callback
from glossator.web.auth.replies import accounts, auth_blueprint, with_session, without_session
from glossator.web.http.bodies import read_body, read_optional_body
from glossator.web.http.context import WebOptions, services
from glossator.web.http.problem import Problem

bp = auth_blueprint("auth", __name__)


@bp.get("/ok")
async def ok() -> Response:
    return jsonify({"ok": True})


@bp.post("/sign-up/email")
async def sign_up() -> Response:
    issued = await signed_up()
    return with_session(sign_in_document(issued), issued)


async def signed_up() -> IssuedSession:
    body = await read_json_or_form(SignUpBody)
    check_callback(body.callback_url)
    return await accounts().accounts.sign_up(body.registration(), client())


@bp.post("/sign-in/email")
async def sign_in() -> Response:
    body = await read_json_or_form(SignInBody)
    check_callback(body.callback_url)
    issued = await accounts().accounts.sign_in(body.email, body.password, client(), remember=body.remember)
    document: dict[str, Any] = {"redirect": body.callback_url is not None, **sign_in_document(issued)}
    response = with_session(document if body.callback_url is None else {**document, "url": body.callback_url}, issued)
    if body.callback_url is not None:
        response.headers["Location"] = body.callback_url
    return response


@bp.post("/sign-out")
async def sign_out() -> Response:
    """Whoever signs out is signed out: by bearer and by cookie, also where one of them opens nothing any more."""
    await read_optional_body(NothingBody)
    given = None
    with suppress(InvalidToken):
        given = bearer()
    for asking in await accounts().authentication.named(bearer=given, cookie=session_cookie()):
        await accounts().account_sessions.sign_out(asking)
    return without_session({"success": True})


@bp.post("/update-user")
@signed_in
async def update_user(asking: SignedIn) -> Response:
    body = await read_body(UpdateUserBody)
    account = await accounts().accounts.update(asking, body.changes())
    if asking.session is None:
        return jsonify({"status": True})
    return with_session({"status": True}, accounts().sessions.issue(account, asking.session))


@bp.post("/change-password")
@signed_in
async def change_password(asking: SignedIn) -> Response:
    body = await read_body(ChangePasswordBody)
    issued = await accounts().passwords.change(
        asking, body.current, body.new, client(), revoke_others=body.revoke_others is True
    )
    if issued is None:
        return jsonify({"token": None, "user": user_document(asking.account)})
    return with_session({"token": issued.token, "user": user_document(issued.account)}, issued)


@bp.post("/verify-password")
@signed_in
async def verify_password(asking: SignedIn) -> Response:
    body = await read_body(PasswordBody)
    await accounts().passwords.verify(asking, body.password, client())
    return jsonify({"status": True})


@bp.post("/delete-user")
@signed_in
async def delete_user(asking: SignedIn) -> Response:
    body = await read_optional_body(OptionalPasswordBody)
    check_callback(body.callback_url)
    await accounts().data.delete(asking, body.password, client())
    if Rewriting in services():
        services().get(Rewriting).cache.forget(asking.account.id)
    return without_session({"success": True, "message": "User deleted"})


@bp.post("/request-password-reset")
async def request_password_reset() -> Response:
    """There is no mail; the operator says in a setting how he is reached."""
    raise Problem(400, "reset_password_disabled", detail=services().get(WebOptions).forgotten_password)


@bp.post("/reset-password")
async def reset_password() -> Response:
    body = await read_body(ResetPasswordBody)
    token = body.token or request.args.get("token")
    if not token:
        raise ResetTokenRefused
    await accounts().resets.use(token, body.new, client())
    return jsonify({"status": True})
