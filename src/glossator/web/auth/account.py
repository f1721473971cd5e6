"""Routes of the existing frontend that the official client lacks: its sign-up, the profile, and the export."""

from quart import Response, jsonify

from glossator.domain.accounts.account import SignedIn
from glossator.domain.errors import AlreadyExists
from glossator.web.auth.bodies import OptionalPasswordBody, ProfileBody, SignUpBody, client, read_json_or_form
from glossator.web.auth.current_reader import signed_in
from glossator.web.auth.documents import profile_to_json, sign_in_to_json
from glossator.web.auth.replies import accounts, auth_blueprint, with_session
from glossator.web.auth.sign_in import register
from glossator.web.http.bodies import read_body, read_optional_body
from glossator.web.http.errors.problem import Problem
from glossator.web.http.stream import json_stream

bp = auth_blueprint("auth_account", __name__)


@bp.post("/sign-up")
async def sign_up() -> Response:
    try:
        issued = await register(await read_json_or_form(SignUpBody))
    except AlreadyExists:
        raise Problem(400, "user_already_exists_use_another_email") from None
    return with_session(sign_in_to_json(issued), issued)


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
