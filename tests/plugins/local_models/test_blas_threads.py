"""One thread for numpy's matrix products."""

import subprocess
import sys

import pytest

NO_OPENBLAS = 77

CPU_PER_SECOND = """
import time
import numpy as np
from glossator_plugins.blas_threads import use_one_blas_thread

if not use_one_blas_thread():
    raise SystemExit(77)
matrix = np.ones((1500, 1500), np.float32)
began, cpu = time.perf_counter(), time.process_time()
for _ in range(10):
    matrix @ matrix
print((time.process_time() - cpu) / (time.perf_counter() - began))
"""


def test_matrix_products_use_one_processor() -> None:
    run = subprocess.run([sys.executable, "-c", CPU_PER_SECOND], check=False, capture_output=True, text=True)
    if run.returncode == NO_OPENBLAS:
        pytest.skip("this numpy does not bring OpenBLAS")
    assert run.returncode == 0, run.stderr
    assert float(run.stdout) < 1.2
