"""What is known of the server on a cluster from outside: the version that made the data, and whose a recorded pid is.

A pid in PostgreSQL's own `postmaster.pid` proves nothing: after a restart of the machine or of a container it may be
anybody's. Our server is known by the setting `glossator.folder` in its command line.
"""

import os
import shutil
import subprocess
import sys
from enum import Enum
from pathlib import Path
from urllib.parse import quote


class Owner(Enum):
    """Whose the process with a recorded pid is."""

    OURS = "started by Glossator on this folder"
    FOREIGN = "a PostgreSQL server that someone else started on this folder"
    UNRELATED = "something else, or gone"


def mark(cluster: Path) -> str:
    """The argument by which our server on this cluster is known; without blanks, since `ps` parts words by them."""
    return f"glossator.folder={quote(str(cluster))}"


def made_by(cluster: Path) -> int | None:
    """The major version that made the data; None when there are none."""
    try:
        return int((cluster / "PG_VERSION").read_text("ascii"))
    except FileNotFoundError:
        return None


def postmaster_lines(cluster: Path) -> list[str]:
    """What the running server, or one that was killed, says of itself: pid, folder, start, port, ..., state."""
    try:
        return (cluster / "postmaster.pid").read_text("utf-8", "replace").splitlines()
    except FileNotFoundError:
        return []


def recorded_pid(cluster: Path) -> int | None:
    first = next(iter(postmaster_lines(cluster)), "").strip()
    return int(first) if first.isdecimal() else None


def owner_of(pid: int, cluster: Path) -> Owner:
    arguments = command_line(pid)
    if mark(cluster) in arguments:
        return Owner.OURS
    program = os.path.basename(arguments[0]) if arguments else ""  # noqa: PTH119 - a text, maybe no path
    if program not in {"postgres", "postmaster"}:
        return Owner.UNRELATED
    return Owner.FOREIGN if str(cluster) in arguments or works_in(pid, cluster) else Owner.UNRELATED


def lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError as error:
        return isinstance(error, PermissionError)
    return True


def works_in(pid: int, cluster: Path) -> bool:
    try:
        return cluster.samefile(f"/proc/{pid}/cwd")
    except OSError:
        return False


def command_line(pid: int) -> list[str]:
    """The arguments of a process; empty when there is none."""
    if sys.platform == "linux":
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
        except OSError:
            return []
    ps = shutil.which("ps") or "/bin/ps"
    done = subprocess.run(  # noqa: S603 - a constant and a number
        [ps, "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return done.stdout.split()
