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
    "tests.web.all_routes.checked_client",
    "tests.virtual_time",
    "tests.cpu_minutes",
]
