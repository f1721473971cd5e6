"""The current session, and listing and revoking a reader's sessions.

Reading the current session is not rate limited and costs at most one indexed query. The existing frontend drops its
token after any error, so these routes respond with what was last known while the database is unavailable, and wait for
it where nothing is known of a token.
"""

import asyncio
from dataclasses import replace
from time import monotonic
from typing import Any, Final

from quart import Response, jsonify, request

from glossator.domain.accounts.account import SignedIn
from glossator.domain.accounts.errors import InvalidToken, TokenExpired
from glossator.domain.errors import Unavailable
from glossator.kernel.draining import Draining
from glossator.web.auth.bodies import EmptyBody, RevokeBody
from glossator.web.auth.current_reader import bearer, session_cookie, signed_in
from glossator.web.auth.documents import legacy_to_json, open_session_to_json, session_to_json
from glossator.web.auth.replies import accounts, auth_blueprint, with_session, without_session
from glossator.web.http.bodies import read_body, read_optional_body
from glossator.web.http.context import WebOptions, services
from glossator.web.http.errors.problem import Problem

bp = auth_blueprint("auth_sessions", __name__)

RETRY_SECONDS: Final = 0.5


@bp.get("/get-session")
async def get_session() -> Response:
    """`null` without valid credentials; an invalid cookie is expired unless a bearer took precedence."""
    try:
        reader = await find_reader()
    except (InvalidToken, TokenExpired):
        hidden_cookie = request.headers.get("Authorization") and session_cookie()
        return jsonify(None) if hidden_cookie else without_session(None)
    if reader is None:
        return jsonify(None)
    if reader.token_expires_at is not None:
        legacy = legacy_to_json(reader.account, bearer() or "", reader.token_expires_at)
        return jsonify({**legacy, **_degraded(reader)})
    if reader.session is None:
        raise InvalidToken
    issued = accounts().sessions.issue(reader.account, reader.session)
    if reader.degraded:  # its own token: a new one names the account's e-mail, which is not known
        issued = replace(issued, access_token=bearer() or "")
    return with_renewed_cookie({**open_session_to_json(issued), **_degraded(reader)}, reader)


@bp.get("/verify")
async def verify() -> Response:
    reader = await find_reader()
    if reader is None:
        raise Problem(401, "unauthorized")
    account = reader.account
    user = {"id": account.id, "email": account.email, "name": account.name, "proficiency": account.proficiency}
    return with_renewed_cookie({"valid": True, "user": user, **_degraded(reader)}, reader)


@bp.get("/list-sessions")
@signed_in
async def list_sessions(reader: SignedIn) -> Response:
    sessions = await accounts().sessions.list(reader)
    return jsonify([session_to_json(session, accounts().sessions.token(session)) for session in sessions])


@bp.post("/revoke-session")
@signed_in
async def revoke_session(reader: SignedIn) -> Response:
    body = await read_body(RevokeBody)
    was_own = await accounts().sessions.revoke(reader, body.token)
    return without_session({"status": True}) if was_own else jsonify({"status": True})


@bp.post("/revoke-sessions")
@signed_in
async def revoke_sessions(reader: SignedIn) -> Response:
    await read_optional_body(EmptyBody)
    await accounts().sessions.revoke_all(reader.account.id)
    return without_session({"status": True})


@bp.post("/revoke-other-sessions")
@signed_in
async def revoke_other_sessions(reader: SignedIn) -> Response:
    await read_optional_body(EmptyBody)
    await accounts().sessions.revoke_others(reader)
    return jsonify({"status": True})


async def find_reader() -> SignedIn | None:
    """Raises InvalidToken, TokenExpired, AccountInactive; Unavailable if the database stays unavailable."""
    options, draining = services().get(WebOptions), services().get(Draining)
    end = monotonic() + options.session_patience
    while True:
        try:
            return await authenticate()
        except Unavailable:
            if draining.is_set() or monotonic() + RETRY_SECONDS > end:
                raise
            await asyncio.sleep(RETRY_SECONDS)


async def authenticate() -> SignedIn | None:
    """Extends the session if due, unless the client disables that."""
    extend = request.args.get("disableRefresh") != "true"
    return await accounts().authentication.recognize(bearer=bearer(), cookie=session_cookie(), extend=extend)


def _degraded(reader: SignedIn) -> dict[str, bool]:
    return {"degraded": True} if reader.degraded else {}


def with_renewed_cookie(body: dict[str, Any], reader: SignedIn) -> Response:
    """Sends the cookie again if the session was extended."""
    if reader.session is None or not reader.renewed:
        return jsonify(body)
    return with_session(body, accounts().sessions.issue(reader.account, reader.session))
