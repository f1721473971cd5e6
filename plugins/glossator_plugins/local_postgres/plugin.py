"""A local PostgreSQL server that Glossator runs on the data folder, for development and tests."""

import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

from glossator.domain.ports.database import Database
from glossator.kernel.errors import ServiceError
from glossator.kernel.plugin import Description
from glossator.kernel.services import Services
from glossator.kernel.settings.setting import Setting, Settings
from glossator.kernel.settings.types import FLAG, PATH, integer, number, optional

if TYPE_CHECKING:
    from glossator_plugins.postgres.pool import PostgresDatabase

DATA_PATH: Final = Setting("DATA_PATH", PATH, "Folder for the data of the embedded services")
BINARIES: Final = Setting(
    "LOCAL_POSTGRES__BINARIES",
    optional(PATH),
    "Folder with postgres and initdb; unset: those of the system or of an installed wheel",
)
CONNECTIONS: Final = Setting("LOCAL_POSTGRES__CONNECTIONS", integer(1, 30), "Maximum number of connections")
TIMEOUT: Final = Setting("LOCAL_POSTGRES__TIMEOUT", number(0.1, 600), "Timeout of a statement in seconds")
JOIN: Final = Setting(
    "LOCAL_POSTGRES__JOIN",
    FLAG,
    "Use the running server of another process that uses the data folder, instead of failing",
)


class LocalPostgresPlugin:
    name = "local_postgres"
    provides: tuple[type, ...] = (Database,)
    requires: tuple[type, ...] = ()
    settings: tuple[Setting[Any], ...] = (DATA_PATH, BINARIES, CONNECTIONS, TIMEOUT, JOIN)

    def describe(self, settings: Settings) -> Description:
        return Description(folder=settings[DATA_PATH] / "postgres" / "cluster")

    @asynccontextmanager
    async def open(self, settings: Settings, services: Services) -> "AsyncIterator[PostgresDatabase]":
        if sys.platform == "win32":
            raise ServiceError("does not run on Windows - use WSL, or remove local_postgres from PLUGINS")
        from glossator_plugins.postgres.pool import PoolOptions, guard_options, open_pool  # noqa: PLC0415 - loads the driver

        options = PoolOptions(
            size=settings[CONNECTIONS],
            statement_seconds=settings[TIMEOUT],
            statement_cache=100,
            idle_seconds=300.0,
        )
        guard = services.guard(self.name, guard_options(options))
        async with server_dsn(settings) as dsn, open_pool(dsn, guard, options) as database:
            yield database


@asynccontextmanager
async def server_dsn(settings: Settings) -> AsyncIterator[str]:
    """The connection string of our own server, or of the one that another process runs on the data folder."""
    from glossator_plugins.local_postgres.folder import FolderInUse  # noqa: PLC0415 - not on Windows
    from glossator_plugins.local_postgres.server import dsn_at, running_server  # noqa: PLC0415 - the same

    async with AsyncExitStack() as stack:
        try:
            server = await stack.enter_async_context(running_server(settings[DATA_PATH], settings[BINARIES]))
            dsn = server.dsn()
        except FolderInUse as error:
            if not settings[JOIN] or error.socket is None:
                raise
            dsn = dsn_at(error.socket)
        yield dsn
