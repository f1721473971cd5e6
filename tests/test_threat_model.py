"""SECURITY.md names the tests that defend each row of the threat model."""

import re
from functools import cache

import pytest

from tests.places import ROOT

ROWS = [line for line in (ROOT / "SECURITY.md").read_text("utf-8").splitlines() if re.match(r"\| (?!who|---)", line)]


@cache
def names_of_tests() -> set[str]:
    files = (ROOT / "tests").rglob("test_*.py")
    return {name for file in files for name in re.findall(r"^(?:async )?def (test_\w+)", file.read_text("utf-8"), re.M)}


def test_the_threat_model_has_rows() -> None:
    assert len(ROWS) > 10


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.split("|")[2].strip())
def test_every_row_names_tests_that_exist(row: str) -> None:
    named = set(re.findall(r"`(test_\w+)`", row))

    assert named
    assert named <= names_of_tests()
