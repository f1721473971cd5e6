"""The official npm client in Node processes: a whole scenario at once, or a reader controlled step by step."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import pytest

HERE: Final = Path(__file__).parent
ORIGIN: Final = "https://book.example"
QUIET: Final = ("--no-audit", "--no-fund", "--ignore-scripts", "--omit=optional", "--omit=peer")


@pytest.fixture(scope="session")
def node(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The path of `node`, with the client installed from its lock file."""
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
    done = subprocess.run([node, *arguments], cwd=HERE, capture_output=True, text=True, timeout=150, check=False)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


@dataclass(frozen=True)
class OfficialReader:
    """A client that keeps its cookies or its token while servers restart."""

    process: subprocess.Popen[str]
    device: str = "laptop"

    def on(self, device: str) -> "OfficialReader":
        """Another client, with its own cookies or token."""
        return replace(self, device=device)

    def does(self, *call: str, **options: Any) -> Any:
        """The data of `client.call.call(options)`."""
        return self._data({"call": call, "with": options or None})

    def tries(self, *call: str, **options: Any) -> dict[str, Any]:
        """The `data`, or `status` and `code` of the error."""
        return self._step({"call": call, "with": options or None})

    def fetches(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """Calls one of our routes that the client has no method for."""
        return self._data({"fetch": path, "with": body})

    def _data(self, step: dict[str, Any]) -> Any:
        outcome = self._step(step)
        assert "data" in outcome, (step, outcome)
        return outcome["data"]

    def _step(self, step: dict[str, Any]) -> dict[str, Any]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{json.dumps({**step, 'device': self.device})}\n")
        self.process.stdin.flush()
        return dict(json.loads(self.process.stdout.readline()))


@contextmanager
def official_reader(node: str, base_url: str, mode: str = "cookie") -> Iterator[OfficialReader]:
    """A reader on a trusted page; `mode` is cookie or bearer."""
    options = json.dumps({"baseURL": base_url, "origin": ORIGIN, "mode": mode})
    command = [node, "steps.mjs", options]
    with subprocess.Popen(command, cwd=HERE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield OfficialReader(process)
        finally:
            process.kill()
