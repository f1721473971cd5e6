"""Who is asking.

- Nothing sent, or an empty bearer, is nobody. What was sent and opens nothing is an error, never silently nobody.
- A bearer counts before the cookie.
- A session's end is moved by the routes that can send its cookie again, not by every look at it.
"""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from quart import request

from glossator.domain.accounts.account import SignedIn
from glossator.domain.accounts.errors import InvalidToken
from glossator.domain.accounts.sessions.authentication import Authentication
from glossator.web.http.context import WebOptions, services
from glossator.web.http.problem import Problem

P = ParamSpec("P")
R = TypeVar("R")


def signed_in(route: Callable[Concatenate[SignedIn, P], Awaitable[R]]) -> Callable[P, Awaitable[R]]:
    """The route's first argument is who asks; 401 when that is nobody, 404 where there are no accounts."""

    @wraps(route)
    async def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        return await route(await required_reader(), *args, **kwargs)

    return guarded


async def required_reader() -> SignedIn:
    """Raises Problem 401 and 404, and what `reader` raises."""
    if not has_accounts():
        raise Problem(404, "accounts_off")
    asking = await reader()
    if asking is None:
        raise Problem(401, "unauthorized")
    return asking


async def reader() -> SignedIn | None:
    """Nobody where there are no accounts. Raises InvalidToken, TokenExpired, AccountInactive, Unavailable."""
    if not has_accounts():
        return None
    return await services().get(Authentication).authenticate(bearer=bearer(), cookie=session_cookie(), extend=False)


def has_credentials() -> bool:
    """Whether the request names an account, rightly or not; nobody is asked who it is."""
    given = request.headers.get("Authorization", "").strip().lower()
    return given not in {"", "bearer"} or session_cookie() is not None


def has_accounts() -> bool:
    return Authentication in services()


def bearer() -> str | None:
    """Raises InvalidToken for another scheme: something was sent, and it says nothing to us."""
    scheme, _, token = request.headers.get("Authorization", "").strip().partition(" ")
    if scheme and scheme.lower() != "bearer":
        raise InvalidToken
    return token.strip() or None


def session_cookie() -> str | None:
    """As it was sent, still signed. Only under our own name: whoever can set a plain one cannot set a secure one."""
    return request.cookies.get(services().get(WebOptions).cookies.session)
