"""Statements wait for a restarting database, but not for one that stays away."""

import asyncio
import os
import signal
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from glossator.domain.errors import Unavailable
from glossator.kernel.guards.guard import Guard
from glossator_plugins.local_postgres.server import running_server
from glossator_plugins.postgres.pool import open_pool
from tests.options import POOL_OPTIONS

OPTIONS: Final = replace(POOL_OPTIONS, size=3)


async def test_statements_wait_for_a_database_that_restarts(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, open_pool(server.dsn(), Guard("database"), OPTIONS) as database:
        await database.execute("CREATE TABLE toys (name text)")
        first = server.pid
        assert first is not None

        os.kill(first, signal.SIGINT)
        while server.pid == first and await is_running(first):
            await asyncio.sleep(0.01)
        await asyncio.gather(*(database.execute("INSERT INTO toys VALUES ($1)", name) for name in ("ball", "doll")))

        assert await database.fetchval("SELECT count(*) FROM toys") == 2
        assert server.pid != first


async def is_running(pid: int) -> bool:
    """An ended child process remains as a zombie until its parent waits for it."""
    state = await asyncio.to_thread(Path(f"/proc/{pid}/stat").read_text)
    return state.rpartition(") ")[2][0] not in "ZX"


async def test_only_the_first_statements_wait_for_a_database_that_stays_away() -> None:
    attempts: list[int] = []

    def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        attempts.append(1)
        writer.close()

    options = replace(POOL_OPTIONS, size=1, statement_seconds=2.0)
    async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as server:
        dsn = f"postgresql://reader@127.0.0.1:{server.sockets[0].getsockname()[1]}/book?sslmode=disable"
        async with open_pool(dsn, Guard("database"), options) as database:
            with pytest.raises(Unavailable, match="not connected, or the connection was lost"):
                await database.fetchval("SELECT 1")
            waited, attempts[:] = len(attempts), []
            with pytest.raises(Unavailable):
                await database.fetchval("SELECT 1")

    assert waited > 1
    assert len(attempts) == 1
