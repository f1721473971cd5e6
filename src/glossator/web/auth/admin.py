"""The operator's routes: opened by ADMIN_API_KEY, and not there at all for anybody else."""

import hmac
import logging
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Final, ParamSpec, TypeVar

from limits import RateLimitItemPerMinute
from limits.aio.strategies import MovingWindowRateLimiter
from quart import Response, g, request

from glossator.web.http.context import WebOptions, services
from glossator.web.http.network import client_network
from glossator.web.http.problem import Problem

log = logging.getLogger(__name__)

WRONG_KEYS: Final = RateLimitItemPerMinute(10)
P = ParamSpec("P")
R = TypeVar("R")


def admin_only(route: Callable[P, Awaitable[R]]) -> Callable[P, Awaitable[R]]:
    """Answers 404 without the right key, and 429 after ten wrong ones in a minute from one network."""

    @wraps(route)
    async def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        await require_admin()
        return await route(*args, **kwargs)

    return guarded


async def require_admin() -> None:
    """Raises Problem 404 or 429. Whatever is answered, pages of other origins cannot read it."""
    g.for_operator = True
    network = client_network()
    limiter = services().get(MovingWindowRateLimiter)
    if not await limiter.test(WRONG_KEYS, "admin", network):
        raise Problem(429, "too_many_requests", retry_after=60)
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    key = services().get(WebOptions).admin_key
    right = key is not None and hmac.compare_digest(given.strip().encode(), key.reveal().encode())
    if scheme.lower() == "bearer" and right:
        return
    if given:
        await limiter.hit(WRONG_KEYS, "admin", network)
        log.warning("wrong admin key for %s from %s", request.path, network)
    raise Problem(404, "not_found")


async def without_origins(response: Response) -> Response:
    """What asked for the operator's key is for no page: as if no origin were allowed."""
    if g.get("for_operator"):
        for name in [name for name, _ in response.headers if name.startswith("Access-Control-")]:
            del response.headers[name]
    return response
