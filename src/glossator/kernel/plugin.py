"""The contract of a service plugin.

Entering `open` starts the service, leaving it stops it. What it yields implements every type in `provides`; its
`check` is cheap, read-only and honest, runs right after the start, and for the readiness route.

Where a service is to be found on the network, as its plugin tells it without calling it.
"""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol, runtime_checkable
from urllib.parse import urlsplit

from glossator.kernel.services import Services
from glossator.kernel.settings.setting import Setting, Settings

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


class Service(Protocol):
    """What a plugin yields."""

    async def check(self) -> None:
        """Raises ServiceFault when the service cannot do its work."""
        ...


@runtime_checkable
class ServicePlugin(Protocol):
    """A plugin takes no argument when it is made, and keeps nothing that it opened."""

    @property
    def name(self) -> str:
        """The entry point's name, also its settings' section and its field in logs."""
        ...

    @property
    def provides(self) -> tuple[type, ...]:
        """Types under which the yielded service is found; each has at most one provider."""
        ...

    @property
    def requires(self) -> tuple[type, ...]:
        """Types that must be provided by plugins listed before; verified, not sorted."""
        ...

    @property
    def settings(self) -> tuple[Setting[Any], ...]:
        """Everything it reads."""
        ...

    def open(self, settings: Settings, services: Services) -> AbstractAsyncContextManager[Service]: ...


@dataclass(frozen=True)
class Description:
    """Where a service works. `folder` is on this machine and made by the first start; `name` that of a collection."""

    endpoints: tuple[Endpoint, ...] = ()
    folder: Path | None = None
    name: str = ""


@runtime_checkable
class Described(Protocol):
    """What a plugin may have besides: it tells where its service works and opens nothing, for `glossator check`."""

    def describe(self, settings: Settings) -> Description: ...
