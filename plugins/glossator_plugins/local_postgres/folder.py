"""The folder with `cluster` (PostgreSQL's data), `server.log` and `lock`, which one process at a time owns.

The kernel releases the lock when its process ends, even after a crash. The file's two lines are the owner's pid and
the folder of its socket.
"""

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final

from glossator.kernel.errors import ServiceError
from glossator_plugins.local_postgres.os_account import OSAccount, can_reach

PORT: Final = 5432
SOCKET: Final = f".s.PGSQL.{PORT}"
SOCKET_BYTES: Final = 100  # systems limit the path of a socket to 104 to 108 bytes
SOCKET_PREFIX: Final = "glossator-"
LOG_BYTES: Final = 1_000_000


class FolderInUse(ServiceError):
    """Another process owns the folder; `socket` is the folder of its server's socket, if recorded."""

    def __init__(self, pid: str, socket: Path | None) -> None:
        super().__init__(f"the data folder is in use by pid {pid} - stop that process, or set another DATA_PATH")
        self.socket = socket


@contextmanager
def locked(folder: Path) -> Iterator[int]:
    """Yields the lock file's descriptor. Raises FolderInUse."""
    descriptor = open_file(folder / "lock", os.O_RDWR)
    try:
        lock(descriptor)
        yield descriptor
    finally:
        os.close(descriptor)


def lock(descriptor: int) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lines = read_lock(descriptor)
        pid, socket = lines[:1], lines[1:2]
        raise FolderInUse(pid[0] if pid else "unknown", Path(socket[0]) if socket else None) from None


def open_file(path: Path, flags: int) -> int:
    """Creates the file if needed, with the folder's owner: a file of root would lock that owner out."""
    descriptor = os.open(path, flags | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    owner = path.parent.stat()
    if os.fstat(descriptor).st_uid != owner.st_uid and os.geteuid() == 0:
        os.fchown(descriptor, owner.st_uid, owner.st_gid)
    return descriptor


def read_lock(lock: int) -> list[str]:
    return os.pread(lock, 4096, 0).decode(errors="replace").splitlines()


def write_lock(lock: int, socket: Path) -> None:
    os.ftruncate(lock, 0)
    os.pwrite(lock, f"{os.getpid()}\n{socket}\n".encode(), 0)


def log_file(folder: Path) -> BinaryIO:
    """Opened for appending; truncated when it is too long."""
    log = os.fdopen(open_file(folder / "server.log", os.O_WRONLY | os.O_APPEND), "ab")
    if log.tell() > LOG_BYTES:
        log.truncate(0)
    return log


@contextmanager
def socket_folder(lock: int, account: OSAccount) -> Iterator[Path]:
    """A folder that only the account and root can enter. Removes the folder of a killed process."""
    for line in read_lock(lock)[1:2]:
        remove_socket(Path(line), account)
    folder = new_socket_folder(account)
    try:
        os.chown(folder, account.uid, account.gid)
        write_lock(lock, folder)
        yield folder
    finally:
        remove_socket(folder, account)


def new_socket_folder(account: OSAccount) -> Path:
    for parent in (Path(tempfile.gettempdir()), Path("/tmp"), Path("/run")):  # noqa: S108 - mkdtemp is safe there
        if can_reach(account, parent / "any") and len(os.fsencode(parent / f"{SOCKET_PREFIX}12345678" / SOCKET)) < (
            SOCKET_BYTES
        ):
            return Path(tempfile.mkdtemp(prefix=SOCKET_PREFIX, dir=parent))
    raise ServiceError("no temporary folder has a short path that the server can reach - set TMPDIR to one")


def remove_socket(folder: Path, account: OSAccount) -> None:
    """Deletes only PostgreSQL's own files, and only in a folder of ours."""
    with suppress(OSError):
        if folder.name.startswith(SOCKET_PREFIX) and folder.lstat().st_uid in {account.uid, os.geteuid()}:
            (folder / SOCKET).unlink(missing_ok=True)
            (folder / f"{SOCKET}.lock").unlink(missing_ok=True)
            folder.rmdir()
