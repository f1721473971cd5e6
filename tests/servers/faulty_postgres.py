"""A PostgreSQL that a test stops, kills, freezes, makes read-only or leaves without connections. It stays like that."""

import os
import signal
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import asyncpg
import psutil

from glossator_plugins.local_postgres.cluster import find_cluster
from glossator_plugins.local_postgres.folder import PORT, locked, socket_folder
from glossator_plugins.local_postgres.server import PostgresServer, create_folder

ROLE: Final = "book"
DATABASE: Final = "book"
WRITABLE: Final = {"default_transaction_read_only": "off"}
OF_ROLE: Final = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{ROLE}'"


@dataclass(frozen=True)
class FaultyPostgres:
    """`dsn` is for a role that may not do more than own its database."""

    server: PostgresServer

    @property
    def dsn(self) -> str:
        return f"postgresql://{ROLE}@/{DATABASE}?host={self.server.socket}&port={PORT}"

    async def query(self, sql: str, *args: object) -> list[Any]:
        """As the owner of the server, on a connection of its own."""
        connection = await asyncpg.connect(self.server.dsn(DATABASE), server_settings=WRITABLE)
        try:
            return [tuple(row) for row in await connection.fetch(sql, *args)]
        finally:
            await connection.close()

    async def stop(self) -> None:
        await self.server.stop()

    async def start(self) -> None:
        await self.server.start()

    async def kill(self) -> None:
        """At once, with its backends."""
        self._signal(signal.SIGKILL)
        await self.server.stop()

    async def freeze(self) -> None:
        self._signal(signal.SIGSTOP)

    async def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    async def make_read_only(self) -> None:
        await self._configure("ALTER SYSTEM SET default_transaction_read_only = on")

    async def make_writable(self) -> None:
        await self._configure("ALTER SYSTEM RESET default_transaction_read_only")

    async def refuse_connections(self) -> None:
        """As a server that has no more of them."""
        await self.query(f"ALTER ROLE {ROLE} CONNECTION LIMIT 0")
        await self.query(OF_ROLE)

    async def allow_connections(self) -> None:
        await self.query(f"ALTER ROLE {ROLE} CONNECTION LIMIT -1")

    async def _configure(self, sql: str) -> None:
        await self.query(sql)
        await self.query("SELECT pg_reload_conf()")

    def _signal(self, number: signal.Signals) -> None:
        server = psutil.Process(self.server.pid)
        for process in (server, *server.children(recursive=True)):
            os.kill(process.pid, number)


@asynccontextmanager
async def faulty_postgres(folder: Path) -> AsyncIterator[FaultyPostgres]:
    with ExitStack() as stack:
        data = create_folder(folder)
        lock = stack.enter_context(locked(data))
        cluster = find_cluster(data / "cluster", None)
        await cluster.create()
        server = PostgresServer(cluster, stack.enter_context(socket_folder(lock, cluster.account)))
        await server.start()
        connection = await asyncpg.connect(server.dsn())
        await connection.execute(f"CREATE ROLE {ROLE} LOGIN")
        await connection.execute(f"CREATE DATABASE {DATABASE} OWNER {ROLE}")
        await connection.close()
        try:
            yield FaultyPostgres(server)
        finally:
            await server.stop()
