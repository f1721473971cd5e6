"""Validates URLs. No message contains the URL, which may contain a password by mistake."""

import ipaddress
import re
from typing import Final
from urllib.parse import SplitResult, urlsplit
from urllib.request import getproxies, proxy_bypass

from glossator.kernel.settings.setting import BadValue

PRINTABLE_ASCII: Final = re.compile(r"[!-~]+")
HOST: Final = re.compile(r"[A-Za-z0-9._-]+")
PRIVATE_SUFFIXES: Final = (".localhost", ".local", ".internal")


def is_loopback(host: str) -> bool:
    if host.lower() == "localhost" or host.lower().endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_private(host: str) -> bool:
    """Loopback, a private address, or a name outside public DNS (`qdrant`, `x.internal`)."""
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return "." not in host or host.lower().endswith(PRIVATE_SUFFIXES)


def is_host(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return bool(HOST.fullmatch(host))
    return True


def proxy_for(scheme: str, host: str) -> str:
    """The URL of the proxy that the environment names for an HTTP client, or ""; NO_PROXY counts."""
    proxies = getproxies()
    proxy = proxies.get(scheme) or proxies.get("all") or ""
    if not proxy or proxy_bypass(host):
        return ""
    return proxy if "://" in proxy else f"http://{proxy}"


def split_url(text: str) -> SplitResult:
    """Raises BadValue unless the text begins with `http(s)://host[:port]`."""
    if not PRINTABLE_ASCII.fullmatch(text):
        raise BadValue("must be a URL in ASCII without spaces")
    try:
        parts = urlsplit(text)
        invalid_port = parts.port == 0 or parts.netloc.endswith(":")
    except ValueError:
        raise BadValue("must be a URL with a valid host and port") from None
    if parts.scheme not in {"http", "https"} or not text.lower().startswith(f"{parts.scheme}://"):
        raise BadValue("must begin with https:// or http://")
    if invalid_port or not is_host(parts.hostname or ""):
        raise BadValue("must be a URL with a valid host and port")
    return parts


def parse_url(text: str, *, https: bool = False) -> str:
    parts = split_url(text)
    if "@" in parts.netloc:
        raise BadValue("must not contain a user name or password")
    if "?" in text or "#" in text:
        raise BadValue("must not contain a query or fragment")
    if https and parts.scheme == "http" and not is_private(parts.hostname or ""):
        raise BadValue("must begin with https:// (http:// is for loopback and private hosts)")
    return text.rstrip("/")
