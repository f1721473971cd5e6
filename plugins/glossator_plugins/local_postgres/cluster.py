"""PostgreSQL's data: how they are made, and the settings that the server runs them with.

Durable before fast (fsync stays on, pages have checksums), and small: a laptop's reader needs no more.
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
from glossator_plugins.local_postgres.os_account import Account, account_for, hand_over
from glossator_plugins.local_postgres.owner import made_by, mark

BUILTIN_LOCALES: Final = 17  # the version from which C.UTF-8 does not depend on the machine
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
class Cluster:
    """The folder of the data, the programs that fit them and the account that runs these."""

    folder: Path
    binaries: Binaries
    account: Account

    async def create(self) -> None:
        """Make the data where there are none; they appear whole or not at all. Raises ServiceError."""
        if self.folder.exists():
            return
        new = self.folder.with_name("cluster.new")
        await asyncio.to_thread(shutil.rmtree, new, ignore_errors=True)
        new.mkdir(0o700)
        hand_over(new, self.account)
        code = await postgres_process.run([self.binaries.folder / "initdb", *self.initdb_options()], new, self.account)
        if code != 0:
            raise ServiceError(
                f"the data could not be made (initdb ended with {code}) - the reason stands in postgres/server.log "
                "of the data folder"
            )
        new.rename(self.folder)

    def initdb_options(self) -> list[str]:
        """`trust`, since nobody else can enter the socket's folder."""
        options = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--data-checksums", "--no-instructions"]
        if self.binaries.major >= BUILTIN_LOCALES:
            return [*options, "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        return [*options, "--locale=C.UTF-8" if sys.platform == "linux" else "--locale=C"]

    def server_command(self, socket: Path) -> list[str | Path]:
        settings = SETTINGS | {"unix_socket_directories": str(socket)}
        options = [f"{name}={value}" for name, value in settings.items()] + [mark(self.folder)]
        return [self.binaries.folder / "postgres", *(word for option in options for word in ("-c", option))]


def find_cluster(folder: Path, binaries: Path | None) -> Cluster:
    """Raises ServiceError when nothing here can run it. Blocks for moments."""
    account = account_for(folder)
    found = find_binaries(binaries, made_by(folder), account)
    if folder.exists():
        hand_over(folder, account)
    return Cluster(folder, found, account)
