"""The authenticated reader of the current request.

- A request without credentials or with an empty bearer is anonymous; invalid credentials are an error.
- A bearer takes precedence over the cookie.
- Only routes that can send the cookie again extend the session.
"""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import wraps
from typing import Concatenate, Final, ParamSpec, TypeVar

from quart import request

from glossator.domain.accounts.account import UNKNOWN_NETWORK, SignedIn
from glossator.domain.accounts.errors import AccountInactive, InvalidToken, TokenExpired
from glossator.domain.accounts.sessions.authentication import Authentication
from glossator.domain.budget.caps import YOUNG, Payer
from glossator.domain.clock import now
from glossator.domain.errors import Unavailable
from glossator.web.http.context import WebOptions, services
from glossator.web.http.errors.problem import Problem
from glossator.web.http.errors.programs import is_for_programs
from glossator.web.http.limits import count_for_account
from glossator.web.http.network import client_network
from glossator.web.http.pages import PageReader

log = logging.getLogger(__name__)

UNKNOWN_SECONDS: Final = 1.8
"""How long an answer waits for the database to say who asks."""
ANONYMOUS_KEY: Final = "anonymous"
"""Official clients of `/v1` and `/mcp` always send a key; this one counts as none."""
P = ParamSpec("P")
R = TypeVar("R")


def signed_in(route: Callable[Concatenate[SignedIn, P], Awaitable[R]]) -> Callable[P, Awaitable[R]]:
    """Passes the reader as first argument; responds with 401 without credentials, and with 404 if accounts are off."""

    @wraps(route)
    async def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        return await route(await required_reader(), *args, **kwargs)

    return guarded


async def required_reader() -> SignedIn:
    """Raises Problem 401 or 404, and what `reader` raises."""
    if not has_accounts():
        raise Problem(404, "accounts_off")
    current = await reader()
    if current is None:
        raise Problem(401, "unauthorized")
    return current


async def reader() -> SignedIn | None:
    """None if anonymous or accounts are off. Counts the request for the account, where the route has a limit.

    Raises InvalidToken, TokenExpired, AccountInactive, Unavailable, Problem 429.
    """
    if not has_accounts():
        return None
    authentication = services().get(Authentication)
    return _counted(await authentication.authenticate(bearer=bearer(), cookie=session_cookie(), extend=False))


def payer_of(current: SignedIn | None) -> Payer:
    """Whose budget the request uses. Readers of an unknown network have no cap of their own."""
    network = client_network()
    payer = Payer("" if network == UNKNOWN_NETWORK else network)
    if current is None:
        return payer
    return replace(payer, account=current.account.id, young=now() - current.account.created_at < YOUNG)


async def known_reader() -> SignedIn | None:
    """As `reader`, for what works without the database: also None if only the database can tell who it is.

    Raises InvalidToken, TokenExpired, AccountInactive, Problem 429; Unavailable only where an account is required.
    """
    if not has_accounts():
        return None
    authentication = services().get(Authentication)
    try:
        found = await authentication.recognize(bearer=bearer(), cookie=session_cookie(), seconds=UNKNOWN_SECONDS)
    except Unavailable as error:
        if not services().get(WebOptions).anonymous_chat:
            raise
        log.warning("reader_unknown: %s", error)
        return None
    return _counted(found)


async def page_reader() -> PageReader:
    """A page is shown to everyone, also when nobody can tell who asks."""
    try:
        found = await known_reader()
    except (InvalidToken, TokenExpired, AccountInactive):
        return PageReader(ended=session_cookie() is not None)
    except (Unavailable, Problem):
        return PageReader()
    return PageReader(found.account if found else None)


def _counted(found: SignedIn | None) -> SignedIn | None:
    if found is not None:
        count_for_account(found.account.id)
    return found


def has_credentials() -> bool:
    """Whether the request has credentials, valid or not; they are not verified."""
    given = request.headers.get("Authorization", "").strip().lower()
    return given not in {"", "bearer"} or session_cookie() is not None


def has_accounts() -> bool:
    return Authentication in services()


def bearer() -> str | None:
    """None for the key of programs that have none. Raises InvalidToken for another scheme than bearer."""
    scheme, _, token = request.headers.get("Authorization", "").strip().partition(" ")
    if scheme and scheme.lower() != "bearer":
        raise InvalidToken
    if token.strip() == ANONYMOUS_KEY and is_for_programs(request.path):
        return None
    return token.strip() or None


def session_cookie() -> str | None:
    """The signed value. Only the configured name is read, since a plain cookie is easier to forge than a secure one."""
    return request.cookies.get(services().get(WebOptions).cookies.session)
