"""One PostgreSQL for the session (each xdist worker has its own), and a fresh database for each test that asks."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from itertools import count
from typing import Final

import asyncpg
import pytest

from glossator.kernel.guard import Guard
from glossator.storage.schema.migrations import migrate
from glossator_plugins.local_postgres.server import PostgresServer, running_server
from glossator_plugins.postgres.pool import PostgresDatabase, open_pool
from tests.options import POOL_OPTIONS

TEMPLATE: Final = "migrated"
OPTIONS: Final = POOL_OPTIONS


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    """A running server with the migrated template database."""
    opened = running_server(tmp_path_factory.mktemp("postgres"))
    with asyncio.Runner() as runner:
        server = runner.run(opened.__aenter__())
        try:
            runner.run(make_template(server))
            yield server
        finally:
            runner.run(opened.__aexit__(None, None, None))


async def make_template(server: PostgresServer) -> None:
    await administer(server, "ALTER SYSTEM SET fsync = off")  # these data are never read again
    await administer(server, "SELECT pg_reload_conf()")
    await administer(server, f"CREATE DATABASE {TEMPLATE}")
    async with open_pool(server.dsn(TEMPLATE), Guard("tests"), OPTIONS) as database:
        await migrate(database)


async def administer(server: PostgresServer, sql: str) -> None:
    """Run one statement outside of any test's database."""
    connection = await asyncpg.connect(server.dsn())
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


@pytest.fixture(scope="session")
def database_names() -> Iterator[str]:
    return (f"test_{number}" for number in count())


@pytest.fixture
async def database_dsn(postgres: PostgresServer, database_names: Iterator[str]) -> AsyncIterator[str]:
    """Connection string of a database of the test's own, migrated and empty."""
    name = next(database_names)
    await administer(postgres, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    yield postgres.dsn(name)
    await administer(postgres, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def empty_database_dsn(postgres: PostgresServer, database_names: Iterator[str]) -> AsyncIterator[str]:
    """The same without the migrations."""
    name = next(database_names)
    await administer(postgres, f"CREATE DATABASE {name} TEMPLATE template0")
    yield postgres.dsn(name)
    await administer(postgres, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def database(database_dsn: str) -> AsyncIterator[PostgresDatabase]:
    async with open_pool(database_dsn, Guard("tests"), OPTIONS) as opened:
        yield opened
