"""Runs a server of this checkout in its own process, with its own port and data."""

import asyncio
import os
import socket
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx

from glossator.configuration.limits import AMOUNTS

ROOT: Final = Path(__file__).parent.parent
START_SECONDS: Final = 120.0


@dataclass(frozen=True)
class Server:
    """`seconds` is the time from the start of the process to its first healthy response."""

    url: str
    pid: int
    seconds: float


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def environment(data: Path, port: int, extra: Mapping[str, str]) -> dict[str, str]:
    """Excludes the user's own variables, which must not change the figures. Requests are not limited."""
    inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    unlimited = {setting.name: "0" for setting in AMOUNTS}
    own = {"GLOSSATOR_ENV": "embedded", "PORT": str(port), "DATA_PATH": str(data), "LOG__LEVEL": "WARNING"}
    return inherited | unlimited | own | dict(extra)


@asynccontextmanager
async def server(*command: str, data: Path, extra: Mapping[str, str] | None = None) -> AsyncIterator[Server]:
    """`command` has the arguments of `glossator`, for example `dev`."""
    port = free_port()
    began = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "glossator", *command, cwd=ROOT, env=environment(data, port, extra or {}),
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        url = f"http://127.0.0.1:{port}"
        await _wait_until_healthy(url, process)
        yield Server(url, process.pid, time.monotonic() - began)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _wait_until_healthy(url: str, process: asyncio.subprocess.Process) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        for _ in range(int(START_SECONDS / 0.02)):
            if process.returncode is not None:
                raise RuntimeError(f"the server exited with code {process.returncode}")
            try:
                if (await client.get(f"{url}/health")).status_code == 200:
                    return
            except httpx.TransportError:
                await asyncio.sleep(0.02)
    raise RuntimeError("the server did not respond in time")
