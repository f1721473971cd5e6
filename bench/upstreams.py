"""OpenAI and Qdrant in one process of their own, so that readers and servers are not slowed down by their work.

The first answer to a request is computed by the fake servers of the tests, and replayed after that: a question may
then be asked by thousands of readers. Each kind of call has its own delay.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from typing import Any, Final, cast

import httpx
import uvloop
from qdrant_client import AsyncQdrantClient

from bench.server import ROOT, free_port
from tests.servers.http_server import Request
from tests.servers.openai_answers import quote_first_passage, tokens
from tests.servers.openai_behaviour import Behaviour
from tests.servers.openai_server import completion, embeddings
from tests.servers.qdrant_routes import Qdrant

CHUNKS: Final = 60
CHAT: Final = "/v1/chat/completions"
EMBEDDINGS: Final = "/v1/embeddings"
STATE: Final = "/bench/state"
SEARCH: Final = "/points/query/batch"
STREAM: Final = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"


@dataclass(frozen=True)
class Delays:
    """In seconds: of one call, or before each chunk of the model's answer."""

    embedding: float = 0.0
    index: float = 0.0
    chunk: float = 0.0


@dataclass
class Upstreams:
    delays: Delays
    qdrant: Qdrant
    chat_status: int = 200
    """Of every call of the model."""
    open_calls: int = 0
    calls: int = 0
    answers: dict[tuple[str, bytes], list[bytes]] = field(default_factory=dict)

    async def answer(self, request: Request, write: Callable[[bytes], None]) -> None:
        if request.path == STATE:
            self.chat_status = int(request.body or self.chat_status)
            write(json_reply({"open": self.open_calls, "calls": self.calls}))
            return
        self.calls += 1
        self.open_calls += 1
        try:
            await self._answer(request, write)
        finally:
            self.open_calls -= 1

    async def _answer(self, request: Request, write: Callable[[bytes], None]) -> None:
        if request.path == CHAT and self.chat_status != 200:
            write(json_reply({"error": {"message": "unavailable"}}, self.chat_status))
            return
        key = (request.path, request.body)
        answer = self.answers.get(key) or await self._computed(request)
        if request.path in (CHAT, EMBEDDINGS) or request.path.endswith(SEARCH):
            self.answers[key] = answer
        if request.path == EMBEDDINGS:
            await asyncio.sleep(self.delays.embedding)
        elif request.path.endswith(SEARCH):
            await asyncio.sleep(self.delays.index)
        for piece in answer:
            if request.path == CHAT and piece is not STREAM:
                await asyncio.sleep(self.delays.chunk)
            write(piece)

    async def _computed(self, request: Request) -> list[bytes]:
        body = json.loads(request.body or b"{}")
        if request.path == EMBEDDINGS:
            return [json_reply(embeddings(body, Behaviour()))]
        if request.path == CHAT:
            return [STREAM, *chunks_of(body)]
        try:
            found = await self.qdrant.answer(request, strict=True)
        except ValueError:
            return [json_reply({"status": {"error": "not found"}}, 404)]
        return [json_reply({"result": found, "status": "ok", "time": 0.0})]


def chunks_of(body: dict[str, Any]) -> list[bytes]:
    """A sentence of the first passage in slightly other words, so that the proof needs the embeddings."""
    text = f"In other words: {quote_first_passage(body['messages'])}"
    bounds = [number * len(text) // CHUNKS for number in range(CHUNKS + 1)]
    deltas = [{"delta": {"content": text[start:end]}} for start, end in pairwise(bounds)]
    parts = [completion(body, "chat.completion.chunk", [{"index": 0} | delta]) for delta in deltas]
    last = completion(body, "chat.completion.chunk", [{"index": 0, "delta": {}, "finish_reason": "stop"}])
    usage = {"prompt_tokens": 1000, "completion_tokens": tokens(text), "total_tokens": 1000 + tokens(text)}
    end = completion(body, "chat.completion.chunk", []) | {"usage": usage}
    lines = [f"data: {json.dumps(part)}\n\n".encode() for part in (*parts, last, end)]
    encoded = [b"%x\r\n%b\r\n" % (len(line), line) for line in (*lines, b"data: [DONE]\n\n")]
    return [*encoded[:CHUNKS], b"".join(encoded[CHUNKS:]) + b"0\r\n\r\n"]


def json_reply(body: object, status: int = 200) -> bytes:
    data = json.dumps(body).encode()
    head = f"HTTP/1.1 {status} Status\r\nContent-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n"
    return head.encode() + data


class Connection(asyncio.Protocol):
    """One request after the other; a disconnect cancels the one that is being answered."""

    def __init__(self, upstreams: Upstreams) -> None:
        self._upstreams = upstreams
        self._received = b""
        self._task: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's own is no subclass

    def data_received(self, data: bytes) -> None:
        self._received += data
        self._begin()

    def connection_lost(self, _: Exception | None) -> None:
        if self._task is not None:
            self._task.cancel()

    def _begin(self) -> None:
        if self._task is None and (request := self._next()) is not None:
            self._task = asyncio.create_task(self._upstreams.answer(request, self._transport.write))
            self._task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._task = None
        if not task.cancelled():
            task.result()
            self._begin()

    def _next(self) -> Request | None:
        head, found, rest = self._received.partition(b"\r\n\r\n")
        if not found:
            return None
        first, *lines = head.decode().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        length = int(headers.get("content-length", 0))
        if len(rest) < length:
            return None
        self._received = rest[length:]
        method, path, _ = first.split(" ")
        return Request(method, path.partition("?")[0] if method == "GET" else path, headers, rest[:length])


@dataclass(frozen=True)
class Running:
    """`settings` are environment variables of a server that uses them."""

    url: str
    settings: dict[str, str]

    async def state(self, chat_status: int | None = None) -> tuple[int, int]:
        """Open calls, and all calls so far."""
        async with httpx.AsyncClient(base_url=self.url, trust_env=False) as client:
            found = (await client.post(STATE, content=str(chat_status or ""))).json()
        return found["open"], found["calls"]


@asynccontextmanager
async def upstreams(delays: Delays) -> AsyncIterator[Running]:
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-W", "ignore", "-m", "bench.upstreams", str(port), json.dumps(asdict(delays)), cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        await process.stdout.readline()
        url = f"http://127.0.0.1:{port}"
        yield Running(url, {"OPENAI_BASE_URL": f"{url}/v1", "QDRANT_URL": url})
    finally:
        process.terminate()
        await process.wait()


async def serve(port: int, delays: Delays) -> None:
    served = Upstreams(delays, Qdrant(AsyncQdrantClient(":memory:")))
    await asyncio.get_running_loop().create_server(lambda: Connection(served), "127.0.0.1", port, backlog=4096)
    print("ready", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1]), Delays(**json.loads(sys.argv[2]))))
