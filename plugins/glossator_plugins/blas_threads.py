"""numpy's matrix products in the calling thread alone.

Several threads of ours compute at the same time. OpenBLAS' own threads wait for each other in busy loops then: on a
busy machine with two cores a question took 30 times as long, and an ingest 4 times. OpenBLAS reads its environment
variable when numpy is imported, which is too early for us, and numpy has no call for it; hence its C function.
"""

import ctypes
import logging
from pathlib import Path
from typing import Final

import numpy as np

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
