"""What the domain needs from plugins. A plugin's adapter is accepted when it passes the suite of its port."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]
"""Embeddings: shape (n, dimension), each row of length 1. One embedding has shape (dimension,)."""


@dataclass(frozen=True)
class Embedded:
    """Vectors of shape (n, dimension) in the order of the texts, and what they cost in the model's own tokens."""

    vectors: Vectors
    tokens: int


@dataclass(frozen=True)
class Evidence:
    """Cosines of one embedding model: below `none` no passage is about the question, below `weak` it may not be."""

    none: float
    weak: float


class Embedder(Protocol):
    """Turns texts into vectors. A `dimension` of 0 means: there is no model, search by words alone."""

    @property
    def model(self) -> str: ...
    @property
    def dimension(self) -> int: ...
    @property
    def max_tokens(self) -> int:
        """The longest text, in this model's tokens, that is embedded whole."""
        ...

    @property
    def evidence(self) -> Evidence: ...

    @property
    def usd_per_million_tokens(self) -> float: ...

    def count_tokens(self, text: str) -> int:
        """Never less than the model will count."""
        ...

    async def embed(self, texts: Sequence[str]) -> Embedded:
        """Any number of texts, split into requests within the provider's limits. Raises Unavailable."""
        ...
