"""Our own PostgreSQL on a data folder: made, started, kept running and stopped by this process.

- It listens on a socket in a folder that only its account can enter, never on the network.
- A server that dies while we run is started again on the same socket.
- A server that a killed process of ours has left is stopped before a new one starts. On Linux it stops by itself.
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

from glossator.kernel.errors import ServiceError
from glossator_plugins.local_postgres.cluster import Cluster, find_cluster
from glossator_plugins.local_postgres.folder import PORT, locked, socket_folder
from glossator_plugins.local_postgres.owner import Owner, lives, owner_of, postmaster_lines, recorded_pid
from glossator_plugins.local_postgres.process import ended, launch, stop

log = logging.getLogger(__name__)

STATE_LINE: Final = 7
POLL_SECONDS: Final = 0.005
WATCH_SECONDS: Final = 0.2
ORPHAN_POLL_SECONDS: Final = 0.05
# Fast shutdown, then immediate shutdown (the next start recovers from the log), then none: under 2 s in all.
STOP_STEPS: Final = ((signal.SIGINT, 1.0), (signal.SIGQUIT, 0.3), (signal.SIGKILL, 0.2))
ORPHAN_STEPS: Final = ((signal.SIGINT, 3.0), (signal.SIGQUIT, 2.0), (signal.SIGKILL, 0.5))
# Queries of a killed server may outlive it for moments, and while they do no other starts.
RETRY_PAUSES: Final = (0.1, 0.3, 1.0)


class PostgresServer:
    """One PostgreSQL; `running_server` makes it."""

    def __init__(self, cluster: Cluster, socket: Path) -> None:
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
        """Returns when it takes connections. Raises ServiceError."""
        pauses = RETRY_PAUSES if postmaster_lines(self._cluster.folder) else ()
        await self._clear()
        for pause in pauses:
            if await self._start_once():
                return
            await asyncio.sleep(pause)
        if not await self._start_once():
            raise ServiceError("PostgreSQL did not start - the reason stands in postgres/server.log of the data folder")

    async def stop(self) -> None:
        if self._process:
            await stop(self._process, STOP_STEPS)

    async def keep(self) -> None:
        """Start it again whenever it dies; ends only by being cancelled."""
        pauses = chain((1.0, 2.0, 5.0, 10.0), repeat(30.0))
        while True:
            if self._process:
                await ended(self._process, every=WATCH_SECONDS)
            log.error("postgres_died: the server of the data folder ended by itself and is started again")
            try:
                await self.start()
                pauses = chain((1.0, 2.0, 5.0, 10.0), repeat(30.0))
            except (ServiceError, OSError) as fault:
                log.error("postgres_not_restarted: %s", fault)  # noqa: TRY400 - the fault says it all
                await asyncio.sleep(next(pauses))

    async def _start_once(self) -> bool:
        """False when it gave up."""
        self._process = launch(self._cluster.server_command(self._socket), self._cluster.folder, self._cluster.account)
        try:
            while self._process.poll() is None:
                if ready(self._cluster.folder, self._process.pid):
                    return True
                await asyncio.sleep(POLL_SECONDS)
        except BaseException:
            await self.stop()
            raise
        return False

    async def _clear(self) -> None:
        """Make way: stop a server that we left, forget a pid that is somebody else's by now."""
        folder = self._cluster.folder
        pid = recorded_pid(folder)
        if pid is None:
            return
        owner = owner_of(pid, folder)
        if owner is Owner.OURS:
            await stop_orphan(pid, folder)
        elif owner is Owner.FOREIGN:
            raise ServiceError(
                f"the data folder is already used by a PostgreSQL server (pid {pid}) that Glossator did not start - "
                "stop that server"
            )
        elif lives(pid):
            # PostgreSQL takes any living process with this pid for a server and would refuse to start.
            (folder / "postmaster.pid").unlink(missing_ok=True)


def dsn_at(socket: Path, database: str = "postgres") -> str:
    return f"postgresql://postgres@/{quote(database)}?host={quote(str(socket))}&port={PORT}"


def ready(folder: Path, pid: int) -> bool:
    lines = postmaster_lines(folder)
    return len(lines) > STATE_LINE and lines[0].strip() == str(pid) and lines[STATE_LINE].startswith("ready")


async def stop_orphan(pid: int, folder: Path) -> None:
    log.warning("postgres_orphan: stopping the server (pid %s) that a killed process has left", pid)
    for step, seconds in ORPHAN_STEPS:
        try:
            os.kill(pid, step)
            async with asyncio.timeout(seconds):
                while owner_of(pid, folder) is Owner.OURS:  # noqa: ASYNC110 - nothing tells of a process
                    await asyncio.sleep(ORPHAN_POLL_SECONDS)
        except ProcessLookupError:
            return
        except PermissionError:
            raise ServiceError(
                f"the data folder is already used by pid {pid} of another user - stop that process"
            ) from None
        except TimeoutError:
            continue
        return


@asynccontextmanager
async def running_server(data: Path, binaries: Path | None = None) -> AsyncIterator[PostgresServer]:
    """A server on `data/postgres` until the block ends. Raises ServiceError when it cannot be had."""
    async with AsyncExitStack() as stack:
        try:
            server = await opened(data, binaries, stack)
        except OSError as error:
            raise ServiceError(
                f"the data folder cannot be used ({error.strerror}) - check who owns DATA_PATH and the space on its "
                "disk"
            ) from error
        yield server


async def opened(data: Path, binaries: Path | None, stack: AsyncExitStack) -> PostgresServer:
    folder = existing(data)
    lock = stack.enter_context(locked(folder))
    cluster = await asyncio.to_thread(find_cluster, folder / "cluster", binaries)
    await cluster.create()
    socket = stack.enter_context(socket_folder(lock, cluster.account))
    return await stack.enter_async_context(kept(PostgresServer(cluster, socket)))


def existing(data: Path) -> Path:
    """One folder has one name here, whatever links lead to it: our server is known by it."""
    folder = data / "postgres"
    folder.mkdir(parents=True, exist_ok=True)
    return folder.resolve()


@asynccontextmanager
async def kept(server: PostgresServer) -> AsyncIterator[PostgresServer]:
    await server.start()
    keeper = asyncio.create_task(server.keep())
    try:
        yield server
    finally:
        try:
            keeper.cancel()
            await asyncio.gather(keeper, return_exceptions=True)
        finally:
            await server.stop()
