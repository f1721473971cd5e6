"""A PostgreSQL server at Neon, or any other server with a connection string."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from glossator.domain.ports.database import Database
from glossator.kernel.plugin import Description
from glossator.kernel.registry import timeout_settings
from glossator.kernel.services import Services
from glossator.kernel.settings.secret import Secret
from glossator.kernel.settings.setting import BadValue, Setting, Settings
from glossator.kernel.settings.types import SECRET, TEXT, integer, number, optional, validated
from glossator_plugins.postgres.dsn import EXAMPLE, host_of, postgres_endpoint

if TYPE_CHECKING:
    from glossator_plugins.postgres.pool import PostgresDatabase

NAME: Final = "neon"
CONNECT_SECONDS: Final = 5.0
POOLED: Final = "-pooler."
"""In the name of a host that is Neon's PgBouncer."""
COPY_HINT: Final = "copy the connection string from the Neon console again"
MARGIN_SECONDS: Final = 0.5
"""Reserved of the start time, so that our own message comes before the registry's general one."""


def validate_dsn(value: Secret) -> None:
    try:
        host = host_of(value.reveal())
    except ValueError as error:
        raise BadValue(str(error)) from None
    if not host:
        raise BadValue(f"must be a connection string with a host: {EXAMPLE}")


API_KEY: Final = Setting(
    "NEON_API_KEY",
    validated(SECRET, validate_dsn),
    "Connection string of the database, postgresql://...",
    required=True,
)
CONNECTIONS: Final = Setting("NEON__CONNECTIONS", integer(1, 100), "Maximum number of connections")
TIMEOUT: Final = Setting(
    "NEON__TIMEOUT", number(0.1, 600), "Timeout of a statement in seconds, including a new connection"
)
IDLE_LIFETIME: Final = Setting(
    "NEON__IDLE_LIFETIME", number(1, 240), "Seconds after which an idle connection is closed; Neon suspends after 300"
)
STATEMENT_CACHE: Final = Setting(
    "NEON__STATEMENT_CACHE",
    integer(0, 1000),
    "Number of prepared statements cached per connection; 0 for a pooler without support (PgBouncer before 1.21)",
)
SPACE_ID: Final = Setting("SPACE_ID", optional(TEXT), "owner/name, set by the platform")


class NeonPlugin:
    name = NAME
    provides: tuple[type, ...] = (Database,)
    requires: tuple[type, ...] = ()
    settings: tuple[Setting[Any], ...] = (API_KEY, CONNECTIONS, TIMEOUT, IDLE_LIFETIME, STATEMENT_CACHE, SPACE_ID)
    modules: tuple[str, ...] = ("glossator_plugins.neon.startup", "glossator_plugins.postgres.pool")

    def describe(self, settings: Settings) -> Description:
        endpoint = postgres_endpoint(API_KEY.name, settings[API_KEY].reveal())
        return Description(
            (replace(endpoint, not_found_hint=COPY_HINT),) if endpoint else (),
            connections=settings[CONNECTIONS],
            pooled=POOLED in host_of(settings[API_KEY].reveal()),
        )

    @asynccontextmanager
    async def open(self, settings: Settings, services: Services) -> "AsyncIterator[PostgresDatabase]":
        from glossator_plugins.neon.startup import neon_message, wait_until_ready  # noqa: PLC0415 - loads the driver
        from glossator_plugins.postgres.pool import PoolOptions, guard_options, open_pool  # noqa: PLC0415 - the same

        dsn = settings[API_KEY].reveal()
        message = neon_message(host_of(dsn), on_space=bool(settings[SPACE_ID]))
        options = PoolOptions(
            size=settings[CONNECTIONS],
            statement_seconds=settings[TIMEOUT],
            connect_seconds=min(CONNECT_SECONDS, settings[TIMEOUT]),
            idle_seconds=settings[IDLE_LIFETIME],
            statement_cache=settings[STATEMENT_CACHE],
            reset=False,
            message=message,
        )
        start_seconds = settings[timeout_settings(NAME).start]
        guard = services.guard(NAME, guard_options(options))
        async with open_pool(dsn, guard, options) as database:
            await wait_until_ready(database, max(start_seconds - MARGIN_SECONDS, start_seconds / 2), message)
            yield database
