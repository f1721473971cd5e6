"""Origins: the sites whose pages may call us from a browser, and whose cookies the auth endpoints trust.

An origin is `scheme://host[:port]` and is compared letter by letter with what browsers send.
"""

import re
from dataclasses import dataclass
from typing import Final, Literal

from glossator.kernel.settings.setting import BadValue
from glossator.kernel.settings.url import is_host, is_loopback

Environment = Literal["development", "production"]

EXACT: Final = re.compile(
    r"(?P<scheme>https?)://(?P<host>\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:(?P<port>[1-9][0-9]{0,4}))?", re.I
)
WRITTEN: Final = re.compile(
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
    def environment(self) -> Environment:
        """`development` for loopback hosts."""
        match = EXACT.fullmatch(self.origin_url)
        return "development" if match and is_loopback(match["host"].strip("[]")) else "production"


@dataclass(frozen=True)
class Origins:
    """Every known origin once. A disabled one is kept, so that nothing adds it again by itself."""

    entries: tuple[Origin, ...] = ()

    @property
    def allowed(self) -> tuple[str, ...]:
        """For CORS."""
        return tuple(entry.origin_url for entry in self.entries if entry.enabled)

    @property
    def trusted(self) -> tuple[str, ...]:
        """For the auth endpoints: the same list."""
        return self.allowed

    def with_given(self, given: tuple[Origin, ...]) -> "Origins":
        """The operator's own word: it replaces what is known of the same origin."""
        by_url = {entry.origin_url: entry for entry in (*self.entries, *given)}
        return Origins(tuple(by_url.values()))

    def with_known(self, origin_url: str | None) -> "Origins":
        """An origin that follows from elsewhere; a disabled entry for it stays disabled."""
        if not origin_url or any(entry.origin_url == origin_url for entry in self.entries):
            return self
        return Origins((*self.entries, Origin(origin_url)))


def read_origin(text: str) -> Origin:
    """Raises BadValue with the corrected entry; what is wrong may be a password, so the entry is not repeated."""
    if EXACT.fullmatch(text) and _is_possible(text):
        return Origin(text)
    raise BadValue(f"{_reason(text)}: write {corrected(text)}")


def corrected(text: str) -> str:
    """The origin that was probably meant; an example where none can be made out."""
    written = SLASHES.sub(r"\1://", QUOTES.sub("", text.strip()))
    scheme, _, rest = written.rpartition("://")
    match = WRITTEN.match(_authority(rest.lstrip("/")).rpartition("@")[2])
    if not match:
        return EXAMPLE
    usual = "http" if is_loopback(match["host"].strip("[]")) else "https"
    origin = f"{scheme if scheme.lower() in DEFAULT_PORTS else usual}://{match['host']}"
    origin += f":{match['port']}" if match["port"] else ""
    return origin if _is_possible(origin) else EXAMPLE


def origin_warning(origin: Origin) -> str | None:
    """Browsers send lower case and no port that the scheme implies: such an entry never matches."""
    text = origin.origin_url
    scheme, _, rest = text.partition("://")
    default_port = f":{DEFAULT_PORTS.get(scheme.lower(), '')}"
    if text != text.lower():
        return f"{text} has upper-case letters, browsers send {text.lower().removesuffix(default_port)}"
    if rest.endswith(default_port):
        return f"{text} names its scheme's own port, browsers send {text.removesuffix(default_port)}"
    return None


def origin_of(url: str | None) -> str | None:
    """The origin of a URL that has been read already, as a browser sends it."""
    match = EXACT.match(url.lower()) if url else None
    if not match:
        return None
    port = match["port"]
    shown = "" if port is None or port == DEFAULT_PORTS[match["scheme"]] else f":{port}"
    return f"{match['scheme']}://{match['host']}{shown}"


def _is_possible(origin: str) -> bool:
    match = EXACT.fullmatch(origin)
    return bool(match and is_host(match["host"].strip("[]")) and int(match["port"] or 1) < 65536)


def _reason(text: str) -> str:
    scheme, separator, rest = text.rpartition("://")
    findings = {
        "stands in quotes": '"' in text or "'" in text,
        "has a *, and every origin must be listed by itself": "*" in text,
        "has user info": "@" in _authority(rest),
        "has no scheme": not separator,
        "must begin with https:// or http://": bool(separator) and scheme.lower() not in DEFAULT_PORTS,
        "has a query or fragment": "?" in rest or "#" in rest,
        "has a path or a trailing slash": "/" in rest,
    }
    return next((reason for reason, found in findings.items() if found), "is not scheme://host[:port]")


def _authority(rest: str) -> str:
    return re.split(r"[/?#]", rest, maxsplit=1)[0]
