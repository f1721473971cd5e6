"""What the component costs a page before a reader opens it: compressed bytes, and requests in Chromium."""

import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from statistics import median
from typing import Final

from playwright.async_api import async_playwright

from bench.figures import Figure
from bench.server import server
from bench.start import cpu_until_idle
from glossator.web.widget import BuiltFile, read_component
from tests.browser.chromium import NAMES, QUIET
from tests.browser.host_pages import host_site

FIRST_LOAD_KB: Final = 40.0
PAUSE_MS: Final = 150
"""How long the component waits for the next key."""
WORDS: Final = ("index", "rank", "words", "fusion", "passage", "model", "book", "answer", "sear")
TYPE: Final = """(word) => new Promise((shown) => {
    const {shadowRoot} = document.querySelector("glossator-chat");
    const [field, list] = ["input", "[role=listbox]"].map((one) => shadowRoot.querySelector(one));
    list.replaceChildren();
    new MutationObserver((_, observer) => {
        if (!list.childElementCount) return;
        observer.disconnect();
        requestAnimationFrame(() => shown(performance.now() - began));
    }).observe(list, {childList: true});
    field.value = word;
    const began = performance.now();
    field.dispatchEvent(new InputEvent("input"));
})"""


async def figures() -> AsyncIterator[Figure]:
    component = read_component()
    yield Figure("first load of the component, compressed", (kilobytes(component.script),), "KB", FIRST_LOAD_KB)
    for part, needed in (("code", "when an answer contains some"), ("math", "too"), ("feedback", "at the first thumb")):
        (file,) = [file for address, file in component.files.items() if address.startswith(f"widget-{part}-")]
        yield Figure(f"  its part for {part}, {needed}", (kilobytes(file),), "KB")
    requests, typed = await _use_a_page()
    yield Figure("  requests to the backend, on a page of another site", (len(requests),), "", 1.1)
    yield Figure(f"  typing to the first section, after the pause, best of {len(typed)}", (min(typed),), "ms", 100)
    yield Figure("    at the median", (median(typed),), "ms")


def kilobytes(file: BuiltFile) -> float:
    return len(file.compressed) / 1000


async def _use_a_page() -> tuple[list[str], list[float]]:
    """The addresses below the backend that a page with the component requests until the network is idle; and the
    milliseconds from each word that is typed there to its first section."""
    program = next(filter(None, map(shutil.which, NAMES)))
    requests: list[str] = []
    with tempfile.TemporaryDirectory() as folder, host_site() as site:
        settings = {"PLUGINS": "local_models,qdrant_edge", "CORS_ALLOWED_ORIGINS": site.origin}
        async with server("dev", data=Path(folder), extra=settings) as running, async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=program, args=list(QUIET))
            page = await browser.new_page()
            page.on("request", lambda request: requests.append(request.url))
            await page.goto(site.adds("/", running.url), wait_until="networkidle")
            launcher = page.locator("glossator-chat").get_by_role("button").first
            await launcher.wait_for()
            until_idle = [url for url in requests if url.startswith(running.url)]
            await cpu_until_idle(running.pid)  # the book is loaded
            await launcher.click()
            await page.locator(".shell[data-state=ready]").wait_for()
            typed = [float(await page.evaluate(TYPE, word)) - PAUSE_MS for word in WORDS]
            await browser.close()
    return until_idle, typed
