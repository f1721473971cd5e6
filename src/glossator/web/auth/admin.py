"""Protects the operator's routes with ADMIN_API_KEY; without the key they respond as not found."""

import hmac
import logging
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from quart import Response, g, request

from glossator.web.http.context import WebOptions, rule_of_request, services
from glossator.web.http.errors.problem import Problem
from glossator.web.http.limits import ADMIN_KEY, RequestLimits
from glossator.web.http.network import client_network

log = logging.getLogger(__name__)

P = ParamSpec("P")
R = TypeVar("R")


def admin_only(route: Callable[P, Awaitable[R]]) -> Callable[P, Awaitable[R]]:
    """Responds with 404 without the right key, and with 429 after ten wrong keys per minute and network."""

    @wraps(route)
    async def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        await require_admin()
        return await route(*args, **kwargs)

    return guarded


async def require_admin() -> None:
    """Raises Problem 404 or 429. The right key always passes. Pages of other origins cannot read any response."""
    g.admin_request = True
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    key = services().get(WebOptions).admin_key
    matches = key is not None and hmac.compare_digest(given.strip().encode(), key.reveal().encode())
    if scheme.lower() == "bearer" and matches:
        return
    if given:
        services().get(RequestLimits).take(ADMIN_KEY, "network", client_network())
        log.warning("admin_key_wrong: %s", rule_of_request())
    raise Problem(404, "not_found")


async def remove_cors_headers(response: Response) -> Response:
    """No page may read responses of the operator's routes, whatever its origin."""
    if g.get("admin_request"):
        for name in [name for name, _ in response.headers if name.startswith("Access-Control-")]:
            del response.headers[name]
    return response
