"""Real accounts cost money, so these tests are collected only by `pytest -m live tests/live` (`make test-live`)."""

from pathlib import Path

import pytest

from tests.live import price

MARK = "live"


def is_live_run(config: pytest.Config) -> bool:
    return bool(config.getoption("markexpr") == MARK)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", f"{MARK}: works on the accounts that the environment names")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    return None if is_live_run(config) else True


def pytest_report_header(config: pytest.Config) -> list[str]:
    return list(price.price_lines()) if is_live_run(config) else []
