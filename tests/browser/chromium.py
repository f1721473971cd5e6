"""The installed Chromium with an empty profile. Tests are skipped with a message when there is none."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Error, Locator, Page, ViewportSize

NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
QUIET: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


VIEWPORT: "Final[ViewportSize]" = {"width": 900, "height": 700}
CONTEXT: Final[dict[str, Any]] = {"viewport": VIEWPORT}
PATIENCE: Final = 60_000
"""Milliseconds."""


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


@pytest.fixture(scope="module")
def tab(browser: "Browser") -> "Iterator[Tab]":
    tab = Tab(browser)
    yield tab
    tab.close()


@pytest.fixture
def page(tab: "Tab") -> "Iterator[Page]":
    """A page without cookies or storage: that of the module, because a new one costs a second of CPU time."""
    with without_script_errors(tab.page) as page:
        yield page
    tab.clean()


@pytest.fixture
def new_page(browser: "Browser") -> "Iterator[Page]":
    """For tests that change what cannot be changed back."""
    with browser.new_context(**CONTEXT) as context, without_script_errors(context.new_page()) as page:
        page.set_default_timeout(PATIENCE)
        yield page


def wait_until_in_view(locator: "Locator") -> None:
    """A page is scrolled some time after it has been opened."""
    from playwright.sync_api import expect  # noqa: PLC0415 - may not be installed

    expect(locator).to_be_in_viewport(timeout=PATIENCE)


@contextmanager
def without_script_errors(page: "Page") -> "Iterator[Page]":
    failures: list[str] = []

    def note(error: "Error") -> None:
        failures.append(str(error))

    page.on("pageerror", note)
    yield page
    page.remove_listener("pageerror", note)
    assert failures == []


@dataclass
class Tab:
    """The page of a module and the origins that it visited since it was cleaned."""

    browser: "Browser"
    origins: set[str] = field(default_factory=set)

    @cached_property
    def page(self) -> "Page":
        context = self.browser.new_context(**CONTEXT)
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.on("framenavigated", lambda frame: self.origins.add("://".join(urlsplit(frame.url)[:2])))
        return page

    def clean(self) -> None:
        """As a new page is, but at the address of an empty one. If this fails, the next test gets a new page."""
        from playwright.sync_api import Error  # noqa: PLC0415 - may not be installed

        try:
            self._forget()
        except Error:
            self.close()

    def close(self) -> None:
        if "page" in vars(self):
            self.page.context.close()
            del self.page

    def _forget(self) -> None:
        page, context = self.page, self.page.context
        context.set_offline(False)
        context.clear_cookies()
        context.clear_permissions()
        page.unroute_all(behavior="ignoreErrors")
        page.route("**/*", lambda route: route.fulfill(body="", content_type="text/html"))
        for origin in sorted(origin for origin in self.origins if origin.startswith("http")):
            page.goto(origin)
            page.evaluate("sessionStorage.clear(); localStorage.clear()")
        page.unroute_all(behavior="wait")
        page.set_viewport_size(VIEWPORT)
        page.emulate_media(color_scheme="null", reduced_motion="null")
        self.origins.clear()
