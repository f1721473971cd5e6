"""What only the existing page calls: its sign-up, the profile, and everything stored about an account."""

from quart import Response, jsonify

from glossator.domain.accounts.account import SignedIn
from glossator.domain.errors import AlreadyExists
from glossator.web.auth.bodies import OptionalPasswordBody, ProfileBody, client
from glossator.web.auth.current_reader import signed_in
from glossator.web.auth.documents import profile_document, sign_in_document
from glossator.web.auth.replies import accounts, auth_blueprint, with_session
from glossator.web.auth.sign_in import signed_up
from glossator.web.http.bodies import read_body, read_optional_body
from glossator.web.http.problem import Problem
from glossator.web.http.stream import json_stream

bp = auth_blueprint("auth_account", __name__)


@bp.post("/sign-up")
async def sign_up() -> Response:
    try:
        issued = await signed_up()
    except AlreadyExists:
        raise Problem(400, "user_already_exists_use_another_email") from None
    return with_session(sign_in_document(issued), issued)


@bp.get("/profile")
@signed_in
async def profile(asking: SignedIn) -> Response:
    found = await accounts().accounts.profile(asking)
    return jsonify({"profile": None if found is None else profile_document(found)})


@bp.post("/profile/update")
@signed_in
async def update_profile(asking: SignedIn) -> Response:
    body = await read_body(ProfileBody)
    await accounts().accounts.update_profile(asking, body.changes())
    return jsonify({"success": True})


@bp.route("/account/export", methods=["GET", "POST"])
@signed_in
async def export(asking: SignedIn) -> Response:
    """With POST a password can be sent, which an address must not hold."""
    body = await read_optional_body(OptionalPasswordBody)
    pieces = await accounts().data.export(asking, body.password, client())
    return json_stream(await anext(pieces), pieces)
