"""A script that changes the account, requests a death signal and then executes a PostgreSQL program.

The account changes first, because the kernel clears the death signal when a process changes its account. The signal
(Linux only) shuts the server down when its parent process ends for any reason.
"""

import ctypes
import os
import signal
import sys
from typing import Final

PR_SET_PDEATHSIG: Final = 1


def become(parent: int, uid: int, gid: int, command: list[str]) -> None:
    """Replaces this process. A negative `uid` keeps the account."""
    if uid >= 0:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    os.umask(0o077)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGINT)
        if os.getppid() != parent:  # the parent ended before the line above, so no signal will come
            sys.exit(1)
    os.execv(command[0], command)  # noqa: S606 - without a shell


if __name__ == "__main__":
    become(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:])
