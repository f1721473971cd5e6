"""Fixtures that every test may ask for."""

import gc

from hypothesis import settings

settings.register_profile("suite", deadline=None, derandomize=True)
settings.load_profile("suite")

gc.disable()
"""Until all tests are known. They and their modules stay: looking through them again takes a tenth of the CPU time."""

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
