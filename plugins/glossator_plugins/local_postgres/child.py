"""Becomes the PostgreSQL program that it is told to run. A script of its own: it runs in a fresh interpreter.

The account changes first, since the kernel forgets the death signal of a process that changes it. The signal ends the
server in order when the one that started it is gone, however that died (Linux only).
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
        if os.getppid() != parent:  # it died before the line above: no signal will come
            sys.exit(1)
    os.execv(command[0], command)  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    become(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:])
