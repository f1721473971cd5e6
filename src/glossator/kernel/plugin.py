"""The contract of a service plugin.

Entering `open` starts the service and leaving it stops the service. The yielded object implements every type in
`provides`. Its `check` is cheap, read-only and honest; it runs right after the start, beside those of other
plugins, and for the readiness route.

A plugin can also describe where its service is, without calling it.
"""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol, runtime_checkable
from urllib.parse import urlsplit

from glossator.kernel.services import Services
from glossator.kernel.settings.setting import Setting, Settings

DEFAULT_PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Endpoint:
    """A server that a plugin calls.

    `setting` is the name of the setting with its address, blank for a vendor's fixed address. `tls_request` is sent
    before TLS by protocols that negotiate it in plain text; the server agrees with the single byte `S`.
    `verify_certificate`: the client requires a certificate that it can verify. The hints name another likely cause
    than a wrong setting, when the host is not found or refuses connections.
    """

    setting: str
    scheme: str
    host: str
    port: int
    tls: bool
    tls_request: bytes = b""
    verify_certificate: bool = True
    not_found_hint: str = ""
    unreachable_hint: str = ""


def endpoint_of(setting: str, url: str) -> Endpoint:
    """The endpoint of an http(s) URL that has already been validated."""
    parts = urlsplit(url)
    return Endpoint(
        setting=setting,
        scheme=parts.scheme,
        host=parts.hostname or "",
        port=parts.port or DEFAULT_PORTS[parts.scheme],
        tls=parts.scheme == "https",
    )


class Service(Protocol):
    """The object that a plugin yields."""

    async def check(self) -> None:
        """Raises ServiceError when the service does not work."""
        ...


@runtime_checkable
class Probeable(Protocol):
    """An optional part of a service with several kinds of calls; `check` tries only what costs nothing."""

    async def probe(self) -> None:
        """Tries each kind of call once. Raises ServiceError when one does not work."""
        ...


@runtime_checkable
class ServicePlugin(Protocol):
    """The constructor takes no argument; the plugin keeps no reference to what it opened."""

    @property
    def name(self) -> str:
        """The name of the entry point, of the settings section and of the field in logs."""
        ...

    @property
    def provides(self) -> tuple[type, ...]:
        """Types under which the service is registered; each type has at most one provider."""
        ...

    @property
    def requires(self) -> tuple[type, ...]:
        """Types that plugins earlier in the list must provide; verified, not sorted."""
        ...

    @property
    def settings(self) -> tuple[Setting[Any], ...]:
        """Every setting that the plugin reads."""
        ...

    def open(self, settings: Settings, services: Services) -> AbstractAsyncContextManager[Service]: ...


@runtime_checkable
class Loadable(Protocol):
    """An optional part of a plugin: the modules that `open` imports, which load its SDK."""

    @property
    def modules(self) -> tuple[str, ...]: ...


@dataclass(frozen=True)
class Description:
    """Where a service is. The first start creates `folder` on this machine; `name` is the name of a collection.

    `warnings` are about its settings: what is wrong, " - ", and what to do. `connections` is the most that a process
    opens to a database, 0 if nothing limits them; a `pooled` server shares its connections among clients.
    """

    endpoints: tuple[Endpoint, ...] = ()
    folder: Path | None = None
    name: str = ""
    warnings: tuple[str, ...] = ()
    connections: int = 0
    pooled: bool = False


@runtime_checkable
class Describable(Protocol):
    """An optional part of a plugin, for `glossator check`: it describes where the service is and opens nothing."""

    def describe(self, settings: Settings) -> Description: ...
