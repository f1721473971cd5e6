"""Runs Glossator as a process in its own folder, with its own settings file, data and port."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, TypeVar

import httpx
import pytest

from glossator_plugins.local_postgres.owner import Owner, owner_of, recorded_pid
from tests.forks import FORK_SERVER, Process
from tests.places import ROOT

T = TypeVar("T")

SAMPLE_BOOK: Final = ROOT / "sample-book"
PATIENT: Final = {
    "LOCAL_MODELS__START_TIMEOUT": "100",
    "LOCAL_POSTGRES__START_TIMEOUT": "100",
    "NEON__START_TIMEOUT": "60",
    "OPENAI__START_TIMEOUT": "60",
    "QDRANT__START_TIMEOUT": "60",
    "QDRANT_EDGE__START_TIMEOUT": "100",
    "AUTH__ARGON2_MEMORY": "1024",
}
"""On a busy machine a start takes as long as it takes. A password's hash costs a fortieth of its CPU time."""
WITHOUT_DATABASE: Final = {"PLUGINS": "local_models,qdrant_edge", **PATIENT}
POLL_SECONDS: Final = 0.02
START_SECONDS: Final = 120.0
PAGES: Final = {
    "mars.md": "# Mars\n\n## Colour\n\nMars looks red because its soil is full of rusty iron.\n",
    "tides.md": "# Tides\n\n## Cause\n\nThe pull of the moon raises the tides of the sea twice a day.\n",
}


def eventually(look: Callable[[], T | None], what: str, seconds: float = START_SECONDS) -> T:
    """Polls `look` and returns its first true result."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := look():
            return found
        time.sleep(POLL_SECONDS)
    raise AssertionError(f"not within {seconds:g} s: {what}")


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def refuses(port: int) -> bool:
    """Whether no process accepts connections on the port."""
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) != 0


@dataclass(frozen=True)
class Done:
    """A finished process; a negative code is the signal that killed it."""

    code: int
    output: str
    errors: str

    @property
    def told(self) -> list[str]:
        """The printed messages without the program name."""
        return [line.removeprefix("glossator: ") for line in self.errors.splitlines() if line.startswith("glossator: ")]


@dataclass(frozen=True)
class Running:
    """A running process. Its output goes to files, so that it never blocks on a full pipe."""

    process: Process
    port: int
    folder: Path

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def output(self) -> str:
        return (self.folder / "output").read_text("utf-8")

    @property
    def errors(self) -> str:
        return (self.folder / "errors").read_text("utf-8")

    def says(self, text: str, seconds: float = START_SECONDS) -> None:
        """Waits until the text appears on standard error."""

        def look() -> bool:
            assert self.process.poll() is None or text in self.errors, self.errors
            return text in self.errors

        eventually(look, f"{text!r} in\n{self.errors}", seconds)

    def is_loaded(self) -> None:
        """Waits until the book is loaded."""
        self.says("Glossator is running at")

    def serves(self) -> None:
        """Waits until the port accepts connections."""

        def look() -> bool:
            assert self.process.poll() is None, self.errors
            return not refuses(self.port)

        eventually(look, f"an answer at {self.url}")

    def signalled(self, number: signal.Signals) -> float:
        """Sends the signal, waits for the exit and returns the seconds it took."""
        began = time.monotonic()
        self.process.send_signal(number)
        self.ended()
        return time.monotonic() - began

    def ended(self, seconds: float = START_SECONDS) -> Done:
        return Done(self.process.wait(seconds), self.output, self.errors)

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, timeout=60.0, trust_env=False)

    def search(self, question: str) -> list[dict[str, Any]]:
        with self.client() as client:
            return list(client.post("/search", json={"query": question}).raise_for_status().json()["passages"])

    def ask(self, question: str) -> dict[str, Any]:
        with self.client() as client:
            return dict(client.post("/chat", json={"query": question}).raise_for_status().json())


@dataclass(frozen=True)
class Workplace:
    """A working folder. `variables` are environment variables besides PATH and HOME."""

    folder: Path
    port: int = field(default_factory=free_port)
    variables: dict[str, str] = field(default_factory=lambda: {"INGEST_ON_START": "0", **PATIENT})

    @classmethod
    def made_in(cls, folder: Path, pages: dict[str, str] | None = None) -> "Workplace":
        """Creates it with the repository's settings and a book of two pages."""
        for name in ("settings.toml", ".quartenv"):
            shutil.copy(ROOT / name, folder)
        (folder / "sample-book").mkdir()
        for name, text in (PAGES if pages is None else pages).items():
            (folder / "sample-book" / name).write_text(text, "utf-8")
        return cls(folder)

    def having(self, **variables: str) -> "Workplace":
        return replace(self, variables=self.variables | variables)

    @property
    def data(self) -> Path:
        return self.folder / ".glossator"

    @property
    def book(self) -> Path:
        return self.folder / "sample-book"

    @property
    def postgres(self) -> int | None:
        """The pid of the PostgreSQL server on this data folder, if there is one."""
        cluster = (self.data / "postgres" / "cluster").resolve()
        pid = recorded_pid(cluster)
        return pid if pid is not None and owner_of(pid, cluster) is Owner.OURS else None

    @contextmanager
    def starts(self, *arguments: str, module: str = "glossator", fresh: bool = False) -> Iterator[Running]:
        """`python -m glossator ...`, killed at the end if it still runs; it must never show a traceback.

        `fresh` starts an interpreter, which takes a second or two of CPU time; otherwise it is a fork.
        """
        logs = self.folder / f"process-{time.monotonic_ns()}"
        logs.mkdir()
        process = self._process(module, arguments, logs, fresh=fresh)
        running = Running(process, self.port, logs)
        try:
            yield running
        finally:
            process.kill()
            process.wait(60)
        assert "Traceback" not in running.errors, running.errors

    def _process(self, module: str, arguments: Sequence[str], logs: Path, *, fresh: bool) -> Process:
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "PORT": str(self.port)} | self.variables
        files = [logs / "output", logs / "errors"]
        for file in files:
            file.touch()
        if not fresh:
            return FORK_SERVER.start(module, arguments, self.folder, environment, files)
        with files[0].open("wb") as output, files[1].open("wb") as errors:
            command = [sys.executable, "-m", module, *arguments]
            return subprocess.Popen(
                command, cwd=self.folder, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=errors
            )

    def runs(
        self, *arguments: str, module: str = "glossator", seconds: float = START_SECONDS, fresh: bool = False
    ) -> Done:
        """The same until it ends by itself."""
        with self.starts(*arguments, module=module, fresh=fresh) as running:
            return running.ended(seconds)


@pytest.fixture
def place(tmp_path: Path) -> Workplace:
    return Workplace.made_in(tmp_path)


@contextmanager
def writing_model(delay: float = 0.0) -> Iterator[tuple[str, Process]]:
    """A server that speaks OpenAI's protocol, and the process that a test may kill; `delay` is between two pieces."""
    arguments = ["--port", str(free_port()), "--delay", str(delay)]
    with TemporaryDirectory() as folder:
        files = [Path(folder, "output"), Path(folder, "errors")]
        for file in files:
            file.touch()
        process = FORK_SERVER.start("tests.servers.openai_server", arguments, ROOT, dict(os.environ), files)
        try:
            line = eventually(lambda: files[0].read_text("utf-8").partition("\n")[0], "its address")
            yield line.removeprefix("OPENAI_BASE_URL="), process
        finally:
            process.kill()
            process.wait(60)
