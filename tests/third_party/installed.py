"""Installs `glossator_lab` with pip, as a distribution that our own knows nothing of."""

import base64
import hashlib
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Final

import pytest

SOURCE: Final = Path(__file__).with_name("glossator_lab.py")
INFO: Final = "glossator_lab-1.0.dist-info"
FILES: Final = {
    f"{INFO}/METADATA": "Metadata-Version: 2.1\nName: glossator-lab\nVersion: 1.0\n",
    f"{INFO}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    f"{INFO}/entry_points.txt": "[glossator.plugins]\n"
    "stamp = glossator_lab:StampPlugin\nslow = glossator_lab:SlowPlugin\nlate = glossator_lab:LatePlugin\n"
    "broken = glossator_lab:BrokenPlugin\nrecords = glossator_lab:RecordsPlugin\n",
}


@pytest.fixture(scope="session")
def third_party(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The folder to put on PYTHONPATH."""
    folder = tmp_path_factory.mktemp("third-party")
    wheel = write_wheel(folder)
    offline = ["--no-index", "--no-deps", "--no-cache-dir", "--disable-pip-version-check", "--quiet"]
    target = folder / "site-packages"
    subprocess.run([sys.executable, "-m", "pip", "install", *offline, "--target", target, wheel], check=True)
    return str(target)


def write_wheel(folder: Path) -> Path:
    contents = {"glossator_lab.py": SOURCE.read_text("utf-8")} | FILES
    record = "".join(f"{name},sha256={digest(text)},{len(text.encode())}\n" for name, text in contents.items())
    wheel = folder / "glossator_lab-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, text in (contents | {f"{INFO}/RECORD": f"{record}{INFO}/RECORD,,\n"}).items():
            archive.writestr(name, text)
    return wheel


def digest(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")
