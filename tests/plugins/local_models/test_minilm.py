"""The network: parts against their definitions, the whole against invariants and meaning."""

import json
import math
import sys
from pathlib import Path

import numpy as np
import pytest

from glossator_plugins.local_models.encoder import DIMENSION, Encoder, Floats, Norm, attention, gelu, unit
from glossator_plugins.local_models.minilm import load_minilm, read_tensors
from glossator_plugins.local_models.model_files import MINILM
from glossator_plugins.local_models.wordpiece import WordPiece

Model = tuple[Encoder, WordPiece]

# From a plain forward pass in double precision, with the exact error function.
REFERENCE_TEXT = "This is an example sentence"
REFERENCE = [0.0676569, 0.0634959, 0.0487131, 0.079305, 0.0374481, 0.0026528, 0.039375, -0.0070985]


@pytest.fixture(scope="module")
def model() -> Model:
    paths = MINILM.find(sys.path)
    assert paths is not None
    return load_minilm(paths[0]), WordPiece.load(paths[1])


def vectors(model: Model, *texts: str) -> Floats:
    network, tokenizer = model
    return network.vectors([[tokenizer.start, *tokenizer.pieces(text), tokenizer.end] for text in texts])


def write_safetensors(path: Path, tensors: dict[str, Floats]) -> None:
    header: dict[str, object] = {"__metadata__": {"format": "pt"}}
    at = 0
    for name, tensor in tensors.items():
        header[name] = {"dtype": "F32", "shape": tensor.shape, "data_offsets": [at, at + tensor.nbytes]}
        at += tensor.nbytes
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + b"".join(one.tobytes() for one in tensors.values()))


def test_gelu_follows_the_error_function() -> None:
    x = np.linspace(-12, 12, 24001, dtype=np.float32)
    exact = [value * 0.5 * (1 + math.erf(value / math.sqrt(2))) for value in x.tolist()]
    gelu(x)
    assert np.abs(x - np.array(exact)).max() < 1e-6


def test_norm_gives_mean_zero_and_spread_one() -> None:
    rows = np.random.default_rng(7).normal(3, 5, (4, DIMENSION)).astype(np.float32)
    ones, zeros = np.ones(DIMENSION, np.float32), np.zeros(DIMENSION, np.float32)
    result = Norm(ones, zeros)(rows)
    assert np.allclose(result.mean(axis=1), 0, atol=1e-6)
    assert np.allclose(result.std(axis=1), 1, atol=1e-5)


def test_attention_of_equal_keys_is_the_mean_of_the_values() -> None:
    rows = np.zeros((5, 3 * DIMENSION), np.float32)
    values = np.random.default_rng(7).normal(size=(5, DIMENSION)).astype(np.float32)
    rows[:, 2 * DIMENSION :] = values
    assert np.allclose(attention(rows), values.mean(axis=0), atol=1e-6)


def test_unit_keeps_directions() -> None:
    assert np.allclose(unit(np.array([[3, 4], [0, 2]], np.float32)), np.array([[0.6, 0.8], [0, 1]]))


def test_a_vector_is_the_stored_one(model: Model) -> None:
    [vector] = vectors(model, REFERENCE_TEXT)
    assert np.allclose(vector[: len(REFERENCE)], REFERENCE, atol=1e-5)


def test_a_vector_does_not_depend_on_the_batch(model: Model) -> None:
    texts = ["One word.", "How are passages found? " * 12, "", "Reciprocal rank fusion adds up places."]
    together = vectors(model, *texts)
    alone = np.concatenate([vectors(model, text) for text in texts])
    assert np.abs(together - alone).max() < 1e-5


def test_case_and_accents_do_not_matter_but_word_order_does(model: Model) -> None:
    first, second, third = vectors(model, "A dog bites a man", "á DOG bites à Man", "A man bites a dog")
    assert np.allclose(first, second, atol=1e-6)
    assert first @ third < 0.99


@pytest.mark.parametrize(
    ("text", "paraphrase", "other"),
    [
        ("How do I mount static files?", "Serving files from a directory", "The cat sat on the mat"),
        ("The weather is lovely today.", "It's so sunny outside!", "He drove to the stadium."),
        ("Close the database connection", "Hang up on the data store when stopping", "Paint the fence green"),
        ("Why was my question refused?", "Reasons for declining to answer", "How many calories has an apple?"),
    ],
)
def test_a_paraphrase_is_nearer_than_another_text(model: Model, text: str, paraphrase: str, other: str) -> None:
    first, second, third = vectors(model, text, paraphrase, other)
    assert first @ second > first @ third + 0.15


def test_a_tensor_is_read_as_it_was_written(tmp_path: Path) -> None:
    tensor = np.arange(12, dtype=np.float32).reshape(3, 4)
    write_safetensors(tmp_path / "some.safetensors", {"first": tensor, "second": -tensor})
    read = read_tensors(tmp_path / "some.safetensors")
    assert np.array_equal(read["first"], tensor)
    assert np.array_equal(read["second"], -tensor)


@pytest.mark.parametrize("content", [b"", b"\xff" * 100, b"\x02\0\0\0\0\0\0\0{}", b"\x04\0\0\0\0\0\0\0nope"])
def test_a_file_of_another_kind_is_a_value_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "some.safetensors").write_bytes(content)
    with pytest.raises(ValueError):  # noqa: PT011 - several readers have their own text
        load_minilm(tmp_path / "some.safetensors")


def test_a_missing_tensor_is_named(tmp_path: Path) -> None:
    write_safetensors(tmp_path / "some.safetensors", {"first": np.ones((2, 2), np.float32)})
    with pytest.raises(ValueError, match=r"embeddings\.word_embeddings\.weight"):
        load_minilm(tmp_path / "some.safetensors")
