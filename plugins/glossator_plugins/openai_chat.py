"""Answers from the chat completions route, as they are written."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from openai import AsyncStream, omit

from glossator.domain.errors import Unavailable
from glossator.domain.ports import Completed, Delta, Prompt
from glossator_plugins.openai_tokens import count_tokens, sendable
from glossator_plugins.openai_upstream import FAILURES, NAME, Upstream

if TYPE_CHECKING:
    from openai.types.chat import ChatCompletionChunk
    from openai.types.completion_usage import CompletionUsage

MESSAGE_TOKENS: Final = 8
LIMITS: Final = frozenset({"length", "content_filter"})


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

    async def _next_text(self, answer: "Answer", chunks: AsyncStream["ChatCompletionChunk"]) -> str:
        try:
            async with asyncio.timeout(self._upstream.seconds):
                return await answer.next_text(chunks)
        except (*FAILURES, Unavailable):
            async with self._upstream.call():  # the first word had counted as a success; this counts the failure
                raise

    async def _request(self, prompt: Prompt) -> AsyncStream["ChatCompletionChunk"]:
        dialect = self._dialect
        return await self._upstream.client.chat.completions.create(
            model=self._model,
            messages=[
                {"role": "system", "content": sendable(prompt.system)},
                {"role": "user", "content": sendable(prompt.user)},
            ],
            temperature=prompt.temperature if dialect.temperature else omit,
            max_tokens=prompt.max_tokens if dialect.legacy_max_tokens else omit,
            max_completion_tokens=omit if dialect.legacy_max_tokens else prompt.max_tokens,
            stream=True,
            stream_options={"include_usage": True} if dialect.stream_usage else omit,
        )


class Answer:
    """What of a stream has been read so far."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._finish = ""
        self._usage: CompletionUsage | None = None

    async def next_text(self, chunks: AsyncStream["ChatCompletionChunk"]) -> str:
        """The next piece, not empty; "" at the end. Raises Unavailable when the stream just ceases."""
        while True:
            try:
                text = self._read(await anext(chunks))
            except StopAsyncIteration:
                break
            except AttributeError:
                raise Unavailable(NAME, "the answer is no chat completion - check OPENAI_BASE_URL") from None
            if text:
                self._texts.append(text)
                return text
        if not self._finish:
            raise Unavailable(NAME, "the answer ceased before its end")
        return ""

    def _read(self, chunk: "ChatCompletionChunk") -> str:
        self._usage = chunk.usage or self._usage
        for choice in chunk.choices or ():  # the chunk with the usage has none
            self._finish = choice.finish_reason or self._finish
            if choice.delta and choice.delta.content:
                return choice.delta.content
        return ""

    def completed(self, prompt: Prompt) -> Completed:
        """Counts of our own stand in for those that the server did not send."""
        truncated = self._finish in LIMITS
        if self._usage:
            return Completed(truncated, self._usage.prompt_tokens, self._usage.completion_tokens)
        asked = count_tokens(prompt.system) + count_tokens(prompt.user) + MESSAGE_TOKENS
        return Completed(truncated, asked, count_tokens("".join(self._texts)))
