"""The npm workspace `clients/`, installed from its lock file, and its programs."""

import fcntl
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from tests.places import ROOT

CLIENTS: Final = ROOT / "clients"


@dataclass(frozen=True)
class NodeWorkspace:
    npm: str
    node: str

    def runs_script(self, name: str) -> str:
        """The output of `npm run name`, which must succeed."""
        return self.runs(self.npm, "run", "--silent", name)

    def runs_node(self, *arguments: str, **variables: str) -> str:
        return self.runs(self.node, *arguments, **variables)

    def runs(self, *command: str, **variables: str) -> str:
        environment = os.environ | variables
        done = subprocess.run(
            command, cwd=CLIENTS, env=environment, capture_output=True, text=True, timeout=170, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture(scope="session")
def workspace() -> NodeWorkspace:
    """Skips when npm is missing or cannot install the packages; `.ci/run` fails then."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("COMPONENT TESTS SKIPPED: this machine has no node with npm")
    found = NodeWorkspace(npm, node)
    with _alone():
        if not (CLIENTS / "node_modules" / "esbuild").exists():
            command = [npm, "ci", "--prefer-offline"]
            done = subprocess.run(command, cwd=CLIENTS, capture_output=True, text=True, timeout=170, check=False)
            if done.returncode:
                pytest.skip(f"COMPONENT TESTS SKIPPED: npm could not install its packages: {done.stderr[-300:]}")
        if _is_stale(CLIENTS / "javascript"):
            found.runs_script("build:client")
    return found


@contextmanager
def _alone() -> Iterator[None]:
    """One worker at a time installs and builds."""
    with (CLIENTS / "package.json").open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _is_stale(package: Path) -> bool:
    built, sources = package / "dist" / "index.js", (package / "src").glob("*.ts")
    return not built.exists() or built.stat().st_mtime < max(source.stat().st_mtime for source in sources)
