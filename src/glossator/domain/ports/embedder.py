"""What the domain needs from an embedding model. Every adapter passes the suite of its port."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]
"""Embeddings: shape (n, dimension), each row of length 1. One embedding has shape (dimension,)."""

Purpose = Literal["question", "passage", "book"]
"""`book`: passages of an ingest, which wait for the calls of readers."""


@dataclass(frozen=True)
class Evidence:
    """Thresholds of one space, as cosines of a question and the best passage.

    Below `none` the book does not answer; below `weak` it may not. `alone` takes the place of `weak` for a question
    that no other space serves. `foreign` does where question and passages share a language other than English: a model
    that read mostly English finds any two texts in it alike. `foreign_words` is lower, for a passage that also has half
    of the question's words.
    """

    none: float
    weak: float
    alone: float
    foreign: float | None = None
    foreign_words: float | None = None


@dataclass(frozen=True)
class EmbeddingSpace:
    """One vector space of an embedder; `name` is the named vector of the index.

    Another `model` makes vectors that cannot be compared, so the name includes everything that shapes them. A space
    that is `latin_only` serves questions in Latin script alone. A `slow` space is filled after the others.
    """

    name: str
    model: str
    dimension: int
    evidence: Evidence
    latin_only: bool = False
    slow: bool = False


@dataclass(frozen=True)
class Embedded:
    """By name of the space, vectors of shape (n, dimension) in the order of the texts; `tokens` is what they cost."""

    vectors: Mapping[str, Vectors]
    tokens: int


class Embedder(Protocol):
    """Turns texts into vectors, in one space or several. Without a space the book is searched by words alone."""

    @property
    def spaces(self) -> tuple[EmbeddingSpace, ...]: ...

    @property
    def usd_per_million_tokens(self) -> float: ...

    def count_tokens(self, text: str) -> int:
        """An upper bound of what the models count, all spaces together."""
        ...

    async def embed(self, texts: Sequence[str], purpose: Purpose, spaces: Collection[str] | None = None) -> Embedded:
        """Any number of texts, in the named spaces or in all. A text over a model's limit is never cut silently.

        Raises Unavailable.
        """
        ...


@runtime_checkable
class Concurrent(Protocol):
    """An optional part of an embedder: how many calls an ingest may begin before it needs the first result."""

    @property
    def ingest_calls(self) -> int: ...


class Reranker(Protocol):
    """Judges passages against a question, more carefully than the index does. Optional: no bundled plugin has one."""

    async def scores(self, question: str, passages: Sequence[str]) -> Sequence[float]:
        """One score from 0 to 1 for each passage, in their order. Raises Unavailable."""
        ...
