"""Finds the running server that owns the data folder. Commands send their work to it, since the data has one owner."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx

from glossator.kernel.settings.secret import Secret

FILE: Final = "server.json"


@dataclass(frozen=True)
class LocalServer:
    """A running server on this machine and the key for its admin routes."""

    pid: int
    url: str
    admin_key: Secret

    @classmethod
    def current_process(cls, port: int, admin_key: Secret) -> "LocalServer":
        return cls(os.getpid(), f"http://localhost:{port}", admin_key)

    def client(self, timeout: float = 30.0) -> httpx.AsyncClient:
        """An HTTP client for the admin routes."""
        return self._client(timeout, {"Authorization": f"Bearer {self.admin_key.reveal()}"})

    def reader_client(self, timeout: float = 30.0) -> httpx.AsyncClient:
        """An HTTP client for the reader routes, which would reject the admin key as an invalid token."""
        return self._client(timeout, {})

    def _client(self, timeout: float, headers: dict[str, str]) -> httpx.AsyncClient:
        """Ignores proxies from the environment, because the server is on this machine."""
        return httpx.AsyncClient(base_url=self.url, headers=headers, timeout=timeout, trust_env=False)


@contextmanager
def write_server_file(data: Path, server: LocalServer) -> Iterator[None]:
    """Writes the server file, readable only by its owner, and deletes it at the end of the block."""
    path = data / FILE
    content = {"pid": server.pid, "url": server.url, "admin_key": server.admin_key.reveal()}
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump(content, file)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


async def find_server(data: Path) -> LocalServer | None:
    """The server that owns this folder. A stale file of a killed server is ignored."""
    server = _read(data / FILE)
    if server is None:
        return None
    try:
        async with server.client(timeout=3.0) as client:
            answer = (await client.get("/", headers={"Accept": "application/json"})).json()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError):
        return None
    return server if isinstance(answer, dict) and answer.get("service") == "glossator" else None


def _read(path: Path) -> LocalServer | None:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        server = LocalServer(int(found["pid"]), str(found["url"]), Secret(str(found["admin_key"])))
        os.kill(server.pid, 0)
    except (OSError, OverflowError, ValueError, KeyError, TypeError):
        return None
    return server
