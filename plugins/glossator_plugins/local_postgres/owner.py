"""Inspects a cluster from outside: the version of its data, and the owner of the recorded server process.

The pid in PostgreSQL's `postmaster.pid` proves nothing: after a restart of the machine or container, it may belong to
any process. Our server is recognised by the setting `glossator.folder` in its command line.
"""

import os
import shutil
import subprocess
import sys
from enum import Enum
from pathlib import Path
from urllib.parse import quote


class Owner(Enum):
    """The owner of the process with the recorded pid."""

    OURS = "started by Glossator on this folder"
    FOREIGN = "a PostgreSQL server that was started otherwise on this folder"
    UNRELATED = "another program, or no process"


def marker(cluster: Path) -> str:
    """The argument that identifies our server on this cluster; without spaces, since `ps` separates words by them."""
    return f"glossator.folder={quote(str(cluster))}"


def data_version(cluster: Path) -> int | None:
    """The major version that created the data; None without data."""
    try:
        return int((cluster / "PG_VERSION").read_text("ascii"))
    except FileNotFoundError:
        return None


def postmaster_lines(cluster: Path) -> list[str]:
    """The status of the running server, or of a killed one: pid, folder, start time, port, ..., state."""
    try:
        return (cluster / "postmaster.pid").read_text("utf-8", "replace").splitlines()
    except FileNotFoundError:
        return []


def recorded_pid(cluster: Path) -> int | None:
    first = next(iter(postmaster_lines(cluster)), "").strip()
    return int(first) if first.isdecimal() else None


def owner_of(pid: int, cluster: Path) -> Owner:
    arguments = command_line(pid)
    if marker(cluster) in arguments:
        return Owner.OURS
    program = os.path.basename(arguments[0]) if arguments else ""  # noqa: PTH119 - may not be a path
    if program not in {"postgres", "postmaster"}:
        return Owner.UNRELATED
    return Owner.FOREIGN if str(cluster) in arguments or has_working_directory(pid, cluster) else Owner.UNRELATED


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError as error:
        return isinstance(error, PermissionError)
    return True


def has_working_directory(pid: int, cluster: Path) -> bool:
    try:
        return cluster.samefile(f"/proc/{pid}/cwd")
    except OSError:
        return False


def command_line(pid: int) -> list[str]:
    """The arguments of a process; empty when it does not exist."""
    if sys.platform == "linux":
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
        except OSError:
            return []
    ps = shutil.which("ps") or "/bin/ps"
    result = subprocess.run(  # noqa: S603 - a constant and a number
        [ps, "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return result.stdout.split()
