"""Starts PostgreSQL's programs under the right account, waits for them and stops them.

- Nothing here blocks the event loop for more than a few milliseconds.
- The fork happens in the event loop's thread: the death signal of `child.py` fires when the forking *thread* ends, and
  this one lives as long as the loop.
- Each program runs in its own session, so Ctrl-C in the terminal does not reach it.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from subprocess import DEVNULL, STDOUT, Popen
from typing import Final

from glossator.kernel.errors import ServiceError
from glossator_plugins.local_postgres import child as postgres_child
from glossator_plugins.local_postgres.folder import log_file
from glossator_plugins.local_postgres.os_account import OSAccount, can_reach

POLL_SECONDS: Final = 0.01
DESCRIPTORS: Final = Path("/proc/self/fd")
# Not inherited: PGDATA, PGPORT, LANG and many more variables would change the programs' behaviour.
ENVIRONMENT: Final = {"PATH": os.defpath, "LC_ALL": "C"}


def launch(command: Sequence[str | Path], data: Path, account: OSAccount) -> Popen[bytes]:
    """Runs the command with `-D data` added, and writes its output to server.log next to the data.

    An account that cannot reach the data (for example below root's home) gets the folder as an open file descriptor,
    `/proc/self/fd/N`. So the permissions of the folders above stay unchanged.
    """
    uid, gid = (account.uid, account.gid) if account.dropped else (-1, -1)
    child = [sys.executable, "-I", "-S", postgres_child.__file__, str(os.getpid()), str(uid), str(gid)]
    with ExitStack() as stack:
        log = stack.enter_context(log_file(data.parent))
        name, passed = str(data), []
        if not can_reach(account, data):
            passed = [open_folder(data)]
            stack.callback(os.close, passed[0])
            name = str(DESCRIPTORS / str(passed[0]))
        return Popen(  # noqa: S603 - programs chosen by find_binaries
            [*child, *map(str, command), "-D", name],
            stdin=DEVNULL, stdout=log, stderr=STDOUT,
            cwd="/", env=ENVIRONMENT, pass_fds=passed, start_new_session=True,
        )  # fmt: skip


def open_folder(data: Path) -> int:
    if not DESCRIPTORS.exists():
        raise ServiceError(
            "PostgreSQL does not run as root, and its account cannot reach the data folder - set DATA_PATH to a "
            "folder below folders that all users may enter, or run as a normal user"
        )
    return os.open(data, os.O_RDONLY | os.O_DIRECTORY)


async def wait_for_exit(process: Popen[bytes], timeout: float | None = None, interval: float = POLL_SECONDS) -> bool:
    """Whether the process ended within the timeout in seconds; None waits without a limit."""
    with suppress(TimeoutError):
        async with asyncio.timeout(timeout):
            while process.poll() is None:  # noqa: ASYNC110 - there is no event to wait for
                await asyncio.sleep(interval)
    return process.poll() is not None


async def stop(process: Popen[bytes], steps: Sequence[tuple[signal.Signals, float]]) -> None:
    """Sends each signal and waits for its seconds. When cancelled, it sends the last signal and returns."""
    try:
        for signum, seconds in steps:
            if process.poll() is None:
                process.send_signal(signum)
            if await wait_for_exit(process, seconds):
                return
    finally:
        if process.poll() is None:
            process.send_signal(steps[-1][0])


async def run(command: Sequence[str | Path], data: Path, account: OSAccount) -> int:
    """Returns the exit code. When cancelled, it kills the program and its child processes."""
    process = launch(command, data, account)
    try:
        await wait_for_exit(process)
        return process.wait()
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
