"""The port for embedding models. A plugin's adapter must pass the test suite of the port."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]
"""Embeddings of shape (n, dimension), each row of length 1. A single embedding has shape (dimension,)."""


@dataclass(frozen=True)
class Embedded:
    """Vectors of shape (n, dimension) in the order of the texts, and the number of tokens embedded."""

    vectors: Vectors
    tokens: int


@dataclass(frozen=True)
class Evidence:
    """Cosine thresholds of an embedding model: below `none` there is no evidence, below `weak` it is weak."""

    none: float
    weak: float


class Embedder(Protocol):
    """Turns texts into vectors. A `dimension` of 0 means that there is no model, so search uses words only."""

    @property
    def model(self) -> str: ...
    @property
    def dimension(self) -> int: ...
    @property
    def max_tokens(self) -> int:
        """Maximum length, in tokens, of a text that is embedded without truncation."""
        ...

    @property
    def evidence(self) -> Evidence: ...

    @property
    def usd_per_million_tokens(self) -> float: ...

    def count_tokens(self, text: str) -> int:
        """An upper bound of the tokens that the model will count."""
        ...

    async def embed(self, texts: Sequence[str]) -> Embedded:
        """Embeds any number of texts, batched within the provider's limits. Raises Unavailable."""
        ...
