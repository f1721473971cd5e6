"""Starts PostgreSQL's programs under the right account, waits for them and stops them, off the event loop's back.

- The fork happens in the calling thread, the event loop's: the death signal of postgres_child fires when the *thread*
  that forked ends, and that one lasts as long as the loop. It takes a few milliseconds.
- Each program has a session of its own: Ctrl-C in the terminal reaches us alone.
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
from glossator_plugins.local_postgres.os_account import Account, reaches

POLL_SECONDS: Final = 0.01
DESCRIPTORS: Final = Path("/proc/self/fd")
# Nothing of ours: PGDATA, PGPORT, LANG and a dozen more would change what the programs do.
ENVIRONMENT: Final = {"PATH": os.defpath, "LC_ALL": "C"}


def launch(command: Sequence[str | Path], data: Path, account: Account) -> Popen[bytes]:
    """Run the command with `-D data` added, its output in server.log beside the data.

    An account that cannot walk to the data (they lie below root's home) gets the folder as an open descriptor and
    names it `/proc/self/fd/N`: no folder above is opened for it, and the data stay where the operator wants them.
    """
    uid, gid = (account.uid, account.gid) if account.dropped else (-1, -1)
    child = [sys.executable, "-I", "-S", postgres_child.__file__, str(os.getpid()), str(uid), str(gid)]
    with ExitStack() as stack:
        log = stack.enter_context(log_file(data.parent))
        name, passed = str(data), []
        if not reaches(account, data):
            passed = [opened(data)]
            stack.callback(os.close, passed[0])
            name = str(DESCRIPTORS / str(passed[0]))
        return Popen(  # noqa: S603 - programs that find_binaries chose
            [*child, *map(str, command), "-D", name],
            stdin=DEVNULL, stdout=log, stderr=STDOUT,
            cwd="/", env=ENVIRONMENT, pass_fds=passed, start_new_session=True,
        )  # fmt: skip


def opened(data: Path) -> int:
    if not DESCRIPTORS.exists():
        raise ServiceError(
            "PostgreSQL does not run as root, and its account cannot reach the data folder - set DATA_PATH to a "
            "folder whose parents everyone may enter, or run as a normal user"
        )
    return os.open(data, os.O_RDONLY | os.O_DIRECTORY)


async def ended(process: Popen[bytes], seconds: float | None = None, every: float = POLL_SECONDS) -> bool:
    """Whether it ended within so many seconds; None waits for as long as it takes."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while process.poll() is None:  # noqa: ASYNC110 - nothing tells of a process
                await asyncio.sleep(every)
    return process.poll() is not None


async def stop(process: Popen[bytes], steps: Sequence[tuple[signal.Signals, float]]) -> None:
    """Each signal in turn with the seconds that it is given; a caller in a hurry (cancelled) leaves with the last."""
    try:
        for step, seconds in steps:
            if process.poll() is None:
                process.send_signal(step)
            if await ended(process, seconds):
                return
    finally:
        if process.poll() is None:
            process.send_signal(steps[-1][0])


async def run(command: Sequence[str | Path], data: Path, account: Account) -> int:
    """The exit code. A run that is cancelled is killed with all that it started."""
    process = launch(command, data, account)
    try:
        await ended(process)
        return process.wait()
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
