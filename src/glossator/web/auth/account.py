"""Routes of a reader's own account: change, delete and export it. Only the existing frontend has a profile."""

from quart import Response, jsonify

from glossator.domain.accounts.account import SignedIn
from glossator.domain.rewriting.rewriting import Rewriting
from glossator.web.auth.bodies import (
    ChangePasswordBody,
    OptionalPasswordBody,
    PasswordBody,
    ProfileBody,
    UpdateUserBody,
    client,
)
from glossator.web.auth.current_reader import signed_in
from glossator.web.auth.documents import profile_to_json, user_to_json
from glossator.web.auth.origins import check_callback
from glossator.web.auth.replies import accounts, auth_blueprint, with_session, without_session
from glossator.web.http.bodies import read_body, read_optional_body
from glossator.web.http.context import services
from glossator.web.http.stream import json_stream

bp = auth_blueprint("auth_account", __name__)


@bp.post("/update-user")
@signed_in
async def update_user(reader: SignedIn) -> Response:
    body = await read_body(UpdateUserBody)
    account = await accounts().accounts.update(reader, body.changes())
    if reader.session is None:
        return jsonify({"status": True})
    return with_session({"status": True}, accounts().sessions.issue(account, reader.session))


@bp.post("/change-password")
@signed_in
async def change_password(reader: SignedIn) -> Response:
    body = await read_body(ChangePasswordBody)
    issued = await accounts().passwords.change(
        reader, body.current, body.new, client(), revoke_others=body.revoke_others is True
    )
    if issued is None:
        return jsonify({"token": None, "user": user_to_json(reader.account)})
    return with_session({"token": issued.token, "user": user_to_json(issued.account)}, issued)


@bp.post("/verify-password")
@signed_in
async def verify_password(reader: SignedIn) -> Response:
    body = await read_body(PasswordBody)
    await accounts().passwords.verify(reader, body.password, client())
    return jsonify({"status": True})


@bp.post("/delete-user")
@signed_in
async def delete_user(reader: SignedIn) -> Response:
    body = await read_optional_body(OptionalPasswordBody)
    check_callback(body.callback_url)
    await accounts().accounts.delete(reader, body.password, client())
    if Rewriting in services():
        services().get(Rewriting).cache.forget(reader.account.id)
    return without_session({"success": True, "message": "User deleted"})


@bp.get("/profile")
@signed_in
async def profile(reader: SignedIn) -> Response:
    found = await accounts().accounts.profile(reader)
    return jsonify({"profile": None if found is None else profile_to_json(found)})


@bp.post("/profile/update")
@signed_in
async def update_profile(reader: SignedIn) -> Response:
    body = await read_body(ProfileBody)
    await accounts().accounts.update_profile(reader, body.changes())
    return jsonify({"success": True})


@bp.route("/account/export", methods=["GET", "POST"])
@signed_in
async def export(reader: SignedIn) -> Response:
    """POST accepts a password, which must not be in a URL."""
    body = await read_optional_body(OptionalPasswordBody)
    pieces = await accounts().accounts.export(reader, body.password, client())
    return json_stream(await anext(pieces), pieces)
