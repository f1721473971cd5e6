"""A fake OpenAI server that speaks the real protocol over real sockets.

To run it alone: `python -m tests.servers.openai_server --port 9000`, with OPENAI_BASE_URL=http://127.0.0.1:9000/v1.
"""

import argparse
import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any, Final

from tests.servers.http_server import Dropped, Reply, Request, serving
from tests.servers.openai_answers import pieces, tokens, vector
from tests.servers.openai_behaviour import Behaviour, Failure

DIMENSIONS: Final = {"text-embedding-3-small": 1536, "text-embedding-3-large": 3072, "text-embedding-ada-002": 1536}
BLOCK_BYTES: Final = 65536
CHUNKS_PER_BLOCK: Final = 400
CHAT: Final = "/v1/chat/completions"
CONTENT_TYPES: Final = ("application/json", "text/event-stream")
MODELS: Final = ("gpt-4o-mini", *DIMENSIONS)


@dataclass
class OpenAIServer:
    """A running server and its received requests."""

    port: int
    behaviour: Behaviour
    chat: Behaviour | None = None
    """Of the route of the chat model, if it differs."""
    requests: list[Request] = field(default_factory=list)
    cancelled: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))
    """Released once for each response whose client disconnected early."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def sent_to(self, route: str) -> list[Any]:
        """The request bodies sent to a route, such as `embeddings`."""
        return [request.json() for request in self.requests if request.path == f"/v1/{route}"]

    async def handle(self, request: Request, reply: Reply) -> None:
        self.requests.append(request)
        behaviour = self.chat if self.chat and request.path == CHAT else self.behaviour
        try:
            await replace(self, behaviour=behaviour)._answer(request, reply)
        except (asyncio.CancelledError, ConnectionError):
            self.cancelled.release()
            raise

    async def _answer(self, request: Request, reply: Reply) -> None:
        await self._misbehave_at_once()
        if self.behaviour.garbage:
            await send_body(reply, "text/html", b"<html></html>")
        elif self.behaviour.body is not None:
            await send_body(reply, CONTENT_TYPES[request.path == CHAT], self.behaviour.body)
        elif failure := self._failure(request):
            await send_failure(request, reply, failure)
        elif request.path == "/v1/models":
            models = [{"id": name, "object": "model", "created": 0, "owned_by": "test"} for name in MODELS]
            await reply.send_json(200, {"object": "list", "data": models})
        elif request.path == "/v1/embeddings" and self.behaviour.endless:
            await send_endlessly(reply, b"[" * BLOCK_BYTES)
        elif request.path == "/v1/embeddings":
            await reply.send_json(200, embeddings(request.json(), self.behaviour))
        else:
            await self._complete(request.json(), reply)

    def _failure(self, request: Request) -> Failure | None:
        routes = {"/v1/models", "/v1/embeddings", CHAT} - self.behaviour.missing
        if request.path not in routes:
            return Failure(404, "not_found")
        if self.behaviour.unsupported.intersection(request.json() if request.body else ()):
            return Failure(400, "unsupported_parameter")
        if self.behaviour.failing is not None:
            if self.behaviour.failing == 0:
                return None
            self.behaviour.failing -= 1
        return self.behaviour.failure

    async def _complete(self, body: dict[str, Any], reply: Reply) -> None:
        answer = self.behaviour.answer
        text = answer if isinstance(answer, str) else answer(body["messages"])
        await asyncio.sleep(self.behaviour.first_delay)
        if body.get("stream"):
            await self._stream(body, text, reply)
            return
        choice = {"index": 0, "finish_reason": self.behaviour.finish_reason}
        message = {"role": "assistant", "content": text}
        choices = [] if self.behaviour.empty_choices else [choice | {"message": message}]
        await reply.send_json(200, completion(body, "chat.completion", choices) | self._usage(body, text))

    async def _stream(self, body: dict[str, Any], text: str, reply: Reply) -> None:
        await reply.start(200, {"content-type": "text/event-stream"})
        if self.behaviour.first_chunk is not None:
            await send_chunk(reply, self.behaviour.first_chunk)
        if self.behaviour.endless:
            delta = {} if self.behaviour.empty_chunks else {"content": "word "}
            chunk = completion(body, "chat.completion.chunk", [{"index": 0, "delta": delta}])
            await write_endlessly(reply, f"data: {json.dumps(chunk)}\n\n".encode() * CHUNKS_PER_BLOCK)
        if self.behaviour.endless_line:
            await write_endlessly(reply, b"data: " + b"x" * BLOCK_BYTES, b"x" * BLOCK_BYTES)
        for number, piece in enumerate(pieces(text, self.behaviour.chunks)):
            await self._misbehave(number, reply)
            choices = [] if self.behaviour.empty_choices else [{"index": 0, "delta": {"content": piece}}]
            await send_chunk(reply, completion(body, "chat.completion.chunk", choices))
            await asyncio.sleep(self.behaviour.chunk_delay)
        if self.behaviour.finish_reason and not self.behaviour.empty_choices:
            last = {"index": 0, "delta": {}, "finish_reason": self.behaviour.finish_reason}
            await send_chunk(reply, completion(body, "chat.completion.chunk", [last]))
        if self.behaviour.usage and (body.get("stream_options") or {}).get("include_usage"):
            await send_chunk(reply, completion(body, "chat.completion.chunk", []) | self._usage(body, text))
        await reply.write(b"data: [DONE]\n\n")
        await reply.end()

    async def _misbehave_at_once(self) -> None:
        await asyncio.sleep(self.behaviour.delay)
        if self.behaviour.hang:
            await asyncio.Event().wait()
        if self.behaviour.reset:
            raise Dropped

    async def _misbehave(self, number: int, reply: Reply) -> None:
        if number == self.behaviour.drop_after and self._drops_next():
            raise Dropped
        if number == self.behaviour.stall_after:
            await asyncio.Event().wait()
        if number == self.behaviour.error_after:
            await send_chunk(reply, {"error": {"message": "secret words of the server", "type": "server_error"}})

    def _drops_next(self) -> bool:
        if self.behaviour.dropping is None:
            return True
        self.behaviour.dropping -= 1
        return self.behaviour.dropping >= 0

    def _usage(self, body: dict[str, Any], text: str) -> dict[str, Any]:
        if not self.behaviour.usage:
            return {}
        prompt = sum(tokens(message["content"]) for message in body["messages"])
        counts = {"prompt_tokens": prompt, "completion_tokens": tokens(text), "total_tokens": prompt + tokens(text)}
        return {"usage": counts}


def completion(body: dict[str, Any], kind: str, choices: list[Any]) -> dict[str, Any]:
    return {"id": "chatcmpl-1", "object": kind, "created": 0, "model": body["model"], "choices": choices}


def embeddings(body: dict[str, Any], behaviour: Behaviour) -> dict[str, Any]:
    texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
    dimension = body.get("dimensions") or DIMENSIONS.get(body["model"], behaviour.dimension)
    use_base64 = behaviour.base64 and body.get("encoding_format") == "base64"
    data = []
    for index, text in enumerate(texts):
        row = vector(text, dimension - behaviour.short_vectors) * (0 if behaviour.zero_vectors else 1)
        data.append(
            {
                "object": "embedding",
                "index": index,
                "embedding": base64.b64encode(row.tobytes()).decode() if use_base64 else row.tolist(),
            }
        )
    count = sum(tokens(text) for text in texts)
    usage = {"usage": {"prompt_tokens": count, "total_tokens": count}} if behaviour.usage else {}
    return {"object": "list", "model": body["model"], "data": data} | usage


async def send_body(reply: Reply, content_type: str, body: bytes) -> None:
    await reply.start(200, {"content-type": content_type, "content-length": str(len(body))})
    await reply.write(body)
    await reply.end()


async def send_endlessly(reply: Reply, block: bytes) -> None:
    await reply.start(200, {"content-type": "application/json"})
    await write_endlessly(reply, block)


async def write_endlessly(reply: Reply, first: bytes, block: bytes = b"") -> None:
    """Until the client disconnects."""
    await reply.write(first)
    while True:
        await reply.write(block or first)


async def send_chunk(reply: Reply, body: object) -> None:
    await reply.write(f"data: {json.dumps(body)}\n\n".encode())


async def send_failure(request: Request, reply: Reply, failure: Failure) -> None:
    message = f"Rejected: Authorization: {request.headers.get('authorization', 'none')}"
    body = {"error": {"message": message, "type": failure.code, "code": failure.code, "param": None}}
    headers = {} if failure.retry_after is None else {"retry-after": str(failure.retry_after)}
    await reply.send_json(failure.status, body, {"x-request-id": message} | headers)


@asynccontextmanager
async def openai_server(behaviour: Behaviour | None = None, port: int = 0) -> AsyncIterator[OpenAIServer]:
    """Listens on 127.0.0.1, by default on a free port."""
    server = OpenAIServer(port, behaviour or Behaviour())
    async with serving(server.handle, port) as server.port:
        yield server


async def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.servers.openai_server", description=__doc__)
    parser.add_argument("--port", type=int, default=9000)
    parser.add_argument("--delay", type=float, default=0.05, help="seconds between two chunks")
    options = parser.parse_args()
    async with openai_server(Behaviour(chunk_delay=options.delay), options.port) as server:
        print(f"OPENAI_BASE_URL={server.url}", flush=True)  # noqa: T201 - the user needs this line
        await asyncio.Event().wait()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(main())
