"""How commands find the server that owns the data folder: the data has one owner, commands send it their work."""

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
    """A running server on this machine and the key that opens its operator's routes."""

    pid: int
    url: str
    admin_key: Secret

    @classmethod
    def of_this_process(cls, port: int, admin_key: Secret) -> "LocalServer":
        return cls(os.getpid(), f"http://localhost:{port}", admin_key)

    def client(self, timeout: float = 30.0) -> httpx.AsyncClient:
        """An HTTP client for the operator's routes."""
        return self._client(timeout, {"Authorization": f"Bearer {self.admin_key.reveal()}"})

    def reading_client(self, timeout: float = 30.0) -> httpx.AsyncClient:
        """An HTTP client for readers' routes, which would take the admin key for a wrong token."""
        return self._client(timeout, {})

    def _client(self, timeout: float, headers: dict[str, str]) -> httpx.AsyncClient:
        """The environment's proxies are not for our own machine."""
        return httpx.AsyncClient(base_url=self.url, headers=headers, timeout=timeout, trust_env=False)


@contextmanager
def announced(data: Path, server: LocalServer) -> Iterator[None]:
    """The file stands, readable by its owner alone, while the block runs."""
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
    """The server that owns this folder, if one answers; a file left by a killed one counts for nothing."""
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
