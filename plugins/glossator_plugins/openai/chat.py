"""Streams answers from the chat completions route.

The SDK sends the request, reads the events and classifies the errors. The chunks stay plain JSON: building the SDK's
models costs three times as much CPU as the rest of an answer.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any, Final

from openai import AsyncStream

from glossator.domain.errors import Unavailable
from glossator.domain.ports.chat_model import Completed, Delta, Prompt
from glossator_plugins.openai.client import NAME, SDK_ERRORS, GuardedOpenAIClient
from glossator_plugins.openai.tokens import count_tokens, replace_surrogates

MESSAGE_TOKENS: Final = 8
TRUNCATED_REASONS: Final = frozenset({"length", "content_filter"})
END: Final = object()


@dataclass(frozen=True)
class ChatOptions:
    """The parts of the protocol that the server supports."""

    stream_usage: bool
    legacy_max_tokens: bool
    temperature: bool


class ChatCompletions:
    """One model of one server."""

    def __init__(self, client: GuardedOpenAIClient, model: str, options: ChatOptions) -> None:
        self._client = client
        self._model = model
        self._options = options

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Delta | Completed, None]:
        """The timeout applies to each piece; for the first one it starts with the request."""
        answer = StreamedAnswer()
        async with AsyncExitStack() as stack:
            async with self._client.call():
                chunks = await stack.enter_async_context(await self._request(prompt))
                text = await answer.next_text(chunks)
            while text:
                yield Delta(text)
                text = await self._next_text(answer, chunks)
        yield answer.completed(prompt)

    async def _next_text(self, answer: "StreamedAnswer", chunks: AsyncStream[object]) -> str:
        try:
            async with asyncio.timeout(self._client.timeout):
                return await answer.next_text(chunks)
        except (*SDK_ERRORS, Unavailable):
            async with self._client.call():  # the guard counted the first piece as a success; this counts the failure
                raise

    async def _request(self, prompt: Prompt) -> AsyncStream[object]:
        return await self._client.sdk.post(
            "/chat/completions",
            body=self._body(prompt),
            cast_to=object,
            stream=True,
            stream_cls=AsyncStream[object],
        )

    def _body(self, prompt: Prompt) -> dict[str, object]:
        options = self._options
        body: dict[str, object] = {
            "model": self._model,
            "messages": [
                {"role": "system", "content": replace_surrogates(prompt.system)},
                {"role": "user", "content": replace_surrogates(prompt.user)},
            ],
            "max_tokens" if options.legacy_max_tokens else "max_completion_tokens": prompt.max_tokens,
            "stream": True,
        }
        if options.temperature:
            body["temperature"] = prompt.temperature
        if options.stream_usage:
            body["stream_options"] = {"include_usage": True}
        if prompt.schema is not None:
            body["response_format"] = response_format(prompt.schema)
        return body


def response_format(schema: Mapping[str, object]) -> dict[str, object]:
    return {"type": "json_schema", "json_schema": {"name": "answer", "strict": True, "schema": schema}}


class StreamedAnswer:
    """The part of a stream that has been read."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._finish = ""
        self._usage: tuple[int, int] | None = None

    async def next_text(self, chunks: AsyncStream[object]) -> str:
        """The next piece, or "" at the end. Raises Unavailable when the stream ends without a finish reason."""
        while (chunk := await anext(chunks, END)) is not END:
            try:
                text = self._read(chunk)
            except (AttributeError, KeyError, TypeError, ValueError):
                raise Unavailable(NAME, "the response is not a chat completion - check OPENAI_BASE_URL") from None
            if text:
                self._texts.append(text)
                return text
        if not self._finish:
            raise Unavailable(NAME, "the answer ended early")
        return ""

    def _read(self, chunk: Any) -> str:
        """Servers differ in the fields that they omit or send as null."""
        if usage := chunk.get("usage"):
            self._usage = int(usage["prompt_tokens"]), int(usage["completion_tokens"])
        if not chunk.get("choices"):  # for example the chunk with the usage
            return ""
        choice = chunk["choices"][0]
        self._finish = choice.get("finish_reason") or self._finish
        text = (choice.get("delta") or {}).get("content") or ""
        if not isinstance(text, str):
            raise TypeError
        return text

    def completed(self, prompt: Prompt) -> Completed:
        """Estimates the token counts if the server did not send them."""
        truncated = self._finish in TRUNCATED_REASONS
        if self._usage:
            return Completed(truncated, *self._usage)
        prompt_tokens = count_tokens(prompt.system) + count_tokens(prompt.user) + MESSAGE_TOKENS
        return Completed(truncated, prompt_tokens, count_tokens("".join(self._texts)))
