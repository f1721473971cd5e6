"""The weights of all-MiniLM-L6-v2, read from a safetensors file: 6 layers, English."""

import json
from pathlib import Path
from typing import Final

import numpy as np

from glossator_plugins.local_models.encoder import Encoder, Floats, Layer, Linear, Norm, projections

LAYERS: Final = 6
WORDS: Final = "embeddings.word_embeddings.weight"


def load_minilm(path: Path) -> Encoder:
    """Raises OSError, or ValueError when the file is not a safetensors file with this model's tensors."""
    try:
        # Mapped a second time: the first map, of which 40 MB were read, is released.
        return assemble(read_tensors(path), read_tensors(path)[WORDS])
    except KeyError as missing:
        raise ValueError(f"the weights have no tensor {missing}") from None


def read_tensors(path: Path) -> dict[str, Floats]:
    """The float32 tensors of a safetensors file, mapped: a tensor is read when it is used.

    The format is 8 bytes with the header's length, the header in JSON, the data. Raises ValueError for other files.
    """
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if length > path.stat().st_size:
            raise ValueError("not a safetensors file")
        header = json.loads(file.read(length))
    data = np.memmap(path, dtype=np.uint8, mode="r", offset=8 + length)
    return {
        name: data[slice(*entry["data_offsets"])].view(np.float32).reshape(entry["shape"])
        for name, entry in header.items()
        if entry.get("dtype") == "F32"
    }


def assemble(tensors: dict[str, Floats], words: Floats) -> Encoder:
    """Raises KeyError with the name of a missing tensor."""
    # Every piece belongs to the first segment, so its vector is added to the positions once.
    positions = tensors["embeddings.position_embeddings.weight"] + tensors["embeddings.token_type_embeddings.weight"][0]
    layers = tuple(assemble_layer(tensors, f"encoder.layer.{number}") for number in range(LAYERS))
    return Encoder(words.__getitem__, positions, norm_of(tensors, "embeddings.LayerNorm"), layers)


def assemble_layer(tensors: dict[str, Floats], name: str) -> Layer:
    query, key, value = (linear_of(tensors, f"{name}.attention.self.{part}") for part in ("query", "key", "value"))
    return Layer(
        projections(query, key, value),
        linear_of(tensors, f"{name}.attention.output.dense"),
        norm_of(tensors, f"{name}.attention.output.LayerNorm"),
        linear_of(tensors, f"{name}.intermediate.dense"),
        linear_of(tensors, f"{name}.output.dense"),
        norm_of(tensors, f"{name}.output.LayerNorm"),
    )


def linear_of(tensors: dict[str, Floats], name: str) -> Linear:
    return Linear.stored(tensors[f"{name}.weight"], tensors[f"{name}.bias"].copy())


def norm_of(tensors: dict[str, Floats], name: str) -> Norm:
    return Norm(tensors[f"{name}.weight"].copy(), tensors[f"{name}.bias"].copy())
