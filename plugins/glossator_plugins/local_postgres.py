"""PostgreSQL without a server to set up: our own on the data folder, for a laptop and for tests."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

from glossator.domain.ports import Database
from glossator.kernel.errors import ServiceFault
from glossator.kernel.kinds import PATH, integer, number, optional
from glossator.kernel.plugin import Description
from glossator.kernel.services import Services
from glossator.kernel.setting import Setting
from glossator.kernel.settings import Settings

if TYPE_CHECKING:
    from glossator_plugins.postgres_pool import PostgresDatabase

DATA_PATH: Final = Setting("DATA_PATH", PATH, "What the embedded services keep")
BINARIES: Final = Setting(
    "LOCAL_POSTGRES__BINARIES",
    optional(PATH),
    "Folder with the programs postgres and initdb; blank: the machine's own, else those of a wheel",
)
CONNECTIONS: Final = Setting("LOCAL_POSTGRES__CONNECTIONS", integer(1, 30), "Most connections at a time")
TIMEOUT: Final = Setting("LOCAL_POSTGRES__TIMEOUT", number(0.1, 600), "Seconds for one statement")


class LocalPostgresPlugin:
    name = "local_postgres"
    provides: tuple[type, ...] = (Database,)
    requires: tuple[type, ...] = ()
    settings: tuple[Setting[Any], ...] = (DATA_PATH, BINARIES, CONNECTIONS, TIMEOUT)

    def describe(self, settings: Settings) -> Description:
        return Description(folder=settings[DATA_PATH] / "postgres" / "cluster")

    @asynccontextmanager
    async def open(self, settings: Settings, services: Services) -> "AsyncIterator[PostgresDatabase]":
        if sys.platform == "win32":
            raise ServiceFault("does not run on Windows - use WSL, or take local_postgres out of PLUGINS")
        from glossator_plugins.postgres_pool import PoolOptions, open_pool  # noqa: PLC0415 - loads the driver
        from glossator_plugins.postgres_server import running_server  # noqa: PLC0415 - not on Windows

        options = PoolOptions(size=settings[CONNECTIONS], statement_seconds=settings[TIMEOUT])
        async with (
            running_server(settings[DATA_PATH], settings[BINARIES]) as server,
            open_pool(server.dsn(), services.guard(self.name), options) as database,
        ):
            yield database
