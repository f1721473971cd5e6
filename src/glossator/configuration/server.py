"""Where the server listens, under which names it is asked, and which sites may frame its pages."""

import ipaddress
import re
from typing import Final

from glossator.configuration.space import SPACE_HOST, Space
from glossator.kernel.settings.setting import BadValue, Setting, Settings
from glossator.kernel.settings.types import TEXT, TEXT_LIST, optional, validated
from glossator.kernel.settings.url import is_host, is_loopback

ANCESTORS: Final = re.compile(r"'none'|(?:(?:'self'|https?://(?:\*\.)?[A-Za-z0-9.-]+(?::[0-9]{1,5})?)(?: +|$))+")
LOOPBACK_HOSTS: Final = ("localhost", "127.0.0.1", "[::1]")
SPACE_ANCESTORS: Final = "'self' https://huggingface.co https://*.hf.space"


def _validate_address(text: str) -> None:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        raise BadValue("must be an IP address to listen on, such as 127.0.0.1 or 0.0.0.0") from None


def _validate_ancestors(text: str | None) -> None:
    if text and not ANCESTORS.fullmatch(text):
        raise BadValue("must be 'none', or 'self' and sites such as https://*.example.com, separated by spaces")


def _validate_hosts(hosts: tuple[str, ...]) -> None:
    if not all(map(is_host, hosts)):
        raise BadValue("must be host names without a port, such as book.example.com")


SERVER_HOST: Final = Setting(
    "SERVER__HOST", validated(TEXT, _validate_address), "IP address to listen on; 0.0.0.0 for all interfaces"
)
SERVER_FRAME_ANCESTORS: Final = Setting(
    "SERVER__FRAME_ANCESTORS",
    validated(optional(TEXT), _validate_ancestors),
    "Sites that may show our pages in a frame, separated by spaces; unset: 'self', on a Space also Hugging Face",
)
SERVER_HOSTS: Final = Setting(
    "SERVER__HOSTS",
    validated(TEXT_LIST, _validate_hosts),
    "Host names under which programs may use /mcp; empty: on a Space its own, on a loopback address those of the"
    " machine, else any",
)
SERVER_SETTINGS: Final = (SERVER_HOST, SERVER_HOSTS, SERVER_FRAME_ANCESTORS)


def with_server_names(settings: Settings, space: Space | None) -> Settings:
    """With the sites that may frame our pages and the names under which we are asked, where the operator names none."""
    if settings[SERVER_FRAME_ANCESTORS] is None:
        ancestors = SPACE_ANCESTORS if space else "'self'"
        settings = settings.with_value(SERVER_FRAME_ANCESTORS, ancestors, "SPACE_HOST" if space else "default")
    return _with_hosts(settings)


def _with_hosts(settings: Settings) -> Settings:
    """On a loopback address a page of any site could reach us under a name of its own, so there names are checked."""
    if settings[SERVER_HOSTS]:
        return settings
    if host := settings[SPACE_HOST]:
        return settings.with_value(SERVER_HOSTS, (host.lower(),), "SPACE_HOST")
    if is_loopback(settings[SERVER_HOST]):
        return settings.with_value(SERVER_HOSTS, LOOPBACK_HOSTS, "SERVER__HOST")
    return settings
