"""Which pages may act with a cookie, and from which pages somebody may sign in.

- A request that changes something and carries a cookie, on any path: its page's origin must be one of the list, letter
  by letter, or our own as the browser itself vouches for it.
- Signing up and in without a cookie: the same, as soon as anything shows that a browser sent it. Else a foreign page
  could sign a reader in to an account of its own.
- A bearer that comes without a cookie is not looked at: no page can send what it does not have.
"""

from typing import Final
from urllib.parse import urlsplit

from quart import request

from glossator.web.http.account_errors import AUTH_PATH, is_official
from glossator.web.http.context import WebOptions, services
from glossator.web.http.problem import Problem

SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
SIGN_INS: Final = frozenset({f"{AUTH_PATH}/sign-up/email", f"{AUTH_PATH}/sign-in/email", f"{AUTH_PATH}/sign-up"})
DEFAULT_PORTS: Final = {"http": ":80", "https": ":443"}
OF_BROWSERS: Final = ("Origin", "Referer", "Sec-Fetch-Site", "Sec-Fetch-Mode", "Sec-Fetch-Dest", "Sec-Fetch-User")


async def refuse_foreign_pages() -> None:
    """Raises Problem 403."""
    if request.method in SAFE:
        return
    if request.headers.get("Cookie"):
        check_origin()
    elif request.path in SIGN_INS and any(request.headers.get(name) for name in OF_BROWSERS):
        refuse_navigation()
        check_origin()


def refuse_navigation() -> None:
    """A form of another site that the browser follows as a link."""
    headers = request.headers
    if headers.get("Sec-Fetch-Site") == "cross-site" and headers.get("Sec-Fetch-Mode") == "navigate":
        raise Problem(403, "cross_site_navigation_login_blocked")


def check_origin() -> None:
    origin = request.headers.get("Origin") or origin_of(request.headers.get("Referer", ""))
    if origin in services().get(WebOptions).trusted_origins or is_own_page(origin):
        return
    if is_official(request.path) and origin in {"", "null"}:
        raise Problem(403, "missing_or_null_origin")
    raise Problem(403, "invalid_origin")


def is_own_page(origin: str) -> bool:
    """`Sec-Fetch-Site` is written by browsers alone: no page's script can set it.

    The scheme is not compared: behind a proxy that ends TLS the browser's is another than ours.
    """
    if request.headers.get("Sec-Fetch-Site") != "same-origin":
        return False
    if origin in {"", "null"}:
        return True
    scheme, _, host = origin.partition("://")
    port = DEFAULT_PORTS.get(scheme)
    return port is not None and host == request.host.removesuffix(port)


def check_callback(url: str | None) -> None:
    """A page that a client is sent to afterwards: on this site, or of a trusted origin. Raises Problem 403."""
    if url is None or is_path(url):
        return
    if not url.isascii() or not url.isprintable() or origin_of(url) not in services().get(WebOptions).trusted_origins:
        raise Problem(403, "invalid_callback_url")


def is_path(url: str) -> bool:
    """Not one that a browser reads as an address of another host: `//host`, with a backslash, or encoded."""
    allowed = url.isascii() and url.isprintable() and " " not in url and "\\" not in url
    return allowed and url.startswith("/") and not url.lower().startswith(("//", "/%2f", "/%5c"))


def origin_of(url: str) -> str:
    """Empty for what is no URL."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""
