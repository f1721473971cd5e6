"""Runs a reader in a process of its own, so that a hostile file can neither block the server nor take its memory."""

import logging
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from glossator.domain.book.pages.front_matter import BadPage

MAX_CPU_SECONDS: Final = 60
MAX_SECONDS: Final = 120
MAX_MEMORY: Final = 1024 * 2**20
FAILED: Final = 3
"""The exit code after a failure whose reason is the output."""
UNREADABLE: Final = (
    f"cannot be read: it is damaged, or reading it takes more than {MAX_CPU_SECONDS} s or {MAX_MEMORY // 2**20} MiB"
)


def read_isolated(module: str, content: bytes) -> str:
    """Run this module, which calls `serve`, with the content as its input. Raises BadPage."""
    command = [sys.executable, "-P", "-m", module]
    try:
        done = subprocess.run(command, input=content, capture_output=True, timeout=MAX_SECONDS, check=False)  # noqa: S603 - our own module
    except (subprocess.TimeoutExpired, OSError):
        raise BadPage(UNREADABLE) from None
    text = done.stdout.decode("utf-8", "replace")
    if done.returncode:
        raise BadPage(text if done.returncode == FAILED else UNREADABLE)
    return text


def serve(read: Callable[[bytes], str]) -> int:
    """Read the input, write the text or the reason of a BadPage to the output, and return the exit code."""
    limit_resources()
    logging.disable()
    try:
        text, code = read(sys.stdin.buffer.read()), 0
    except BadPage as error:
        text, code = str(error), FAILED
    sys.stdout.buffer.write(text.encode("utf-8", "replace"))
    return code


def limit_resources() -> None:
    """Windows has no such limits."""
    if sys.platform != "win32":
        import resource  # noqa: PLC0415 - see above

        for kind, limit in ((resource.RLIMIT_AS, MAX_MEMORY), (resource.RLIMIT_CPU, MAX_CPU_SECONDS)):
            with suppress(OSError, ValueError):
                resource.setrlimit(kind, (limit, limit))
