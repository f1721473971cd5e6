"""Origins: the sites that may call the API from a browser, and that the auth endpoints trust.

An origin is `scheme://host[:port]`; it must equal the Origin header of browsers exactly.
"""

import re
from dataclasses import dataclass
from typing import Final, Literal

from glossator.kernel.settings.setting import BadValue
from glossator.kernel.settings.url import is_host, is_loopback

OriginEnvironment = Literal["development", "production"]

ORIGIN: Final = re.compile(
    r"(?P<scheme>https?)://(?P<host>\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:(?P<port>[1-9][0-9]{0,4}))?", re.I
)
HOST_AND_PORT: Final = re.compile(
    r"(\*\.)?(?P<host>\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:(?P<port>[1-9][0-9]{0,4})(?![0-9]))?(?=[/?#:]|$)", re.I
)
QUOTES: Final = re.compile(r"""^\[?["']+|["']+\]?$""")
SLASHES: Final = re.compile("^(https?):/*(?![0-9])", re.I)
EXAMPLE: Final = "https://book.example.com"
DEFAULT_PORTS: Final = {"http": "80", "https": "443"}
ENTRY_KEYS: Final = {"origin_url", "enabled"}


@dataclass(frozen=True)
class Origin:
    origin_url: str
    enabled: bool = True

    @property
    def environment(self) -> OriginEnvironment:
        """`development` for loopback hosts."""
        match = ORIGIN.fullmatch(self.origin_url)
        return "development" if match and is_loopback(match["host"].strip("[]")) else "production"


@dataclass(frozen=True)
class Origins:
    """Unique origins. Disabled entries remain, so that a derived origin does not enable them."""

    entries: tuple[Origin, ...] = ()

    @property
    def allowed(self) -> tuple[str, ...]:
        """Origins for CORS."""
        return tuple(entry.origin_url for entry in self.entries if entry.enabled)

    @property
    def trusted(self) -> tuple[str, ...]:
        """Origins that the auth endpoints trust: the same list."""
        return self.allowed

    def with_listed(self, listed: tuple[Origin, ...]) -> "Origins":
        """Add origins that the operator lists; they replace existing entries."""
        by_url = {entry.origin_url: entry for entry in (*self.entries, *listed)}
        return Origins(tuple(by_url.values()))

    def with_derived(self, origin_url: str | None) -> "Origins":
        """Add an origin that follows from another setting; a disabled entry for it stays disabled."""
        if not origin_url or any(entry.origin_url == origin_url for entry in self.entries):
            return self
        return Origins((*self.entries, Origin(origin_url)))


def parse_origin(text: str) -> Origin:
    """Raises BadValue with a corrected origin. The message omits the text, which may contain a password."""
    if ORIGIN.fullmatch(text) and _is_possible(text):
        return Origin(text)
    raise BadValue(f"{_reason(text)}: write {suggest_origin(text)}")


def suggest_origin(text: str) -> str:
    """Return the origin that was probably intended, or an example."""
    url = SLASHES.sub(r"\1://", QUOTES.sub("", text.strip()))
    scheme, _, rest = url.rpartition("://")
    match = HOST_AND_PORT.match(_authority(rest.lstrip("/")).rpartition("@")[2])
    if not match:
        return EXAMPLE
    default_scheme = "http" if is_loopback(match["host"].strip("[]")) else "https"
    origin = f"{scheme if scheme.lower() in DEFAULT_PORTS else default_scheme}://{match['host']}"
    origin += f":{match['port']}" if match["port"] else ""
    return origin if _is_possible(origin) else EXAMPLE


def origin_warning(origin: Origin) -> str | None:
    """Browsers send lower case and omit the default port, so other entries never match."""
    text = origin.origin_url
    scheme, _, rest = text.partition("://")
    default_port = f":{DEFAULT_PORTS.get(scheme.lower(), '')}"
    if text != text.lower():
        return f"{text} has upper-case letters, browsers send {text.lower().removesuffix(default_port)}"
    if rest.endswith(default_port):
        return f"{text} contains the default port of its scheme, browsers send {text.removesuffix(default_port)}"
    return None


def insecure_warning(origins: Origins) -> str | None:
    """For a public server: a page that is loaded over http can be changed on its way to the reader."""
    insecure = [
        entry.origin_url
        for entry in origins.entries
        if entry.enabled and entry.environment == "production" and entry.origin_url.lower().startswith("http:")
    ]
    if not insecure:
        return None
    return (
        f"CORS_ALLOWED_ORIGINS, BETTER_AUTH_URL: {', '.join(insecure)} is not https, so others can read and "
        "change its pages - publish the site over https and allow that origin"
    )


def origin_of(url: str | None) -> str | None:
    """Return the origin of a validated URL, as a browser sends it."""
    match = ORIGIN.match(url.lower()) if url else None
    if not match:
        return None
    port = match["port"]
    suffix = "" if port is None or port == DEFAULT_PORTS[match["scheme"]] else f":{port}"
    return f"{match['scheme']}://{match['host']}{suffix}"


def _is_possible(origin: str) -> bool:
    match = ORIGIN.fullmatch(origin)
    return bool(match and is_host(match["host"].strip("[]")) and int(match["port"] or 1) < 65536)


def _reason(text: str) -> str:
    scheme, separator, rest = text.rpartition("://")
    reasons = {
        "is in quotes": '"' in text or "'" in text,
        "contains a *, but every origin must be listed": "*" in text,
        "has user info": "@" in _authority(rest),
        "has no scheme": not separator,
        "must begin with https:// or http://": bool(separator) and scheme.lower() not in DEFAULT_PORTS,
        "has a query or fragment": "?" in rest or "#" in rest,
        "has a path or a trailing slash": "/" in rest,
    }
    return next((reason for reason, applies in reasons.items() if applies), "is not scheme://host[:port]")


def _authority(rest: str) -> str:
    return re.split(r"[/?#]", rest, maxsplit=1)[0]
