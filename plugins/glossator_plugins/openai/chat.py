"""Streams answers from the chat completions route.

The SDK sends the request, reads the events and classifies the errors. The chunks stay plain JSON: building the SDK's
models costs three times as much CPU as the rest of an answer.
"""

import asyncio
import json
import math
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Any, Final

from openai import AsyncStream

from glossator.domain.clock import StepTimer
from glossator.domain.errors import Unavailable
from glossator.domain.ports.chat_model import Completed, Delta, Prompt
from glossator.kernel.errors import DeadlineExceeded
from glossator.kernel.guards.call import Countdown
from glossator.kernel.spans import Span
from glossator_plugins.openai.client import NAME, GuardedOpenAIClient, gen_ai_operation, trace_options
from glossator_plugins.openai.tokens import count_tokens, replace_surrogates

MESSAGE_TOKENS: Final = 8
CUT: Final = "length"
TRUNCATED_REASONS: Final = frozenset({CUT, "content_filter"})
GAP_SECONDS: Final = 10.0
ANSWER_SECONDS: Final = 600.0
"""For an operator's work, which has no deadline of its own."""
CHUNKS_PER_TOKEN: Final = 4
CHARACTERS_PER_TOKEN: Final = 16
SPARE: Final = 256
CHUNKS_PER_TURN: Final = 8
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
        """The timeout applies to the first piece, and at most GAP_SECONDS to each further piece."""
        operation = gen_ai_operation("chat", self._model, prompt.step)
        async with self._client.steps(operation) as call, AsyncExitStack() as stack:
            record_prompt(call.span, prompt)
            answer, text = await call.run(partial(self._begin, prompt, stack), self._client.timeout)
            call.span.set("gen_ai.response.time_to_first_chunk", call.answer_seconds or 0.0)
            gap = GapTimer(min(self._client.timeout, GAP_SECONDS))
            stack.callback(gap.stop)
            while text:
                yield Delta(text)
                with gap:
                    text = await answer.next_text()
            completed = answer.completed(prompt)
            answer.record(call.span, completed)
        yield completed

    async def _begin(self, prompt: Prompt, stack: AsyncExitStack) -> tuple["StreamedAnswer", str]:
        """The stream and its first text; `stack` closes it later."""
        async with AsyncExitStack() as attempt:
            answer = StreamedAnswer(await attempt.enter_async_context(await self._request(prompt)), prompt.max_tokens)
            text = await answer.next_text()
            stack.push_async_exit(attempt.pop_all())
            return answer, text

    async def _request(self, prompt: Prompt) -> AsyncStream[object]:
        return await self._client.sdk.post(
            "/chat/completions",
            body=self._body(prompt),
            cast_to=object,
            stream=True,
            stream_cls=AsyncStream[object],
            options=trace_options(),
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


def record_prompt(span: Span, prompt: Prompt) -> None:
    span.set("gen_ai.request.max_tokens", prompt.max_tokens)
    if span.records_content:
        parts = [{"type": "text", "content": prompt.user}]
        span.set("gen_ai.input.messages", json.dumps([{"role": "user", "parts": parts}]))


class GapTimer(StepTimer):
    """Limits each wait for a text, not counting the time for which our own event loop was late."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._seconds = seconds
        self._countdown = Countdown(math.inf, self.expire)

    def __enter__(self) -> None:
        self._countdown.restart(self._seconds)
        super().__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._countdown.restart(math.inf)
        try:
            super().__exit__(kind, error, trace)
        except TimeoutError:
            raise DeadlineExceeded(self._seconds) from None

    def stop(self) -> None:
        self._countdown.stop()


class StreamedAnswer:
    """A stream, and the part of it that has been read. Its length is limited, whatever the server sends."""

    def __init__(self, chunks: AsyncStream[object], max_tokens: int) -> None:
        self._chunks = chunks
        self._limits = (CHUNKS_PER_TOKEN * max_tokens + SPARE, CHARACTERS_PER_TOKEN * max_tokens + SPARE)
        self._time = asyncio.get_running_loop().time
        self._ends_at = self._time() + ANSWER_SECONDS
        self._count = 0
        self._characters = 0
        self._texts: list[str] = []
        self._finish = ""
        self._usage: tuple[int, int] | None = None

    async def next_text(self) -> str:
        """The next piece, or "" at the end. Raises Unavailable when the stream ends without a finish reason."""
        while self._has_room() and (chunk := await anext(self._chunks, END)) is not END:
            self._count += 1
            if self._count % CHUNKS_PER_TURN == 0:  # a fast server always has data, so reading it never waits
                await asyncio.sleep(0)
            try:
                text = self._read(chunk)
            except (AttributeError, KeyError, TypeError, ValueError):
                raise Unavailable(NAME, "the response is not a chat completion - check OPENAI_BASE_URL") from None
            if text:
                self._texts.append(text)
                self._characters += len(text)
                return text
        if not self._finish:
            raise Unavailable(NAME, "the answer ended early")
        return ""

    def _has_room(self) -> bool:
        """An answer beyond the limits ends as if it had reached its token limit."""
        chunks, characters = self._limits
        if self._time() < self._ends_at and self._count < chunks and self._characters < characters:
            return True
        self._finish = CUT
        return False

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

    def record(self, span: Span, completed: Completed) -> None:
        span.set("gen_ai.usage.input_tokens", completed.prompt_tokens)
        span.set("gen_ai.usage.output_tokens", completed.completion_tokens)
        span.set("gen_ai.response.finish_reasons", (self._finish,))
        if span.records_content:
            parts = [{"type": "text", "content": "".join(self._texts)}]
            answer = {"role": "assistant", "parts": parts, "finish_reason": self._finish}
            span.set("gen_ai.output.messages", json.dumps([answer]))

    def completed(self, prompt: Prompt) -> Completed:
        """Estimates the token counts if the server did not send them."""
        truncated = self._finish in TRUNCATED_REASONS
        if self._usage:
            return Completed(truncated, *self._usage)
        prompt_tokens = count_tokens(prompt.system) + count_tokens(prompt.user) + MESSAGE_TOKENS
        return Completed(truncated, prompt_tokens, count_tokens("".join(self._texts)))
