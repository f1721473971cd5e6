"""The installed Chromium with an empty profile. Tests are skipped with a message when there is none."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
QUIET: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    api = pytest.importorskip("playwright.sync_api", reason="BROWSER TESTS SKIPPED: playwright is not installed")
    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        pytest.skip("BROWSER TESTS SKIPPED: this machine has no Chromium - install the package chromium")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(QUIET), headless=True)
        yield browser
        browser.close()


@contextmanager
def opened_page(browser: "Browser") -> "Iterator[Page]":
    """A page without cookies or history. A script error fails the test."""
    with browser.new_context(viewport={"width": 900, "height": 700}) as context:
        context.set_default_timeout(60_000)
        page = context.new_page()
        failures: list[str] = []
        page.on("pageerror", lambda error: failures.append(str(error)))
        yield page
    assert failures == []


@pytest.fixture
def page(browser: "Browser") -> "Iterator[Page]":
    with opened_page(browser) as page:
        yield page


@pytest.fixture(scope="module")
def shared_page(browser: "Browser") -> "Iterator[Page]":
    """One page for all tests of a module that leave no cookies: a page of its own costs a second of CPU time."""
    with opened_page(browser) as page:
        yield page
