"""Answers from the chat completions route, as they are written.

The SDK sends, reads the events and names the failures; the chunks stay plain JSON, since building its models of them
costs three times what all the rest of an answer does.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any, Final

from openai import AsyncStream

from glossator.domain.errors import Unavailable
from glossator.domain.ports.chat_model import Completed, Delta, Prompt
from glossator_plugins.openai.client import FAILURES, NAME, Upstream
from glossator_plugins.openai.tokens import count_tokens, sendable

MESSAGE_TOKENS: Final = 8
LIMITS: Final = frozenset({"length", "content_filter"})
END: Final = object()


@dataclass(frozen=True)
class Dialect:
    """What the server understands of the protocol."""

    stream_usage: bool
    legacy_max_tokens: bool
    temperature: bool


class Chat:
    """One model of one server."""

    def __init__(self, upstream: Upstream, model: str, dialect: Dialect) -> None:
        self._upstream = upstream
        self._model = model
        self._dialect = dialect

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Delta | Completed, None]:
        """Each piece must come within the upstream's seconds, the first one from the request on."""
        answer = Answer()
        async with AsyncExitStack() as stack:
            async with self._upstream.call():
                chunks = await stack.enter_async_context(await self._request(prompt))
                text = await answer.next_text(chunks)
            while text:
                yield Delta(text)
                text = await self._next_text(answer, chunks)
        yield answer.completed(prompt)

    async def _next_text(self, answer: "Answer", chunks: AsyncStream[object]) -> str:
        try:
            async with asyncio.timeout(self._upstream.seconds):
                return await answer.next_text(chunks)
        except (*FAILURES, Unavailable):
            async with self._upstream.call():  # the first word had counted as a success; this counts the failure
                raise

    async def _request(self, prompt: Prompt) -> AsyncStream[object]:
        return await self._upstream.client.post(
            "/chat/completions",
            body=self._body(prompt),
            cast_to=object,
            stream=True,
            stream_cls=AsyncStream[object],
        )

    def _body(self, prompt: Prompt) -> dict[str, object]:
        dialect = self._dialect
        body: dict[str, object] = {
            "model": self._model,
            "messages": [
                {"role": "system", "content": sendable(prompt.system)},
                {"role": "user", "content": sendable(prompt.user)},
            ],
            "max_tokens" if dialect.legacy_max_tokens else "max_completion_tokens": prompt.max_tokens,
            "stream": True,
        }
        if dialect.temperature:
            body["temperature"] = prompt.temperature
        if dialect.stream_usage:
            body["stream_options"] = {"include_usage": True}
        return body


class Answer:
    """What of a stream has been read so far."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._finish = ""
        self._usage: tuple[int, int] | None = None

    async def next_text(self, chunks: AsyncStream[object]) -> str:
        """The next piece, not empty; "" at the end. Raises Unavailable when the stream just ceases."""
        while (chunk := await anext(chunks, END)) is not END:
            try:
                text = self._read(chunk)
            except (AttributeError, KeyError, TypeError, ValueError):
                raise Unavailable(NAME, "the answer is no chat completion - check OPENAI_BASE_URL") from None
            if text:
                self._texts.append(text)
                return text
        if not self._finish:
            raise Unavailable(NAME, "the answer ceased before its end")
        return ""

    def _read(self, chunk: Any) -> str:
        """Servers differ in what they leave out and what they send as null."""
        if usage := chunk.get("usage"):
            self._usage = int(usage["prompt_tokens"]), int(usage["completion_tokens"])
        if not chunk.get("choices"):  # as in the chunk with the usage
            return ""
        choice = chunk["choices"][0]
        self._finish = choice.get("finish_reason") or self._finish
        text = (choice.get("delta") or {}).get("content") or ""
        if not isinstance(text, str):
            raise TypeError
        return text

    def completed(self, prompt: Prompt) -> Completed:
        """Counts of our own stand in for those that the server did not send."""
        truncated = self._finish in LIMITS
        if self._usage:
            return Completed(truncated, *self._usage)
        asked = count_tokens(prompt.system) + count_tokens(prompt.user) + MESSAGE_TOKENS
        return Completed(truncated, asked, count_tokens("".join(self._texts)))
