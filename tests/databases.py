"""One PostgreSQL for the session (each xdist worker has its own), and an empty database for each test that asks.

A database is used again after its tables were emptied, which costs a tenth of a new one, unless its schema changed.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Final, TypeVar

import asyncpg
import pytest

from glossator.kernel.guards.guard import Guard
from glossator.storage.schema.migrations import migrate
from glossator_plugins.local_postgres.server import PostgresServer, running_server
from glossator_plugins.postgres.pool import PostgresDatabase, open_pool
from tests.options import POOL_OPTIONS

T = TypeVar("T")
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


SETTINGS: Final = ("fsync", "full_page_writes", "synchronous_commit", "autovacuum")
"""Off: these data are never read again."""


async def make_template(server: PostgresServer) -> None:
    for name in SETTINGS:
        await administer(server, f"ALTER SYSTEM SET {name} = off")
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


OTHER_SESSIONS: Final = """
    SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
"""Returns when they have ended: a session that ends later could still hold what the next test needs."""
CATALOGS: Final = {
    "attrdef": "oid", "attribute": "attrelid", "constraint": "oid", "index": "indexrelid", "namespace": "oid",
    "proc": "oid", "statistic": "starelid", "trigger": "oid", "type": "oid",
}  # fmt: skip
SCHEMA: Final = " UNION ALL ".join(
    [
        *(
            f"SELECT '{name}', count(*), sum(xmin::text::bigint) FROM pg_{name} WHERE {key} >= 16384"
            for name, key in CATALOGS.items()
        ),
        "SELECT 'migrations', count(*), sum(xmin::text::bigint) FROM glossator.migrations",
        "SELECT coalesce(relacl::text, ''), oid::bigint, relowner::bigint FROM pg_class WHERE oid >= 16384",
        "SELECT datname, setdatabase::bigint, 0 FROM pg_db_role_setting, pg_database d WHERE d.oid = setdatabase",
    ]
)
"""What the catalogs hold of objects that are not PostgreSQL's own, as numbers that a change of them changes."""
EMPTYING: Final = """
    SELECT string_agg(format(
        CASE WHEN pg_relation_size(oid) > 65536 THEN 'TRUNCATE %s CASCADE' ELSE 'DELETE FROM %s' END, oid::regclass
    ), '; ') FROM pg_class
    WHERE oid >= 16384 AND relkind = 'r' AND pg_relation_size(oid) > 0 AND oid <> 'glossator.migrations'::regclass
"""
"""To delete a few rows costs a third of new files for a table and its indexes."""
WITHOUT_TRIGGERS: Final = "SET session_replication_role = replica"
RESTART_COUNTING: Final = """
    SELECT setval(seqrelid, seqstart, false) FROM pg_sequence WHERE pg_sequence_last_value(seqrelid) IS NOT NULL
"""


@dataclass
class Databases:
    """Migrated ones; `empty` are ready to be used."""

    server: PostgresServer
    names: Iterator[str]
    schema: set[tuple[object, ...]] = field(default_factory=set)
    empty: list[str] = field(default_factory=list)

    async def take(self) -> str:
        if self.empty:
            return self.empty.pop()
        name = next(self.names)
        await administer(self.server, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
        if not self.schema:
            self.schema = await self._run(name, self._read_schema)
        return name

    async def give_back(self, name: str) -> None:
        if await self._run(name, self._emptied):
            self.empty.append(name)
        else:
            await administer(self.server, f"DROP DATABASE {name} WITH (FORCE)")

    async def _run(self, name: str, work: Callable[["asyncpg.Connection[asyncpg.Record]"], Awaitable[T]]) -> T:
        connection = await asyncpg.connect(self.server.dsn(name))
        try:
            return await work(connection)
        finally:
            await connection.close()

    async def _read_schema(self, connection: "asyncpg.Connection[asyncpg.Record]") -> set[tuple[object, ...]]:
        return {tuple(row) for row in await connection.fetch(SCHEMA)}

    async def _emptied(self, connection: "asyncpg.Connection[asyncpg.Record]") -> bool:
        """False when the schema is not what it was."""
        await connection.execute(OTHER_SESSIONS)
        if await self._read_schema(connection) != self.schema:
            return False
        if emptying := await connection.fetchval(EMPTYING):
            await connection.execute(f"{WITHOUT_TRIGGERS}; {emptying}; {RESTART_COUNTING}")
        return True


@pytest.fixture(scope="session")
def databases(postgres: PostgresServer, database_names: Iterator[str]) -> Databases:
    return Databases(postgres, database_names)


@pytest.fixture
async def database_dsn(databases: Databases) -> AsyncIterator[str]:
    """Connection string of a database of the test's own, migrated and empty."""
    name = await databases.take()
    yield databases.server.dsn(name)
    await databases.give_back(name)


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
