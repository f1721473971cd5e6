"""What the component costs a page before a reader opens it: compressed bytes, and requests in Chromium."""

import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

from playwright.async_api import async_playwright

from bench.figures import Figure
from bench.server import server
from glossator.web.widget import BuiltFile, read_component
from tests.browser.chromium import NAMES, QUIET
from tests.browser.host_pages import host_site

FIRST_LOAD_KB: Final = 40.0


async def figures() -> AsyncIterator[Figure]:
    component = read_component()
    yield Figure("first load of the component, compressed", (kilobytes(component.script),), "KB", FIRST_LOAD_KB)
    for part, needed in (("code", "when an answer contains some"), ("math", "too"), ("feedback", "at the first thumb")):
        (file,) = [file for address, file in component.files.items() if address.startswith(f"widget-{part}-")]
        yield Figure(f"  its part for {part}, {needed}", (kilobytes(file),), "KB")
    requests = await requests_of_a_page()
    yield Figure("  requests to the backend, on a page of another site", (len(requests),), "", 1.1)


def kilobytes(file: BuiltFile) -> float:
    return len(file.compressed) / 1000


async def requests_of_a_page() -> list[str]:
    """The addresses below the backend that a page with the component requests until the network is idle."""
    program = next(filter(None, map(shutil.which, NAMES)))
    requests: list[str] = []
    with tempfile.TemporaryDirectory() as folder, host_site() as site:
        settings = {"PLUGINS": "local_models,qdrant_edge"}
        async with server("dev", data=Path(folder), extra=settings) as running, async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=program, args=list(QUIET))
            page = await browser.new_page()
            page.on("request", lambda request: requests.append(request.url))
            await page.goto(site.adds("/", running.url), wait_until="networkidle")
            await page.locator("glossator-chat").get_by_role("button").first.wait_for()
            await browser.close()
    return [url for url in requests if url.startswith(running.url)]
