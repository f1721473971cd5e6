"""Where the pages of the book are published: at SITE_URL, or below it under the base of the site's configuration.

SITE_URL decides if it has a path, even if the configuration says another one: the difference is reported. The base in
the configuration is used only if SITE_URL names a host alone, and this is reported too.
"""

from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from glossator.domain.book.sources.site_base import SiteBase


@dataclass(frozen=True)
class AddressNote:
    """How SITE_URL and the configuration of the site decide on the address; `fix` is "" if nothing is wrong."""

    kind: Literal["base", "conflict"]
    message: str
    fix: str = ""

    def __str__(self) -> str:
        return f"{self.message} - {self.fix}" if self.fix else self.message


def links_base(base_url: str, base: str) -> str:
    """The URL that the addresses of pages are appended to. `base_url` ends with a slash."""
    parts = urlsplit(base_url)
    return f"{base_url}{base}/" if base and parts.netloc and parts.path == "/" else base_url


def address_note(site_url: str, base: SiteBase | None) -> AddressNote | None:
    """None if there is nothing to say: no published site, no base in the configuration, or both agree."""
    path = urlsplit(site_url).path.strip("/")
    if not site_url or base is None or base.path == path:
        return None
    used = links_base(f"{site_url.rstrip('/')}/", base.path)
    if not path:
        return AddressNote("base", f"SITE_URL has no path, but {base.said}: links use {used}")
    message = f"SITE_URL has the path /{path}/, but {base.said}: links use {used}"
    return AddressNote("conflict", message, "correct SITE_URL if readers find the book at the other path")
