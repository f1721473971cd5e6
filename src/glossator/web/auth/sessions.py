"""Who is signed in, and the login sessions of a reader.

The question who is signed in is outside of every limit and costs one indexed query at most. A page that gets anything
but its answer drops its token: so a database that does not answer is waited for, and only then told.
"""

import asyncio
from time import monotonic
from typing import Any, Final

from quart import Response, jsonify, request

from glossator.domain.accounts.account import SignedIn
from glossator.domain.accounts.errors import InvalidToken, TokenExpired
from glossator.domain.errors import Unavailable
from glossator.kernel.draining import Draining
from glossator.web.auth.bodies import NothingBody, RevokeBody
from glossator.web.auth.current_reader import bearer, session_cookie, signed_in
from glossator.web.auth.documents import legacy_document, open_session_document, session_document
from glossator.web.auth.replies import accounts, auth_blueprint, with_session, without_session
from glossator.web.http.bodies import read_body, read_optional_body
from glossator.web.http.context import WebOptions, services
from glossator.web.http.problem import Problem

bp = auth_blueprint("auth_sessions", __name__)

PAUSE_SECONDS: Final = 0.5


@bp.get("/get-session")
async def get_session() -> Response:
    """`null` for nobody, and for what opens nothing; a cookie is only taken back when it was what was looked at."""
    try:
        asking = await found()
    except (InvalidToken, TokenExpired):
        hidden_cookie = request.headers.get("Authorization") and session_cookie()
        return jsonify(None) if hidden_cookie else without_session(None)
    if asking is None:
        return jsonify(None)
    if asking.token_expires_at is not None:
        return jsonify(legacy_document(asking.account, bearer() or "", asking.token_expires_at))
    if asking.session is None:
        raise InvalidToken
    issued = accounts().sessions.issue(asking.account, asking.session)
    return answered(open_session_document(issued), asking)


@bp.get("/verify")
async def verify() -> Response:
    asking = await found()
    if asking is None:
        raise Problem(401, "unauthorized")
    account = asking.account
    user = {"id": account.id, "email": account.email, "name": account.name, "proficiency": account.proficiency}
    return answered({"valid": True, "user": user}, asking)


@bp.get("/list-sessions")
@signed_in
async def list_sessions(asking: SignedIn) -> Response:
    sessions = await accounts().account_sessions.list(asking)
    return jsonify([session_document(session, accounts().sessions.token(session)) for session in sessions])


@bp.post("/revoke-session")
@signed_in
async def revoke_session(asking: SignedIn) -> Response:
    body = await read_body(RevokeBody)
    was_own = await accounts().account_sessions.revoke(asking, body.token)
    return without_session({"status": True}) if was_own else jsonify({"status": True})


@bp.post("/revoke-sessions")
@signed_in
async def revoke_sessions(asking: SignedIn) -> Response:
    await read_optional_body(NothingBody)
    await accounts().account_sessions.revoke_all(asking.account.id)
    return without_session({"status": True})


@bp.post("/revoke-other-sessions")
@signed_in
async def revoke_other_sessions(asking: SignedIn) -> Response:
    await read_optional_body(NothingBody)
    await accounts().account_sessions.revoke_others(asking)
    return jsonify({"status": True})


async def found() -> SignedIn | None:
    """Raises InvalidToken, TokenExpired, AccountInactive; Unavailable when the database stays away."""
    options, draining = services().get(WebOptions), services().get(Draining)
    end = monotonic() + options.session_patience
    while True:
        try:
            return await look()
        except Unavailable:
            if draining.is_set() or monotonic() + PAUSE_SECONDS > end:
                raise
            await asyncio.sleep(PAUSE_SECONDS)


async def look() -> SignedIn | None:
    """Moves the session's end when it is due, unless the client does not want that."""
    extend = request.args.get("disableRefresh") != "true"
    return await accounts().authentication.authenticate(bearer=bearer(), cookie=session_cookie(), extend=extend)


def answered(document: dict[str, Any], asking: SignedIn) -> Response:
    """With the cookie once more when the session's end has been moved."""
    if asking.session is None or not asking.renewed:
        return jsonify(document)
    return with_session(document, accounts().sessions.issue(asking.account, asking.session))
