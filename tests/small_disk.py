"""A small file system in memory, which a test fills."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

MEGABYTE: Final = 1_000_000


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """Mounts the file system on a new folder; skips the test where that is not allowed."""
    folder.mkdir()
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    options = f"size={megabytes * MEGABYTE},mode=755"
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], check=False, capture_output=True)
    if mounted.returncode:
        pytest.skip("this machine does not allow to mount a small disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def fill(disk: Path, *, free: int) -> None:
    """Leave about this many bytes free."""
    with (disk / "filler").open("ab") as file:
        while (excess := shutil.disk_usage(disk).free - free) > 0:
            file.write(bytes(min(excess, MEGABYTE)))
            file.flush()


def empty(disk: Path) -> None:
    (disk / "filler").unlink()
