"""What the openai plugin yields. The SDK is imported with this module, so only `open` imports it."""

import logging
from collections.abc import AsyncGenerator, Sequence
from typing import Final

import numpy as np
from openai import APIStatusError, AsyncOpenAI, Timeout

from glossator.domain.errors import Unavailable
from glossator.domain.ports.chat_model import Completed, Delta, Prompt
from glossator.domain.ports.embedder import Embedded, Evidence
from glossator.kernel.errors import ServiceError
from glossator.kernel.guard import Guard
from glossator.kernel.settings.setting import Settings
from glossator_plugins.openai import settings as names
from glossator_plugins.openai.chat import Chat, Dialect
from glossator_plugins.openai.client import FAILURES, Upstream
from glossator_plugins.openai.embeddings import MAX_INPUT_TOKENS, Embeddings
from glossator_plugins.openai.tokens import count_tokens

log = logging.getLogger(__name__)

NO_KEY: Final = "none"  # the SDK insists on a key where the server does not
CONNECT_SECONDS: Final = 5.0
OWN_DIMENSIONS: Final = {
    "text-embedding-3-small": 1536,
    "text-embedding-3-large": 3072,
    "text-embedding-ada-002": 1536,
}
NOT_OFFERED: Final = frozenset({403, 404, 405, 501})


def connect(settings: Settings) -> AsyncOpenAI:
    """A client with its routes loaded; slow at the first call, and safe in a thread."""
    quiet()
    key = settings[names.API_KEY]
    seconds = settings[names.TIMEOUT]
    client = AsyncOpenAI(
        api_key=key.reveal() if key else NO_KEY,
        base_url=settings[names.BASE_URL] or names.VENDOR_URL,
        timeout=Timeout(seconds, connect=min(seconds, CONNECT_SECONDS)),
        max_retries=settings[names.MAX_RETRIES],
    )
    _ = client.chat.completions, client.embeddings, client.models
    return client


def quiet() -> None:
    """The libraries' own logs may hold addresses and headers."""
    for library in ("openai", "httpx2", "httpcore2"):
        logging.getLogger(library).setLevel(logging.WARNING)


class OpenAIService:
    """Embedder and ChatModel of one server."""

    def __init__(self, client: AsyncOpenAI, guard: Guard, settings: Settings) -> None:
        self._settings = settings
        self._upstream = Upstream(client, guard, settings[names.TIMEOUT])
        own = OWN_DIMENSIONS.get(self.model)
        wanted = settings[names.EMBEDDING_DIMENSION]
        self._dimension = wanted or own
        self._dimension_fault = ""
        self._embeddings = Embeddings(
            self._upstream,
            self.model,
            asked=wanted if wanted != own else None,
            retries=settings[names.MAX_RETRIES],
        )
        self._chat = Chat(
            self._upstream,
            self.chat_model,
            Dialect(
                stream_usage=settings[names.STREAM_USAGE],
                legacy_max_tokens=settings[names.LEGACY_MAX_TOKENS],
                temperature=settings[names.SEND_TEMPERATURE],
            ),
        )

    async def check(self) -> None:
        """Lists the models. A server without that route, or a key that may not list, has answered all the same."""
        try:
            await self._upstream.client.models.with_raw_response.list()
        except APIStatusError as error:
            if error.status_code not in NOT_OFFERED:
                raise ServiceError(self._upstream.reason(error, self._upstream.seconds)) from None
        except FAILURES as error:
            raise ServiceError(self._upstream.reason(error, self._upstream.seconds)) from None

    async def learn_dimension(self) -> None:
        """Embeds one word if the model's dimension is not known; a failure is kept until somebody asks for it.

        A server that serves only the chat may have no embeddings, and nobody may need them.
        """
        if self._dimension:
            return
        try:
            self._dimension = (await self._embeddings.embed(["book"])).vectors.shape[1]
        except Unavailable as error:
            self._dimension_fault = error.reason
            log.warning("embedding_model_unknown: %s: %s", self.model, error.reason)

    async def close(self) -> None:
        await self._upstream.client.close()

    @property
    def model(self) -> str:
        return self._settings[names.EMBEDDING_MODEL]

    @property
    def dimension(self) -> int:
        """Raises ServiceError when the server would not tell it."""
        if not self._dimension:
            raise ServiceError(f"the embedding model {self.model} does not answer: {self._dimension_fault}")
        return self._dimension

    @property
    def max_tokens(self) -> int:
        return MAX_INPUT_TOKENS

    @property
    def evidence(self) -> Evidence:
        return Evidence(none=self._settings[names.EVIDENCE_NONE], weak=self._settings[names.EVIDENCE_WEAK])

    @property
    def usd_per_million_tokens(self) -> float:
        return self._settings[names.EMBEDDING_PRICE]

    def count_tokens(self, text: str) -> int:
        return count_tokens(text)

    async def embed(self, texts: Sequence[str]) -> Embedded:
        if not texts:
            return Embedded(np.zeros((0, self.dimension), dtype=np.float32), 0)
        return await self._embeddings.embed(texts, self.dimension)

    @property
    def chat_model(self) -> str:
        return self._settings[names.MODEL]

    @property
    def generates(self) -> bool:
        return True

    @property
    def usd_per_million_chat_tokens(self) -> tuple[float, float]:
        return self._settings[names.PROMPT_PRICE], self._settings[names.COMPLETION_PRICE]

    def stream(self, prompt: Prompt) -> AsyncGenerator[Delta | Completed, None]:
        return self._chat.stream(prompt)
