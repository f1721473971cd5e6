"""Shared by the routes under /api/auth: they respond with 404 if accounts are off, and are never cached."""

from typing import Any, Final

from quart import Blueprint, Response, jsonify

from glossator.domain.accounts.services import AccountServices
from glossator.domain.accounts.sessions.credentials import IssuedSession
from glossator.web.auth.current_reader import has_accounts
from glossator.web.http.context import WebOptions, services
from glossator.web.http.errors.account import AUTH_PATH
from glossator.web.http.errors.problem import Problem
from glossator.web.http.session_cookies import expire_session, set_session

NO_STORE: Final = {"Cache-Control": "no-store", "Pragma": "no-cache"}


def auth_blueprint(name: str, module: str) -> Blueprint:
    blueprint = Blueprint(name, module, url_prefix=AUTH_PATH)
    blueprint.before_request(require_accounts)
    blueprint.after_request(forbid_caching)
    return blueprint


async def require_accounts() -> None:
    """Raises Problem 404."""
    if not has_accounts():
        raise Problem(404, "accounts_off")


async def forbid_caching(response: Response) -> Response:
    response.headers.update(NO_STORE)
    return response


def accounts() -> AccountServices:
    return services().get(AccountServices)


def with_session(body: Any, issued: IssuedSession) -> Response:
    response = jsonify(body)
    set_session(response, issued, services().get(WebOptions).cookies, accounts().cookies)
    return response


def without_session(body: Any) -> Response:
    response = jsonify(body)
    expire_session(response, services().get(WebOptions).cookies)
    return response
