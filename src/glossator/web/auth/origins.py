"""CSRF protection: which pages may send requests with a cookie, and sign-ins.

- A changing request with a cookie, on any path, must come from a trusted origin (compared exactly) or from our own,
  as the browser reports it.
- Sign-up and sign-in without a cookie follow the same rule if a browser sent them. Otherwise another site could sign a
  reader in to an account of its own.
- Requests with a bearer and no cookie are not checked: another site cannot know the token.
"""

from typing import Final
from urllib.parse import urlsplit

from quart import request

from glossator.web.http.context import WebOptions, services
from glossator.web.http.errors.account import AUTH_PATH, is_official
from glossator.web.http.errors.problem import Problem

SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
SIGN_IN_PATHS: Final = frozenset(
    {f"{AUTH_PATH}/sign-up/email", f"{AUTH_PATH}/sign-in/email", f"{AUTH_PATH}/sign-up", "/sign-in", "/sign-up"}
)
DEFAULT_PORTS: Final = {"http": ":80", "https": ":443"}
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
BROWSER_HEADERS: Final = ("Origin", "Referer", "Sec-Fetch-Site", "Sec-Fetch-Mode", "Sec-Fetch-Dest", "Sec-Fetch-User")


async def check_request_origin() -> None:
    """Raises Problem 403."""
    if request.method in SAFE:
        return
    if request.headers.get("Cookie"):
        check_origin()
    elif request.path in SIGN_IN_PATHS and any(request.headers.get(name) for name in BROWSER_HEADERS):
        refuse_cross_site_navigation()
        check_origin()


def refuse_cross_site_navigation() -> None:
    """Refuses a form that another site submits as a navigation. Raises Problem 403."""
    headers = request.headers
    if headers.get("Sec-Fetch-Site") == "cross-site" and headers.get("Sec-Fetch-Mode") == "navigate":
        raise Problem(403, "cross_site_navigation_login_blocked")


def check_origin() -> None:
    """Raises Problem 403."""
    origin = request.headers.get("Origin") or origin_of(request.headers.get("Referer", ""))
    if origin in services().get(WebOptions).trusted_origins or is_own_page(origin):
        return
    if is_official(request.path) and origin in {"", "null"}:
        raise Problem(403, "missing_or_null_origin")
    raise Problem(403, "invalid_origin")


def is_own_page(origin: str) -> bool:
    """`Sec-Fetch-Site` is set by the browser and cannot be set by a script.

    The scheme is not compared, since it differs behind a proxy that terminates TLS.
    """
    if request.headers.get("Sec-Fetch-Site") != "same-origin":
        return False
    if origin in {"", "null"}:
        return True
    scheme, _, host = origin.partition("://")
    port = DEFAULT_PORTS.get(scheme)
    return port is not None and host == request.host.removesuffix(port)


def check_callback(url: str | None) -> None:
    """A redirect target must be a path of this site or of a trusted origin. Raises Problem 403."""
    if url is None or is_path(url):
        return
    if not url.isascii() or not url.isprintable() or origin_of(url) not in services().get(WebOptions).trusted_origins:
        raise Problem(403, "invalid_callback_url")


def is_path(url: str) -> bool:
    """False for what a browser reads as another host: `//host`, with a backslash, or percent-encoded."""
    allowed = url.isascii() and url.isprintable() and " " not in url and "\\" not in url
    return allowed and url.startswith("/") and not url.lower().startswith(("//", "/%2f", "/%5c"))


def is_loopback_origin(origin: str) -> bool:
    return urlsplit(origin).hostname in LOOPBACK if origin_of(origin) == origin else False


def origin_of(url: str) -> str:
    """Empty for an invalid URL."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""
