"""First paint of the page at `/`, against the same page as static files, in the same browser."""

import asyncio
import re
import shutil
import tempfile
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

import httpx
from playwright.sync_api import Browser, sync_playwright

from bench.figures import Figure
from bench.server import server
from bench.start import cpu_until_idle
from tests.browser.chromium import NAMES, QUIET

RUNS: Final = 15
RATIO_LIMIT: Final = 1.5
BROWSER: Final = {"Accept": "text/html"}
FIRST_PAINT: Final = """() => new Promise((painted) => {
    new PerformanceObserver((list, observer) => {
        const found = list.getEntriesByName("first-contentful-paint");
        if (found.length) { observer.disconnect(); painted(found[0].startTime); }
    }).observe({type: "paint", buffered: true});
})"""


async def figures() -> AsyncIterator[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        async with server("dev", data=Path(folder) / "data", extra={"PLUGINS": "local_models,qdrant_edge"}) as running:
            await cpu_until_idle(running.pid)  # the book is loaded
            await _save(running.url, site := Path(folder) / "site")
            with _static(site) as static:
                ours, theirs = await asyncio.to_thread(_measure, running.url, static)
    yield Figure("first paint of / in Chromium", tuple(ours), "ms")
    yield Figure("  of the same page as static files", tuple(theirs), "ms")
    yield Figure(f"  ratio of the fastest of {RUNS}", (min(ours) / min(theirs),), "", RATIO_LIMIT)


async def _save(url: str, site: Path) -> None:
    """The page with its style sheet and icon. It has no component: a static page has none."""
    async with httpx.AsyncClient(base_url=url, headers=BROWSER, trust_env=False, timeout=60) as client:
        html = (await client.get("/")).text
        assets = [(path, await client.get(path)) for path in re.findall('(?:href|src)="(/assets/[^"]+)"', html)]
    (site / "assets").mkdir(parents=True)
    (site / "index.html").write_text(re.sub(r"<script[^>]*></script>", _as_comment, html), "utf-8")
    for path, reply in assets:
        (site / path[1:]).write_bytes(reply.content)


def _as_comment(script: re.Match[str]) -> str:
    """So that both pages have the same size."""
    return f"<!--{'x' * (len(script[0]) - 7)}-->"


class Quiet(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        return


@contextmanager
def _static(site: Path) -> Iterator[str]:
    handler = partial(Quiet, directory=str(site))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as listener:
        thread = threading.Thread(target=listener.serve_forever, args=(0.05,))
        thread.start()
        yield f"http://127.0.0.1:{listener.server_port}"
        listener.shutdown()
        thread.join()


def _measure(ours: str, theirs: str) -> tuple[list[float], list[float]]:
    """In turns, each time with an empty cache; the first pair warms both servers up."""
    program = next(filter(None, map(shutil.which, NAMES)))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(QUIET))
        pairs = [(_first_paint(browser, ours), _first_paint(browser, theirs)) for _ in range(RUNS + 1)][1:]
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


def _first_paint(browser: Browser, url: str) -> float:
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(url)
        return float(page.evaluate(FIRST_PAINT))
