"""Readers on plain sockets: an HTTP client's library would take more CPU than the server."""

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from bench.figures import percentile

PATIENCE: Final = 120.0
EVENT: Final = re.compile(rb"^event: (\w+)", re.MULTILINE)
MODE: Final = re.compile(rb'"mode": ?"(\w+)"')
BLAME: Final = re.compile(rb'"model_unavailable"|"service_unavailable"|"keywords"')
RETRY_AFTER: Final = re.compile(rb"\r\nretry-after: \d", re.IGNORECASE)
QUESTIONS: Final = tuple(
    f"How does the assistant {what}?"
    for what in (
        "find a passage", "prove a sentence", "load a book", "translate a page", "store a conversation",
        "limit the requests", "count the costs", "sign a reader in", "read a folder", "show a citation",
    )
)  # fmt: skip


@dataclass
class Reading:
    """Seconds since the reader began; None for what never came. Status 0: the connection failed."""

    status: int = 0
    retry_after: bool = False
    events: dict[str, float] = field(default_factory=dict)
    mode: str = ""
    blames_upstream: bool = False
    seconds: float = PATIENCE

    @property
    def is_complete(self) -> bool:
        return self.status == 200 and self.mode == "generated"

    @property
    def is_refused(self) -> bool:
        return self.status == 503 and self.retry_after


def request(path: str, question: str, network: str) -> bytes:
    body = json.dumps({"query": question}).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: {network}\r\nConnection: close\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def network_of(number: int) -> str:
    return f"203.{number // 250}.113.{number % 250 + 1}"


async def ask(url: str, path: str, number: int, reading: Reading | None = None) -> Reading:
    """To the end of the response, on a new connection and from a network of its own. `reading` is filled meanwhile."""
    address = urlsplit(url)
    began, reading = time.monotonic(), reading or Reading()
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(PATIENCE):
            reader, writer = await asyncio.open_connection(address.hostname, address.port)
            try:
                writer.write(request(path, QUESTIONS[number % len(QUESTIONS)], network_of(number)))
                await _read(reader, reading, began)
            finally:
                writer.close()
    return reading


async def _read(reader: asyncio.StreamReader, reading: Reading, began: float) -> None:
    head = b""
    while data := await reader.read(65536):
        now = time.monotonic() - began
        if not reading.status:
            head += data
            if b"\r\n\r\n" not in head:
                continue
            reading.status = int(head.split(b" ", 2)[1])
            reading.retry_after = bool(RETRY_AFTER.search(head.partition(b"\r\n\r\n")[0]))
        for name in EVENT.findall(data):
            reading.events.setdefault(name.decode(), now)
        if mode := MODE.search(data):
            reading.mode = mode[1].decode()
        reading.blames_upstream |= bool(BLAME.search(data))
    reading.seconds = time.monotonic() - began


async def leave_at_once(url: str, path: str, number: int) -> None:
    """Sends the whole request and closes the connection."""
    address = urlsplit(url)
    _, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(request(path, QUESTIONS[number % len(QUESTIONS)], network_of(number)))
    await writer.drain()
    writer.close()


async def arriving(url: str, path: str, count: int, per_second: float) -> list[Reading]:
    """One reader after the other, whatever the server does."""
    began, tasks = time.monotonic(), []
    for number in range(count):
        await asyncio.sleep(max(0.0, began + number / per_second - time.monotonic()))
        tasks.append(asyncio.create_task(ask(url, path, number)))
    return await asyncio.gather(*tasks)


async def in_parallel(url: str, path: str, readers: int, questions: int) -> list[Reading]:
    """Each reader asks the next question after the answer to the last."""

    async def one(number: int) -> list[Reading]:
        return [await ask(url, path, number) for _ in range(questions)]

    return [reading for readings in await asyncio.gather(*map(one, range(readers))) for reading in readings]


@asynccontextmanager
async def health_watched(url: str) -> AsyncIterator[list[float]]:
    """Seconds of a request to `/health` on a new connection, twice a second; PATIENCE for one that failed."""
    found: list[float] = []
    task = asyncio.create_task(_watch(url, found))
    try:
        yield found
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _watch(url: str, found: list[float]) -> None:
    address = urlsplit(url)
    while True:
        began, answered = time.monotonic(), b""
        with suppress(OSError):
            reader, writer = await asyncio.open_connection(address.hostname, address.port)
            writer.write(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            answered = await reader.readline()
            writer.close()
        found.append(time.monotonic() - began if b" 200" in answered else PATIENCE)
        await asyncio.sleep(0.5)


def p95(values: Sequence[float]) -> float:
    return percentile(values, 0.95) if values else PATIENCE
