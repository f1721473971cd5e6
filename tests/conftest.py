"""Fixtures that every test may ask for."""

import gc
from typing import Final

from hypothesis import settings

settings.register_profile("suite", deadline=None, derandomize=True)
settings.load_profile("suite")

gc.disable()
"""Until all tests are known. They and their modules stay: looking through them again takes a tenth of the CPU time."""

MAX_ID: Final = 100
"""Characters of a parameter in the name of its test. Each name is sent to each worker and into its environment."""

pytest_plugins = [
    "tests.databases",
    "tests.operators",
    "tests.forks",
    "tests.processes",
    "tests.production",
    "tests.third_party.installed",
    "tests.browser.chromium",
    "tests.better_auth.official_client",
    "tests.clients.workspace",
    "tests.web.all_routes.checked_client",
    "tests.virtual_time",
    "tests.cpu_minutes",
]


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """The name of a long parameter instead of its text; pytest numbers those of one name."""
    return argname if isinstance(val, str | bytes) and len(val) > MAX_ID else None
