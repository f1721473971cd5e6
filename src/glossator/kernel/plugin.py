"""The contract of a service plugin.

Entering `open` starts the service, leaving it stops it. What it yields implements every type in `provides`; its
`check` is cheap, read-only and honest, runs right after the start, and for the readiness route.
"""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from glossator.kernel.endpoint import Endpoint
from glossator.kernel.services import Services
from glossator.kernel.setting import Setting
from glossator.kernel.settings import Settings


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
