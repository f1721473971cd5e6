"""The official client of npm in processes of Node: a whole course at once, or one reader who is told each step."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

HERE: Final = Path(__file__).parent
ORIGIN: Final = "https://book.example"
QUIET: Final = ("--no-audit", "--no-fund", "--ignore-scripts", "--omit=optional", "--omit=peer")


@pytest.fixture(scope="session")
def node(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The program, with the client installed by its lock file."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("OFFICIAL CLIENT SKIPPED: this machine has no node with npm")
    if not (HERE / "node_modules" / "better-auth").exists():
        done = subprocess.run([npm, "ci", *QUIET], cwd=HERE, capture_output=True, text=True, timeout=120, check=False)
        if done.returncode:
            pytest.skip(f"OFFICIAL CLIENT SKIPPED: npm could not install it: {done.stderr[-300:]}")
    return node


def prints(node: str, *arguments: str) -> dict[str, Any]:
    """The JSON object that a script prints."""
    done = subprocess.run([node, *arguments], cwd=HERE, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


@dataclass(frozen=True)
class OfficialReader:
    """A client that stays, with its cookies, while servers come and go."""

    process: subprocess.Popen[str]

    def does(self, *call: str, **options: Any) -> Any:
        """What `client.call.call(options)` gave."""
        return self._step({"call": call, "with": options or None})

    def fetches(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """A route of ours that the client has no name for."""
        return self._step({"fetch": path, "with": body})

    def _step(self, step: dict[str, Any]) -> Any:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{json.dumps(step)}\n")
        self.process.stdin.flush()
        outcome = json.loads(self.process.stdout.readline())
        assert "data" in outcome, (step, outcome)
        return outcome["data"]


@contextmanager
def official_reader(node: str, base_url: str) -> Iterator[OfficialReader]:
    """In the mode "cookie", on an allowed page."""
    options = json.dumps({"baseURL": base_url, "origin": ORIGIN, "mode": "cookie"})
    command = [node, "steps.mjs", options]
    with subprocess.Popen(command, cwd=HERE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield OfficialReader(process)
        finally:
            process.kill()
