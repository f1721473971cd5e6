"""Processes that start in milliseconds: see tests/servers/fork_server.py."""

import json
import os
import resource
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Protocol

import pytest

from tests.places import ROOT
from tests.servers.fork_server import Job

PASSED_ON: Final = ("PATH", "HOME", "PYTHONPATH")
SHARED: Final = "fork_server"
FORKED: Final = pytest.StashKey[float]()
START_SECONDS: Final = 120.0
POLL_SECONDS: Final = 0.05


class Process(Protocol):
    """What tests use of `subprocess.Popen`, for a fork too."""

    pid: int
    returncode: int | None

    def poll(self) -> int | None: ...
    def wait(self, timeout: float | None = None) -> int: ...
    def send_signal(self, sig: int) -> None: ...
    def kill(self) -> None: ...


class Fork:
    def __init__(self, connection: socket.socket) -> None:
        self._lines = connection.makefile("r", buffering=1)
        self._connection = connection
        self.pid = int(self._lines.readline())
        self.returncode: int | None = None

    def poll(self) -> int | None:
        if self.returncode is None and select.select([self._connection], [], [], 0)[0]:
            self._read()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        if self.returncode is None and not select.select([self._connection], [], [], timeout)[0]:
            raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0.0)
        return self._read() if self.returncode is None else self.returncode

    def send_signal(self, sig: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, sig)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _read(self) -> int:
        self.returncode = int(self._lines.readline())
        self._lines.close()
        self._connection.close()
        return self.returncode


@dataclass
class ForkServer:
    """Starts with the first process that is wanted. `shared` is the address of one that another process has started."""

    folder: tempfile.TemporaryDirectory[str] = field(default_factory=tempfile.TemporaryDirectory)
    lock: threading.Lock = field(default_factory=threading.Lock)
    shared: str | None = None

    def start(
        self, module: str, arguments: Sequence[str], folder: Path, environment: Mapping[str, str], files: Sequence[Path]
    ) -> Fork:
        """`files` are there already: for its output, its errors and perhaps its input."""
        output, errors, *inputs = map(str, files)
        job = Job(
            module=module, arguments=[*arguments], folder=str(folder), environment={**environment},
            output=output, errors=errors, input=inputs[0] if inputs else os.devnull,
        )  # fmt: skip
        connection = connected(self.shared or self.address)
        connection.sendall(f"{json.dumps(job)}\n".encode())
        return Fork(connection)

    def stop(self) -> float:
        """The CPU seconds of the server that this object has started, and of all its processes."""
        before = seconds_of_children()
        if process := vars(self).pop("_process", None):
            with suppress(subprocess.TimeoutExpired):  # a worker that crashed has left a process
                process.communicate(timeout=60)
        self.folder.cleanup()
        return seconds_of_children() - before

    @property
    def address(self) -> str:
        with self.lock:
            assert self._process.poll() is None
        return f"{self.folder.name}/jobs"

    @cached_property
    def _process(self) -> "subprocess.Popen[bytes]":
        environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        return subprocess.Popen(
            [sys.executable, "-m", "tests.servers.fork_server", f"{self.folder.name}/jobs"],
            cwd=ROOT,
            env=environment | {"OPENBLAS_NUM_THREADS": "1"},
            stdin=subprocess.PIPE,
        )


def connected(address: str) -> socket.socket:
    """To a server that may still be starting."""
    end = time.monotonic() + START_SECONDS
    while True:
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.connect(address)
        except OSError:
            connection.close()
            if time.monotonic() > end:
                raise
            time.sleep(POLL_SECONDS)
        else:
            return connection


def seconds_of_children() -> float:
    """CPU time of those that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


FORK_SERVER: Final = ForkServer()


def pytest_configure(config: pytest.Config) -> None:
    FORK_SERVER.shared = getattr(config, "workerinput", {}).get(SHARED)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """The workers of pytest-xdist share the server of the controller: it takes seconds to start and 400 MB."""
    node.workerinput[SHARED] = FORK_SERVER.address


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """The workers have ended. A run without workers has stopped it already."""
    session.config.stash[FORKED] = FORK_SERVER.stop()


@pytest.fixture(scope="session", autouse=True)
def fork_server() -> Iterator[ForkServer]:
    yield FORK_SERVER
    FORK_SERVER.stop()
