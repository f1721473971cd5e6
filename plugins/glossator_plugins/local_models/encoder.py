"""A BERT encoder in numpy (Devlin et al. 2019): mean pooling, vectors of length 1.

The pieces of all texts of a batch form one matrix; only attention works on one text at a time. So there is no padding
and no mask, and a text's vector does not depend on the other texts of its batch.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Pieces = npt.NDArray[np.intp]

DIMENSION: Final = 384
HEADS: Final = 12
HEAD_SIZE: Final = DIMENSION // HEADS
EPSILON: Final = 1e-12
# Rows of the widest matrix that stay in a processor's cache while GELU passes over them a dozen times.
ROWS_IN_CACHE: Final = 32


@dataclass(frozen=True)
class Norm:
    weight: Floats
    bias: Floats

    def __call__(self, x: Floats) -> Floats:
        centred: Floats = x - x.mean(axis=-1, keepdims=True)
        spread = np.sqrt(np.einsum("ij,ij->i", centred, centred) / DIMENSION + EPSILON)
        centred /= spread[:, None]
        centred *= self.weight
        centred += self.bias
        return centred


@dataclass(frozen=True)
class Linear:
    """`weight` has shape (inputs, outputs) and lies in that order: for a question's few rows that is a tenth faster."""

    weight: Floats
    bias: Floats

    @classmethod
    def stored(cls, weight: Floats, bias: Floats) -> "Linear":
        """From the file's own shape, (outputs, inputs)."""
        return cls(np.ascontiguousarray(weight.T), bias)

    def __call__(self, x: Floats) -> Floats:
        y: Floats = x @ self.weight
        y += self.bias
        return y


@dataclass(frozen=True)
class Layer:
    query_key_value: Linear
    attention_output: Linear
    attention_norm: Norm
    widen: Linear
    narrow: Linear
    norm: Norm

    def __call__(self, x: Floats, bounds: Sequence[tuple[int, int]]) -> Floats:
        """`bounds` are the first row of each text and the row after its last."""
        projected = self.query_key_value(x)
        attended = np.empty_like(x)
        for first, end in bounds:
            attended[first:end] = attention(projected[first:end])
        x = self.attention_norm(self.attention_output(attended) + x)
        wide = self.widen(x)
        for first in range(0, len(wide), ROWS_IN_CACHE):
            gelu(wide[first : first + ROWS_IN_CACHE])
        return self.norm(self.narrow(wide) + x)


@dataclass(frozen=True)
class Encoder:
    """`words` gives the embedding rows of pieces, shape (pieces, 384); `positions` includes the segment's vector."""

    words: Callable[[Pieces], Floats]
    positions: Floats
    norm: Norm
    layers: tuple[Layer, ...]

    def vectors(self, texts: Sequence[Sequence[int]]) -> Floats:
        """Shape (texts, 384), rows of length 1. Each text is 1 to 512 pieces; memory grows with their sum."""
        starts = [0, *accumulate(map(len, texts))]
        pieces = np.fromiter((piece for text in texts for piece in text), dtype=np.intp, count=starts[-1])
        places = np.concatenate([np.arange(len(text)) for text in texts])
        x = self.norm(self.words(pieces) + self.positions[places])
        for layer in self.layers:
            x = layer(x, list(pairwise(starts)))
        sums: Floats = np.add.reduceat(x, starts[:-1], axis=0)
        return unit(sums)


def projections(query: Linear, key: Linear, value: Linear) -> Linear:
    """Query, key and value side by side; the queries are scaled, so that attention need not do it."""
    scale = np.float32(HEAD_SIZE**-0.5)
    return Linear(
        np.concatenate([query.weight * scale, key.weight, value.weight], axis=1),
        np.concatenate([query.bias * scale, key.bias, value.bias]),
    )


def attention(projected: Floats) -> Floats:
    """One text's rows of queries, keys and values side by side; the queries are scaled already."""
    length = len(projected)
    query, key, value = projected.reshape(length, 3, HEADS, HEAD_SIZE).transpose(1, 2, 0, 3)
    weights: Floats = query @ key.transpose(0, 2, 1)
    weights -= weights.max(axis=-1, keepdims=True)
    np.exp(weights, out=weights)
    mixed: Floats = weights @ value
    mixed /= weights.sum(axis=-1, keepdims=True, dtype=np.float32)
    return mixed.transpose(1, 0, 2).reshape(length, DIMENSION)


def gelu(x: Floats) -> None:
    """In place: x times the normal distribution's share below x, to 4e-7.

    The error function is formula 7.1.26 of Abramowitz and Stegun, Handbook of Mathematical Functions (1964).
    """
    size = np.abs(x)
    z: Floats = size * np.float32(0.5**0.5)
    t: Floats = z * np.float32(0.3275911)
    t += 1
    np.reciprocal(t, out=t)
    tail: Floats = t * np.float32(1.061405429)
    for factor in (-1.453152027, 1.421413741, -0.284496736, 0.254829592):
        tail += np.float32(factor)
        tail *= t
    z *= -z
    tail *= np.exp(z, out=z)
    tail *= size
    tail *= np.float32(0.5)
    np.maximum(x, 0, out=x)
    x -= tail


def unit(rows: Floats) -> Floats:
    """The rows scaled to length 1."""
    lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows))
    scaled: Floats = rows / lengths[:, None]
    return scaled
