"""Vectors from the embeddings route."""

import base64
import logging
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
from openai import omit

from glossator.domain.errors import Unavailable
from glossator.domain.ports.embedder import Embedded, Vectors
from glossator_plugins.openai.client import NAME, Upstream
from glossator_plugins.openai.tokens import count_tokens, sendable, shortened

if TYPE_CHECKING:
    from openai.types import CreateEmbeddingResponse

log = logging.getLogger(__name__)

MAX_INPUT_TOKENS: Final = 8192
MAX_REQUEST_TOKENS: Final = 300_000
MAX_INPUTS: Final = 512  # the limit is 2048, but reading such an answer would hold up everything else that runs


ADVICE: Final = "check OPENAI__EMBEDDING_DIMENSION and OPENAI_EMBEDDING_MODEL"


class Embeddings:
    """`asked` is the vectors' length if it is not to be the model's own."""

    def __init__(self, upstream: Upstream, model: str, *, asked: int | None, retries: int) -> None:
        self._upstream = upstream
        self._model = model
        self._asked = asked
        self._patience = upstream.seconds * (retries + 1)

    async def embed(self, texts: Sequence[str], dimension: int = 0) -> Embedded:
        """At least one text; a `dimension` of 0 takes vectors of any length.

        A single text is a reader's question; several are a book's, which may wait for every repetition.
        """
        deadline = self._upstream.seconds if len(texts) == 1 else self._patience
        inputs = [acceptable(text) for text in texts]
        answers = [await self._request(batch, deadline, dimension) for batch in batches(inputs)]
        return Embedded(np.concatenate([answer.vectors for answer in answers]), sum(a.tokens for a in answers))

    async def _request(self, inputs: list[str], deadline: float, dimension: int) -> Embedded:
        async with self._upstream.call(deadline):
            response = await self._upstream.client.embeddings.create(
                model=self._model,
                input=inputs,
                dimensions=self._asked or omit,
                encoding_format="base64",  # said aloud, the SDK leaves the decoding to us: no list of floats is made
            )
            vectors = read_vectors(response, len(inputs))
            if dimension and vectors.shape[1] != dimension:
                raise Unavailable(NAME, f"vectors of {vectors.shape[1]} numbers came, not of {dimension} - {ADVICE}")
        usage = response.usage
        return Embedded(vectors, usage.total_tokens if usage else sum(map(count_tokens, inputs)))


def acceptable(text: str) -> str:
    """An empty input is refused, a too long one too."""
    whole = sendable(text)
    cut = shortened(whole, MAX_INPUT_TOKENS)
    if len(cut) < len(whole):
        log.warning("embedding_input_cut: %s of %s characters were embedded", len(cut), len(whole))
    return cut or " "


def batches(inputs: Sequence[str]) -> Iterator[list[str]]:
    """Cut where the next input would pass one of a request's limits."""
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


def read_vectors(response: "CreateEmbeddingResponse", expected: int) -> Vectors:
    """Rows in the order of the inputs, each of length 1."""
    try:
        rows = [floats(entry.embedding) for entry in sorted(response.data, key=lambda entry: entry.index)]
        vectors = np.stack(rows)
    except (AttributeError, TypeError, ValueError):
        raise Unavailable(NAME, "the answer holds no embeddings that can be read - check OPENAI_BASE_URL") from None
    if len(vectors) != expected:
        raise Unavailable(NAME, f"{len(vectors)} embeddings came for {expected} texts")
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    normalised: Vectors = vectors / np.maximum(lengths, np.finfo(np.float32).tiny)
    return normalised


def floats(embedding: object) -> Vectors:
    """Servers that do not know base64 send numbers all the same."""
    if isinstance(embedding, str):
        return np.frombuffer(base64.b64decode(embedding), dtype="<f4").astype(np.float32)
    return np.asarray(embedding, dtype=np.float32)
