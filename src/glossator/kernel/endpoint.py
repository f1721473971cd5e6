"""Where a service is to be found on the network, as its plugin tells it without calling it."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

USUAL_PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Endpoint:
    """A server that a plugin calls; `setting` is the name of the one that says where, blank for a vendor's own address.

    `tls_request` is sent before TLS where a protocol asks for it in the clear; the server agrees with one byte, `S`.
    `trusted`: the client insists on a certificate that it can verify. `if_unknown` and `if_silent` tell what else than
    a wrong setting may be the cause when the host is not found, or takes no connection: half a sentence each.
    """

    setting: str
    scheme: str
    host: str
    port: int
    tls: bool
    tls_request: bytes = b""
    trusted: bool = True
    if_unknown: str = ""
    if_silent: str = ""


def endpoint_of(setting: str, url: str) -> Endpoint:
    """Of an http(s) URL that has been read already."""
    parts = urlsplit(url)
    return Endpoint(
        setting=setting,
        scheme=parts.scheme,
        host=parts.hostname or "",
        port=parts.port or USUAL_PORTS[parts.scheme],
        tls=parts.scheme == "https",
    )
