"""Vectors from the embeddings route."""

import binascii
import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from operator import itemgetter
from typing import Any, Final

import numpy as np

from glossator.domain.errors import Unavailable
from glossator.domain.ports.embedder import Purpose, Vectors
from glossator.kernel.guards.call import PATIENCE_SECONDS
from glossator_plugins.openai.client import NAME, GuardedOpenAIClient, gen_ai_operation, trace_options
from glossator_plugins.openai.tokens import count_tokens, most_tokens, replace_surrogates, truncate

log = logging.getLogger(__name__)

MAX_INPUT_TOKENS: Final = 8192
MAX_REQUEST_TOKENS: Final = 300_000
MAX_INPUTS: Final = 512  # the API allows 2048, but parsing so large a response would block the event loop
INGEST_PATIENCE: Final = 60.0
"""Seconds that an ingest waits if the server asks for it."""
NO_EMBEDDINGS: Final = "the response holds no valid embeddings - check OPENAI_BASE_URL"
HINT: Final = "check OPENAI__EMBEDDING_DIMENSION and OPENAI_EMBEDDING_MODEL"


class Embeddings:
    """`dimensions` is None for the model's own vector length."""

    def __init__(self, client: GuardedOpenAIClient, model: str, *, dimensions: int | None, retries: int) -> None:
        self._client = client
        self._model = model
        self._dimensions = dimensions
        self._operation = gen_ai_operation("embeddings", model)
        self._ingest_limits = ((client.timeout + INGEST_PATIENCE) * (retries + 1), INGEST_PATIENCE)

    async def embed(
        self, texts: Sequence[str], dimension: int = 0, purpose: Purpose = "question"
    ) -> tuple[Vectors, int]:
        """Vectors of at least one text, and the tokens that they cost; a `dimension` of 0 accepts any length.

        Passages of a book may wait for every retry and for the server's rate limit, a reader's question may not.
        """
        inputs = [prepare_input(text) for text in texts]
        answers = [await self._embed(batch, dimension, purpose) for batch in batches(inputs)]
        return np.concatenate([vectors for vectors, _ in answers]), sum(tokens for _, tokens in answers)

    async def _embed(self, batch: list[str], dimension: int, purpose: Purpose) -> tuple[Vectors, int]:
        reader_limits = (self._client.timeout, PATIENCE_SECONDS)
        deadline, patience = reader_limits if purpose == "question" else self._ingest_limits
        async with self._client.steps(self._operation, background=purpose == "book") as call:
            vectors, tokens = await call.run(partial(self._request, batch, dimension), deadline, patience=patience)
            call.span.set("gen_ai.usage.input_tokens", tokens)
            return vectors, tokens

    async def _request(self, inputs: list[str], dimension: int) -> tuple[Vectors, int]:
        body: dict[str, object] = {"model": self._model, "input": inputs, "encoding_format": "base64"}
        if self._dimensions:
            body["dimensions"] = self._dimensions
        response = read_response(
            await self._client.sdk.post("/embeddings", body=body, cast_to=bytes, options=trace_options())
        )
        vectors = read_vectors(response, len(inputs))
        if dimension and vectors.shape[1] != dimension:
            raise Unavailable(NAME, f"the vectors have {vectors.shape[1]} dimensions instead of {dimension} - {HINT}")
        return vectors, read_tokens(response) or sum(map(count_tokens, inputs))


def prepare_input(text: str) -> str:
    """The API rejects an input that is empty or too long."""
    whole = replace_surrogates(text)
    truncated = truncate(whole, MAX_INPUT_TOKENS)
    if len(truncated) < len(whole):
        log.warning("embedding_input_cut: only %s of %s characters are embedded", len(truncated), len(whole))
    return truncated or " "


def batches(inputs: Sequence[str]) -> Iterator[list[str]]:
    """Starts a new batch where the next input would exceed a limit of the API."""
    if 0 < len(inputs) <= MAX_INPUTS and sum(map(most_tokens, inputs)) <= MAX_REQUEST_TOKENS:
        yield [*inputs]  # without counting, which takes longer than the request
        return
    batch: list[str] = []
    tokens = 0
    for text in inputs:
        count = count_tokens(text)
        if batch and (len(batch) == MAX_INPUTS or tokens + count > MAX_REQUEST_TOKENS):
            yield batch
            batch, tokens = [], 0
        batch.append(text)
        tokens += count
    if batch:
        yield batch


def read_response(body: bytes) -> dict[str, Any]:
    """Without the SDK's models, which cost as much CPU as the request. Raises Unavailable."""
    try:
        response = json.loads(body)
    except ValueError:
        response = None
    if not isinstance(response, dict):
        raise Unavailable(NAME, NO_EMBEDDINGS)
    return response


def read_tokens(response: Mapping[str, Any]) -> int:
    """0 if the server did not count."""
    usage = response.get("usage")
    tokens = usage.get("total_tokens") if isinstance(usage, dict) else None
    return tokens if isinstance(tokens, int) else 0


def read_vectors(response: Mapping[str, Any], expected: int) -> Vectors:
    """Rows in the order of the inputs, each of length 1. Raises Unavailable."""
    try:
        entries = sorted(response["data"], key=itemgetter("index"))
        vectors = np.stack([decode_embedding(entry["embedding"]) for entry in entries])
    except (KeyError, TypeError, ValueError):
        raise Unavailable(NAME, NO_EMBEDDINGS) from None
    if len(vectors) != expected:
        raise Unavailable(NAME, f"the server sent {len(vectors)} embeddings for {expected} texts")
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not (np.isfinite(lengths) & (lengths > 0)).all():
        raise Unavailable(NAME, "the server sent an embedding without a direction (zeros or no numbers)")
    normalised: Vectors = vectors / lengths
    return normalised


def decode_embedding(embedding: object) -> Vectors:
    """Servers without support for base64 send numbers."""
    if isinstance(embedding, str):
        return np.frombuffer(binascii.a2b_base64(embedding), dtype="<f4").astype(np.float32, copy=False)
    return np.asarray(embedding, dtype=np.float32)
