"""Starts `postgres_launcher.py` as the current or another user, and reads its output."""

import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import glossator
import glossator_plugins

SCRIPT: Final = Path(__file__).with_name("postgres_launcher.py")
SOURCES: Final = [str(Path(module.__file__ or "").parents[1]) for module in (glossator, glossator_plugins)]


@dataclass(frozen=True)
class LauncherProcess:
    """`output` is the first line that the launcher printed."""

    process: subprocess.Popen[str]
    output: str

    @property
    def server_pid(self) -> int:
        return int(self.output.split()[0])

    @property
    def dsn(self) -> str:
        return self.output.split()[1]


@contextmanager
def run_launcher(data: Path, binaries: Path | None = None, *, uid: int | None = None) -> Iterator[LauncherProcess]:
    """Another user may not reach the Python of the tests, and then gets the system's."""
    python = sys.executable if uid is None else (reachable_python(uid) or "")
    process = subprocess.Popen(
        [python, "-B", str(SCRIPT), str(data), *([str(binaries)] if binaries else [])],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(SOURCES)},
        user=uid,
        group=uid,
        extra_groups=None if uid is None else [],
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield LauncherProcess(process, process.stdout.readline().strip())
    finally:
        process.stdin.close()
        process.wait(60)
        process.stdout.close()


def reachable_python(uid: int) -> str | None:
    """A Python of at least 3.11 that can import our sources as this user."""
    for name in (sys.executable, *(f"/usr/bin/python3.{minor}" for minor in (11, 12, 13)), "/usr/bin/python3"):
        if shutil.which(name) and can_import(name, uid):
            return name
    return None


def can_import(python: str, uid: int) -> bool:
    command = [python, "-B", "-c", "import sys, glossator.kernel.errors; sys.exit(sys.version_info < (3, 11))"]
    environment = {"PYTHONPATH": os.pathsep.join(SOURCES)}
    try:
        done = subprocess.run(
            command, env=environment, user=uid, group=uid, extra_groups=[], capture_output=True, check=False
        )
    except PermissionError:
        return False
    return done.returncode == 0


def uid_of(name: str) -> int | None:
    try:
        return pwd.getpwnam(name).pw_uid
    except KeyError:
        return None
