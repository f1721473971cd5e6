"""Creates PostgreSQL's data, and defines the server's settings.

They favour durability (fsync on, page checksums) and low memory use.
"""

import asyncio
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from glossator.kernel.errors import ServiceError
from glossator_plugins.local_postgres import process as postgres_process
from glossator_plugins.local_postgres.binaries import Binaries, find_binaries
from glossator_plugins.local_postgres.folder import PORT
from glossator_plugins.local_postgres.os_account import OSAccount, account_for, change_owner
from glossator_plugins.local_postgres.owner import data_version, marker

BUILTIN_LOCALES: Final = 17  # since this version C.UTF-8 does not depend on the machine
SETTINGS: Final = {
    "port": str(PORT),
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "40",
    "shared_buffers": "16MB",
    "min_wal_size": "32MB",
    "max_wal_size": "128MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "huge_pages": "off",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_destination": "stderr",
    "logging_collector": "off",
}


@dataclass(frozen=True)
class PostgresCluster:
    """The data folder, the matching programs, and the account that runs them."""

    folder: Path
    binaries: Binaries
    account: OSAccount

    async def create(self) -> None:
        """Creates the data if they do not exist, completely or not at all. Raises ServiceError."""
        if self.folder.exists():
            return
        new = self.folder.with_name("cluster.new")
        await asyncio.to_thread(shutil.rmtree, new, ignore_errors=True)
        new.mkdir(0o700)
        change_owner(new, self.account)
        code = await postgres_process.run([self.binaries.folder / "initdb", *self.initdb_options()], new, self.account)
        if code != 0:
            raise ServiceError(f"initdb failed (exit code {code}) - see postgres/server.log in the data folder")
        new.rename(self.folder)

    def initdb_options(self) -> list[str]:
        """`trust` is safe: no other account can enter the socket's folder."""
        options = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--data-checksums", "--no-instructions"]
        if self.binaries.major >= BUILTIN_LOCALES:
            return [*options, "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        return [*options, "--locale=C.UTF-8" if sys.platform == "linux" else "--locale=C"]

    def server_command(self, socket: Path) -> list[str | Path]:
        settings = SETTINGS | {"unix_socket_directories": str(socket)}
        options = [f"{name}={value}" for name, value in settings.items()] + [marker(self.folder)]
        return [self.binaries.folder / "postgres", *(word for option in options for word in ("-c", option))]


def find_cluster(folder: Path, binaries: Path | None) -> PostgresCluster:
    """Raises ServiceError without suitable programs or account. Blocks briefly."""
    account = account_for(folder)
    programs = find_binaries(binaries, data_version(folder), account)
    if folder.exists():
        change_owner(folder, account)
    return PostgresCluster(folder, programs, account)
