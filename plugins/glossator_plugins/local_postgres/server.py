"""Creates, starts, supervises and stops a PostgreSQL server on a data folder.

- It listens on a Unix socket in a folder that only its account can enter, never on the network.
- A server that dies is restarted on the same socket.
- A server that a killed Glossator process left running is stopped before a new one starts. On Linux it stops by itself.
"""

import asyncio
import logging
import os
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import chain, repeat
from pathlib import Path
from subprocess import Popen
from typing import Final
from urllib.parse import quote

from glossator.kernel.disk_space import MEGABYTE, missing_space
from glossator.kernel.errors import ServiceError
from glossator_plugins.local_postgres.cluster import PostgresCluster, find_cluster
from glossator_plugins.local_postgres.folder import PORT, locked, socket_folder
from glossator_plugins.local_postgres.owner import Owner, is_running, owner_of, postmaster_lines, recorded_pid
from glossator_plugins.local_postgres.process import launch, stop, wait_for_exit

log = logging.getLogger(__name__)

NEW_SPACE: Final = 64 * MEGABYTE
"""New data take 40 MB; the rest is for the next file of the log."""
START_SPACE: Final = 20 * MEGABYTE
"""A file of the log has 16 MiB; without space for the next one the server stops."""
STATE_LINE: Final = 7
POLL_SECONDS: Final = 0.005
WATCH_SECONDS: Final = 0.2
ORPHAN_POLL_SECONDS: Final = 0.05
# Fast shutdown, then immediate shutdown (the next start recovers from the log), then kill: less than 2 s in all.
STOP_STEPS: Final = ((signal.SIGINT, 1.0), (signal.SIGQUIT, 0.3), (signal.SIGKILL, 0.2))
ORPHAN_STEPS: Final = ((signal.SIGINT, 3.0), (signal.SIGQUIT, 2.0), (signal.SIGKILL, 0.5))
# Backends of a killed server may survive it for a moment, and prevent a new start meanwhile.
RETRY_PAUSES: Final = (0.1, 0.3, 1.0)


class PostgresServer:
    """Created by `running_server`."""

    def __init__(self, cluster: PostgresCluster, socket: Path) -> None:
        self._cluster = cluster
        self._socket = socket
        self._process: Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    @property
    def socket(self) -> Path:
        return self._socket

    def dsn(self, database: str = "postgres") -> str:
        return dsn_at(self._socket, database)

    async def start(self) -> None:
        """Returns when the server accepts connections. Raises ServiceError."""
        pauses = RETRY_PAUSES if postmaster_lines(self._cluster.folder) else ()
        await self._clear()
        for pause in pauses:
            if await self._start_once():
                return
            await asyncio.sleep(pause)
        if not await self._start_once():
            raise ServiceError("PostgreSQL did not start - see postgres/server.log in the data folder")

    async def stop(self) -> None:
        if self._process:
            await stop(self._process, STOP_STEPS)

    async def supervise(self) -> None:
        """Restarts the server whenever it dies; runs until cancelled."""
        pauses = chain((1.0, 2.0, 5.0, 10.0), repeat(30.0))
        while True:
            if self._process:
                await wait_for_exit(self._process, interval=WATCH_SECONDS)
            log.error("postgres_died: the server of the data folder ended unexpectedly and is restarted")
            try:
                await self.start()
                pauses = chain((1.0, 2.0, 5.0, 10.0), repeat(30.0))
            except (ServiceError, OSError) as error:
                log.error("postgres_not_restarted: %s", error)  # noqa: TRY400 - the message is enough
                await asyncio.sleep(next(pauses))

    async def _start_once(self) -> bool:
        """False when the server ended instead."""
        self._process = launch(self._cluster.server_command(self._socket), self._cluster.folder, self._cluster.account)
        try:
            while self._process.poll() is None:
                if is_ready(self._cluster.folder, self._process.pid):
                    return True
                await asyncio.sleep(POLL_SECONDS)
        except BaseException:
            await self.stop()
            raise
        return False

    async def _clear(self) -> None:
        """Stops a server that we left running, and deletes a pid file whose pid now belongs to another program."""
        folder = self._cluster.folder
        pid = recorded_pid(folder)
        if pid is None:
            return
        owner = owner_of(pid, folder)
        if owner is Owner.OURS:
            await stop_orphan(pid, folder)
        elif owner is Owner.FOREIGN:
            raise ServiceError(
                f"the data folder is in use by a PostgreSQL server (pid {pid}) that Glossator did not start - "
                "stop that server"
            )
        elif is_running(pid):
            # PostgreSQL would take any process with this pid for a server, and refuse to start.
            (folder / "postmaster.pid").unlink(missing_ok=True)


def dsn_at(socket: Path, database: str = "postgres") -> str:
    return f"postgresql://postgres@/{quote(database)}?host={quote(str(socket))}&port={PORT}"


def is_ready(folder: Path, pid: int) -> bool:
    lines = postmaster_lines(folder)
    return len(lines) > STATE_LINE and lines[0].strip() == str(pid) and lines[STATE_LINE].startswith("ready")


async def stop_orphan(pid: int, folder: Path) -> None:
    log.warning("postgres_orphan: stopping the server (pid %s) of a killed process", pid)
    for signum, seconds in ORPHAN_STEPS:
        try:
            os.kill(pid, signum)
            async with asyncio.timeout(seconds):
                while owner_of(pid, folder) is Owner.OURS:  # noqa: ASYNC110 - there is no event to wait for
                    await asyncio.sleep(ORPHAN_POLL_SECONDS)
        except ProcessLookupError:
            return
        except PermissionError:
            raise ServiceError(f"the data folder is in use by pid {pid} of another user - stop that process") from None
        except TimeoutError:
            continue
        return


@asynccontextmanager
async def running_server(data: Path, binaries: Path | None = None) -> AsyncIterator[PostgresServer]:
    """A server on `data/postgres`, which stops when the block ends. Raises ServiceError."""
    async with AsyncExitStack() as stack:
        try:
            server = await start_server(data, binaries, stack)
        except OSError as error:
            raise ServiceError(
                f"the data folder cannot be used ({error.strerror}) - check the owner of DATA_PATH and "
                "the free disk space"
            ) from error
        yield server


async def start_server(data: Path, binaries: Path | None, stack: AsyncExitStack) -> PostgresServer:
    folder = create_folder(data)
    lock = stack.enter_context(locked(folder))
    if missing := missing_space(folder, START_SPACE if (folder / "cluster").exists() else NEW_SPACE):
        raise ServiceError(missing)
    cluster = await asyncio.to_thread(find_cluster, folder / "cluster", binaries)
    await cluster.create()
    socket = stack.enter_context(socket_folder(lock, cluster.account))
    return await stack.enter_async_context(supervised(PostgresServer(cluster, socket)))


def create_folder(data: Path) -> Path:
    """Resolves links, because our server is recognised by the name of its folder."""
    folder = data / "postgres"
    folder.mkdir(parents=True, exist_ok=True)
    return folder.resolve()


@asynccontextmanager
async def supervised(server: PostgresServer) -> AsyncIterator[PostgresServer]:
    await server.start()
    task = asyncio.create_task(server.supervise())
    try:
        yield server
    finally:
        try:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        finally:
            await server.stop()
