"""The service of the openai plugin. This module imports the SDK, so only `open` may import it."""

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, Collection, Sequence
from contextlib import aclosing
from typing import Final

from openai import APIStatusError, AsyncOpenAI, DefaultAioHttpClient, Timeout

from glossator.domain.errors import Unavailable
from glossator.domain.ports.chat_model import Completed, Delta, Prompt
from glossator.domain.ports.embedder import Embedded, EmbeddingSpace, Evidence, Purpose
from glossator.kernel.errors import ServiceError
from glossator.kernel.guards.guard import GuardOptions
from glossator.kernel.services import Services
from glossator.kernel.settings.setting import Settings
from glossator_plugins.openai import settings as names
from glossator_plugins.openai.chat import ChatCompletions, ChatOptions
from glossator_plugins.openai.client import NAME, GuardedOpenAIClient
from glossator_plugins.openai.embeddings import Embeddings
from glossator_plugins.openai.failures import SDK_ERRORS, OpenAIFailures
from glossator_plugins.openai.prices import prices_of
from glossator_plugins.openai.response_limits import PLAIN, limit_response
from glossator_plugins.openai.tokens import count_tokens

log = logging.getLogger(__name__)

SPACE: Final = "dense"
PROBE_TOKENS: Final = 20
JSON_TRIAL_TOKENS: Final = 100
TRIAL_SCHEMA: Final = {
    "type": "object",
    "properties": {"yes": {"type": "boolean"}},
    "required": ["yes"],
    "additionalProperties": False,
}
NO_KEY: Final = "none"  # the SDK requires a key even if the server does not
CONNECT_SECONDS: Final = 5.0
INGEST_CALLS: Final = 8
"""Each may hold a batch of vectors in memory."""
DEFAULT_DIMENSIONS: Final = {
    "text-embedding-3-small": 1536,
    "text-embedding-3-large": 3072,
    "text-embedding-ada-002": 1536,
}
UNSUPPORTED_STATUSES: Final = frozenset({403, 404, 405, 501})


def create_client(settings: Settings) -> AsyncOpenAI:
    """Loads the routes here, since that takes long at the first call."""
    silence_libraries()
    key = settings[names.API_KEY]
    timeout = settings[names.TIMEOUT]
    client = AsyncOpenAI(
        api_key=key.reveal() if key else NO_KEY,
        base_url=settings[names.BASE_URL] or names.DEFAULT_URL,
        timeout=Timeout(timeout, connect=min(timeout, CONNECT_SECONDS)),
        max_retries=0,  # the guard retries
        default_headers=PLAIN,
        http_client=DefaultAioHttpClient(event_hooks={"response": [limit_response]}),
    )
    _ = client.chat.completions, client.embeddings, client.models
    return client


def silence_libraries() -> None:
    """Their log records may hold addresses and headers."""
    for library in ("openai", "httpx2", "aiohttp"):
        logging.getLogger(library).setLevel(logging.WARNING)


