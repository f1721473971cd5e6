"""Processes that start in milliseconds: see tests/servers/fork_server.py."""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final, Protocol

import pytest

from tests.places import ROOT
from tests.servers.fork_server import Job

PASSED_ON: Final = ("PATH", "HOME", "PYTHONPATH")


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
    """Starts with the first process that is wanted."""

    folder: tempfile.TemporaryDirectory[str] = field(default_factory=tempfile.TemporaryDirectory)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def start(
        self, module: str, arguments: Sequence[str], folder: Path, environment: Mapping[str, str], files: Sequence[Path]
    ) -> Fork:
        """`files` are there already: for its output, its errors and perhaps its input."""
        with self.lock:
            assert self._process
        output, errors, *inputs = map(str, files)
        job = Job(
            module=module, arguments=[*arguments], folder=str(folder), environment={**environment},
            output=output, errors=errors, input=inputs[0] if inputs else os.devnull,
        )  # fmt: skip
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(str(self._address))
        connection.sendall(f"{json.dumps(job)}\n".encode())
        return Fork(connection)

    def stop(self) -> None:
        if "_process" in vars(self):
            self._process.communicate(timeout=60)
        self.folder.cleanup()

    @property
    def _address(self) -> Path:
        return Path(self.folder.name) / "jobs"

    @cached_property
    def _process(self) -> "subprocess.Popen[bytes]":
        environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.servers.fork_server", str(self._address)],
            cwd=ROOT,
            env=environment | {"OPENBLAS_NUM_THREADS": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        return process


FORK_SERVER: Final = ForkServer()


@pytest.fixture(scope="session", autouse=True)
def fork_server() -> Iterator[ForkServer]:
    yield FORK_SERVER
    FORK_SERVER.stop()
