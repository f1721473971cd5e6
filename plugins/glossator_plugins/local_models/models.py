"""The models of this plugin: all-MiniLM-L6-v2 for English, multilingual-e5-small for every language."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Final

import numpy as np

from glossator.domain.ports.embedder import EmbeddingSpace, Evidence, Purpose
from glossator.kernel.errors import ServiceError
from glossator_plugins.local_models.e5 import load_e5
from glossator_plugins.local_models.embeddings import LocalModel
from glossator_plugins.local_models.encoder import DIMENSION, Floats
from glossator_plugins.local_models.minilm import load_minilm
from glossator_plugins.local_models.model_files import E5, MINILM, ModelPackage
from glossator_plugins.local_models.wordpiece import WordPiece

# Thresholds: see docs/evaluation.md. A question in Latin script is declined only when both models decline it.
MINILM_SPACE: Final = EmbeddingSpace(
    "dense", "all-MiniLM-L6-v2", DIMENSION, Evidence(none=0.2, weak=0.29, alone=0.29), latin_only=True
)
E5_SPACE: Final = EmbeddingSpace(
    "e5",
    "multilingual-e5-small-q4-centred-2",
    DIMENSION,
    Evidence(none=0.28, weak=0.39, alone=0.305, foreign=0.58, foreign_words=0.45),
    slow=True,
)
E5_PREFIXES: Final[dict[Purpose, str]] = {"question": "query:", "passage": "passage:", "book": "passage:"}
MEAN_FILE: Final = "e5_mean.txt"
# E5's cosines lie in a narrow band, which opens when a mean is subtracted. All of it costs recall in other languages.
MEAN_SHARE: Final = 0.8


def e5_mean() -> Floats:
    """A mean vector of shape (384,); `python -m tools.e5_mean` computes it."""
    text = (files("glossator_plugins.local_models") / MEAN_FILE).read_text(encoding="ascii")
    return np.array(text.split(), dtype=np.float32)


def minilm(weights: Path, vocabulary: Path) -> LocalModel:
    return LocalModel(MINILM_SPACE, load_minilm(weights), WordPiece.load(vocabulary), limit=256)


def e5(weights: Path, *, mean: Floats | None) -> LocalModel:
    encoder, tokenizer = load_e5(weights)
    return LocalModel(E5_SPACE, encoder, tokenizer, limit=512, prefixes=E5_PREFIXES, mean=mean)


LOADERS: Final[tuple[tuple[ModelPackage, Callable[..., LocalModel]], ...]] = (
    (MINILM, minilm),
    (E5, lambda weights: e5(weights, mean=MEAN_SHARE * e5_mean())),
)


def load_models(search_path: Sequence[str]) -> tuple[list[LocalModel], list[ModelPackage]]:
    """The installed models and the packages that are not installed. Reads about 160 MB. Raises ServiceError."""
    found = [(package, package.find(search_path)) for package, _ in LOADERS]
    loaded = [load_model(package, *paths) for package, paths in found if paths]
    return loaded, [package for package, paths in found if not paths]


@lru_cache(maxsize=len(LOADERS))
def load_model(package: ModelPackage, *paths: Path) -> LocalModel:
    """Loaded and verified once per process. Raises ServiceError."""
    package.verify(paths[0])
    try:
        return dict(LOADERS)[package](*paths)
    except (OSError, ValueError, KeyError):
        raise ServiceError(f"the files of {package.distribution} cannot be read - {package.reinstall}") from None