class OpenAIService:
    """Embedder and ChatModel for one server."""

    def __init__(self, client: AsyncOpenAI, services: Services, settings: Settings) -> None:
        self._settings = settings
        self._prices = prices_of(settings)
        self._sdk = client
        timeout = settings[names.TIMEOUT]
        self._failures = OpenAIFailures(str(client.base_url), timeout)
        options = GuardOptions(
            concurrency=settings[names.CONCURRENCY],
            queue=settings[names.QUEUE],
            retries=settings[names.MAX_RETRIES],
            judge=self._failures.judge,
        )
        chat, embeddings = (
            GuardedOpenAIClient(client, services.guard(f"{NAME}.{kind}", options), self._failures, timeout)
            for kind in ("chat", "embeddings")
        )
        default = DEFAULT_DIMENSIONS.get(self.model)
        configured = settings[names.EMBEDDING_DIMENSION]
        self._dimension = configured or default
        self._dimension_error = ""
        self._structured = False
        self._embeddings = Embeddings(
            embeddings,
            self.model,
            dimensions=configured if configured != default else None,
            retries=settings[names.MAX_RETRIES],
        )
        self._chat = ChatCompletions(
            chat,
            self.chat_model,
            ChatOptions(
                stream_usage=settings[names.STREAM_USAGE],
                legacy_max_tokens=settings[names.LEGACY_MAX_TOKENS],
                temperature=settings[names.SEND_TEMPERATURE],
            ),
        )

    async def check(self) -> None:
        """Lists the models. A server without that route, or a key without that permission, also passes."""
        try:
            await self._sdk.models.with_raw_response.list()
        except SDK_ERRORS as error:
            if not isinstance(error, APIStatusError) or error.status_code not in UNSUPPORTED_STATUSES:
                raise ServiceError(self._failures.judge(error).reason) from None

    async def probe(self) -> None:
        """Asks for one short answer and one vector."""
        prompt = Prompt("Answer with one word.", "Is this a test?", max_tokens=PROBE_TOKENS, step="probe")
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._read(prompt))
                group.create_task(self._embeddings.embed(["book"]))
        except ExceptionGroup as errors:
            if errors.split(Unavailable)[1] is not None:
                raise
            raise ServiceError("; ".join(str(error) for error in errors.exceptions)) from None

    async def _read(self, prompt: Prompt) -> str:
        async with aclosing(self._chat.stream(prompt)) as events:
            return "".join([event.text async for event in events if isinstance(event, Delta)])

    async def detect_dimension(self) -> None:
        """Embeds one word if the model's dimension is unknown. `dimension` raises the error, if any.

        A server may have a chat model only, and embeddings may never be needed.
        """
        if self._dimension:
            return
        try:
            self._dimension = (await self._embeddings.embed(["book"]))[0].shape[1]
        except Unavailable as error:
            self._dimension_error = error.reason
            log.warning("embedding_model_unknown: %s: %s", self.model, error.reason)

    async def try_json_answers(self) -> None:
        """Asks for one tiny answer by a JSON schema, if the settings want such answers."""
        if not self._settings[names.JSON_ANSWERS]:
            return
        prompt = Prompt(
            "Answer by the schema.", "Is this a test?", JSON_TRIAL_TOKENS, schema=TRIAL_SCHEMA, step="probe"
        )
        try:
            self._structured = isinstance(json.loads(await self._read(prompt)), dict)
        except (Unavailable, ValueError) as error:
            log.warning("json_answers_unsupported: %s: answers are requested as text (%s)", self.chat_model, error)

    async def close(self) -> None:
        await self._sdk.close()

    @property
    def model(self) -> str:
        return self._settings[names.EMBEDDING_MODEL]

    @property
    def dimension(self) -> int:
        """Raises ServiceError when it could not be detected."""
        if not self._dimension:
            raise ServiceError(f"the embedding model {self.model} is unavailable: {self._dimension_error}")
        return self._dimension

    @property
    def spaces(self) -> tuple[EmbeddingSpace, ...]:
        """Raises ServiceError when the server does not say how long its vectors are."""
        weak = self._settings[names.EVIDENCE_WEAK]
        evidence = Evidence(none=self._settings[names.EVIDENCE_NONE], weak=weak, alone=weak)
        return (EmbeddingSpace(SPACE, self.model, self.dimension, evidence),)

    @property
    def usd_per_million_tokens(self) -> float:
        return self._prices.embedding

    @property
    def ingest_calls(self) -> int:
        """The guard gives an ingest half of the calls that may run at a time."""
        return max(1, min(INGEST_CALLS, self._settings[names.CONCURRENCY] // 2))

    def count_tokens(self, text: str) -> int:
        return count_tokens(text)

    async def embed(self, texts: Sequence[str], purpose: Purpose, spaces: Collection[str] | None = None) -> Embedded:
        """Questions and passages are the same to this model, but an ingest waits for readers."""
        if not texts or (spaces is not None and SPACE not in spaces):
            return Embedded({}, 0)
        vectors, tokens = await self._embeddings.embed(texts, self.dimension, purpose)
        return Embedded({SPACE: vectors}, tokens)

    @property
    def chat_model(self) -> str:
        return self._settings[names.MODEL]

    @property
    def generates(self) -> bool:
        return True

    @property
    def structured(self) -> bool:
        return self._structured

    @property
    def usd_per_million_chat_tokens(self) -> tuple[float, float]:
        return self._prices.prompt, self._prices.completion

    def stream(self, prompt: Prompt) -> AsyncGenerator[Delta | Completed, None]:
        return self._chat.stream(prompt)
