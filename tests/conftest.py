"""Fixtures that every test may ask for."""

pytest_plugins = [
    "tests.databases",
    "tests.operators",
    "tests.forks",
    "tests.processes",
    "tests.production",
    "tests.third_party.installed",
    "tests.browser.chromium",
    "tests.better_auth.official_client",
    "tests.web.whole.apps",
    "tests.virtual_time",
    "tests.cpu_minutes",
]
