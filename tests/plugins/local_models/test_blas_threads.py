"""One thread for numpy's matrix products."""

import subprocess
import sys

import pytest

NO_OPENBLAS = 77

CPU_OF_ALL_THREADS = """
import time
import numpy as np
from glossator_plugins.local_models.model_files import use_one_blas_thread

if not use_one_blas_thread():
    raise SystemExit(77)
matrix = np.ones((1500, 1500), np.float32)
whole, own = time.process_time(), time.thread_time()
for _ in range(10):
    matrix @ matrix
print((time.process_time() - whole) / (time.thread_time() - own))
"""


def test_matrix_products_use_one_thread() -> None:
    run = subprocess.run([sys.executable, "-c", CPU_OF_ALL_THREADS], check=False, capture_output=True, text=True)
    if run.returncode == NO_OPENBLAS:
        pytest.skip("this numpy does not bring OpenBLAS")
    assert run.returncode == 0, run.stderr
    assert float(run.stdout) < 1.2
