"""Readers on plain sockets: an HTTP client's library would take more CPU than the server.

A crowd has a process of its own, and so has the watch on `/health`: a busy loop here would look like a slow server.

`python -m bench.readers URL PATH COUNT PER_SECOND` prints the readings as JSON, and `python -m bench.readers URL` the
seconds of `/health` until its standard input ends.
"""

import asyncio
import json
import re
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass, field
from typing import Final, cast
from urllib.parse import urlsplit

import uvloop

from bench.figures import percentile
from bench.server import ROOT

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

    def feed(self, data: bytes, seconds: float) -> None:
        """The next bytes of the response; its head arrives in one piece."""
        if not self.status:
            head = data.partition(b"\r\n\r\n")[0]
            self.status = int(head.split(b" ", 2)[1])
            self.retry_after = bool(RETRY_AFTER.search(head))
        for name in EVENT.findall(data):
            self.events.setdefault(name.decode(), seconds)
        if mode := MODE.search(data):
            self.mode = mode[1].decode()
        self.blames_upstream |= bool(BLAME.search(data))


def request(path: str, question: str, network: str) -> bytes:
    body = json.dumps({"query": question}).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: {network}\r\nConnection: close\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def network_of(number: int) -> str:
    return f"203.{number // 250}.113.{number % 250 + 1}"


class Reader(asyncio.Protocol):
    """Sends the request and fills `reading`; `ended` is done when the server closes the connection."""

    def __init__(self, sent: bytes, reading: Reading) -> None:
        self.ended = asyncio.get_running_loop().create_future()
        self._sent = sent
        self._reading = reading
        self._began = time.monotonic()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        cast(asyncio.Transport, transport).write(self._sent)  # uvloop's own is no subclass

    def data_received(self, data: bytes) -> None:
        self._reading.feed(data, time.monotonic() - self._began)

    def connection_lost(self, error: Exception | None) -> None:
        if error is None:
            self._reading.seconds = time.monotonic() - self._began
        if not self.ended.done():
            self.ended.set_result(None)


async def ask(url: str, path: str, number: int, reading: Reading | None = None) -> Reading:
    """To the end of the response, on a new connection and from a network of its own. `reading` is filled meanwhile."""
    host, port = urlsplit(url).netloc.split(":")
    reading = reading or Reading()
    reader = Reader(request(path, QUESTIONS[number % len(QUESTIONS)], network_of(number)), reading)
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(PATIENCE):
            loop = asyncio.get_running_loop()
            transport, _ = await loop.create_connection(lambda: reader, host, int(port))
            try:
                await reader.ended
            finally:
                transport.close()
    return reading


async def leave_at_once(url: str, path: str, number: int) -> None:
    """Sends the whole request and closes the connection."""
    address = urlsplit(url)
    _, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(request(path, QUESTIONS[number % len(QUESTIONS)], network_of(number)))
    await writer.drain()
    writer.close()


async def arriving(url: str, path: str, count: int, per_second: float) -> list[Reading]:
    """One reader after the other, whatever the server does; in a process of their own."""
    process = await _process(url, path, str(count), str(per_second))
    out, _ = await process.communicate()
    return [Reading(**reading) for reading in json.loads(out)]


async def _arriving(url: str, path: str, count: int, per_second: float) -> list[Reading]:
    began, tasks = time.monotonic(), []
    for number in range(count):
        await asyncio.sleep(max(0.0, began + number / per_second - time.monotonic()))
        tasks.append(asyncio.create_task(ask(url, path, number)))
    return await asyncio.gather(*tasks)


async def _process(*arguments: str) -> asyncio.subprocess.Process:
    pipe = asyncio.subprocess.PIPE
    command = (sys.executable, "-m", "bench.readers", *arguments)
    return await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdin=pipe, stdout=pipe)


async def in_parallel(url: str, path: str, readers: int, questions: int) -> list[Reading]:
    """Each reader asks the next question after the answer to the last."""

    async def one(number: int) -> list[Reading]:
        return [await ask(url, path, number) for _ in range(questions)]

    return [reading for readings in await asyncio.gather(*map(one, range(readers))) for reading in readings]


@asynccontextmanager
async def health_watched(url: str) -> AsyncIterator[list[float]]:
    """Seconds of a request to `/health` on a new connection, twice a second; PATIENCE for one that failed. The list is
    filled at the end of the block."""
    found: list[float] = []
    process = await _process(url)
    try:
        yield found
    finally:
        out, _ = await process.communicate(b"")  # closes its input
        found += json.loads(out)


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


async def _watched(url: str) -> list[float]:
    found: list[float] = []
    watching = asyncio.create_task(_watch(url, found))
    await asyncio.to_thread(sys.stdin.read)
    watching.cancel()
    return found


def p95(values: Sequence[float]) -> float:
    return percentile(values, 0.95) if values else PATIENCE


async def main(url: str, *crowd: str) -> None:
    if not crowd:
        print(json.dumps(await _watched(url)))
        return
    path, count, per_second = crowd
    print(json.dumps([asdict(reading) for reading in await _arriving(url, path, int(count), float(per_second))]))


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:]))
