"""Opens the neon plugin on a PostgreSQL server with a password, as Neon offers one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import asyncpg

from glossator.kernel.registry import timeout_settings
from glossator.kernel.services import Services
from glossator.kernel.settings.secret import Secret
from glossator.kernel.settings.setting import Setting, Settings
from glossator_plugins.local_postgres.folder import SOCKET
from glossator_plugins.local_postgres.server import PostgresServer
from glossator_plugins.neon.plugin import (
    API_KEY,
    CONNECTIONS,
    IDLE_LIFETIME,
    SPACE_ID,
    STATEMENT_CACHE,
    TIMEOUT,
    NeonPlugin,
)
from glossator_plugins.postgres.pool import PostgresDatabase
from tests.databases import administer

ROLE: Final = "neon_owner"
PASSWORD: Final = "npg_S3cretOfTheBook"
TIMES: Final = timeout_settings("neon")
DEFAULTS: Final[dict[Setting[Any], object]] = {
    CONNECTIONS: 3,
    TIMEOUT: 5.0,
    IDLE_LIFETIME: 60.0,
    STATEMENT_CACHE: 100,
    SPACE_ID: None,
    TIMES.start: 10.0,
    TIMES.stop: 2.0,
    TIMES.check: 600.0,
}

Changes = dict[Setting[Any], object]


def settings_for(dsn: str, changes: Changes | None = None) -> Settings:
    return Settings.of(DEFAULTS | {API_KEY: Secret(dsn)} | (changes or {}))


@asynccontextmanager
async def open_neon(
    dsn: str, changes: Changes | None = None, services: Services | None = None
) -> AsyncIterator[PostgresDatabase]:
    async with NeonPlugin().open(settings_for(dsn, changes), services or Services()) as database:
        yield database


def socket_of(server: PostgresServer) -> Path:
    return server.socket / SOCKET


def dsn_at(port: int, database: str = "postgres", password: str = PASSWORD) -> str:
    return f"postgresql://{ROLE}:{password}@127.0.0.1:{port}/{database}?sslmode=prefer&channel_binding=require"


async def require_password(server: PostgresServer) -> None:
    """Makes this role authenticate with a password; returns when a wrong one is rejected."""
    await administer(server, f"DROP ROLE IF EXISTS {ROLE}")
    await administer(server, f"CREATE ROLE {ROLE} LOGIN PASSWORD '{PASSWORD}'")
    connection = await asyncpg.connect(server.dsn())
    try:
        rules = await connection.fetchval("SHOW hba_file")
    finally:
        await connection.close()
    lines = f"VALUES ('local all {ROLE} scram-sha-256'), ('local all all trust')"
    await administer(server, f"COPY ({lines}) TO '{rules}'")
    await administer(server, "SELECT pg_reload_conf()")
    while not await rejects_wrong_password(server):
        await asyncio.sleep(0.02)


async def rejects_wrong_password(server: PostgresServer) -> bool:
    try:
        connection = await asyncpg.connect(server.dsn().replace("postgres@", f"{ROLE}:wrong@"))
    except asyncpg.InvalidPasswordError:
        return True
    await connection.close()
    return False
