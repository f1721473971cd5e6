"""Builds `examples/docusaurus`, serves it on another origin than a local backend, and uses its component in Chromium.

Run it with `make examples`. It prints each step and ends at the first one that fails.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import click
from playwright.sync_api import Locator, Page, sync_playwright

from tests.browser.chromium import NAMES, QUIET
from tests.browser.component import PHONE, Component
from tests.places import ROOT
from tests.processes import SAMPLE_BOOK, Workplace, eventually, free_port, refuses

SITE: Final = ROOT / "examples" / "docusaurus"
TYPED: Final = "reciprocal rank"
QUESTION: Final = "What do the constants k1 and b do?"
OUTSIDE: Final = "What does a train ticket to Lisbon cost?"


SHOWN: Final = 160


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        place, site = prepare(Path(folder))
        with place.starts("dev", fresh=True) as backend:
            backend.is_loaded()
            report(f"the backend serves the sample book at {backend.url}")
            build(backend.url, site)
            with served_site(site), sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=chromium(), args=list(QUIET))
                use(browser.new_page(), site, backend.url)
                use_on_a_phone(browser.new_page(viewport={"width": PHONE["width"], "height": PHONE["height"]}), site)


def chromium() -> str:
    program = next(filter(None, map(shutil.which, NAMES)), None)
    return program or sys.exit("make examples needs Chromium: install the package chromium")


def prepare(folder: Path) -> tuple[Workplace, str]:
    """A backend that allows the site, and the site's address."""
    pages = {page.name: page.read_text("utf-8") for page in SAMPLE_BOOK.glob("*.md")}
    site = f"http://127.0.0.1:{free_port()}"
    place = Workplace.made_in(folder, pages)
    return place.having(SITE_URL=site, SITE_GENERATOR="docusaurus", CORS_ALLOWED_ORIGINS=site), site


def build(backend: str, site: str) -> None:
    if not (SITE / "node_modules").exists():
        run("npm", "ci", "--loglevel=error")
        report("installed Docusaurus from the lock file")
    run("npm", "run", "build", BACKEND=backend, SITE_URL=site)
    pages = sum(1 for _ in (SITE / "build").rglob("*.html"))
    report(f"built the site: {pages} pages, for {site}")


def run(*command: str, **variables: str) -> None:
    done = subprocess.run(  # noqa: S603 - the commands above
        command, cwd=SITE, env=os.environ | variables, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")


@contextmanager
def served_site(site: str) -> Iterator[None]:
    port = int(site.rpartition(":")[2])
    command = ["node_modules/.bin/docusaurus", "serve", "--no-open", "--host", "127.0.0.1", "--port", str(port)]
    with subprocess.Popen(command, cwd=SITE, stdout=subprocess.DEVNULL) as process:  # noqa: S603
        try:
            eventually(lambda: not refuses(port), f"an answer at {site}")
            yield
        finally:
            process.terminate()


def use(page: Page, site: str, backend: str) -> None:
    """Searches, asks, opens the proof and goes on with the conversation there."""
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    component = Component(page, f"{site}/running")
    page.wait_for_load_state("networkidle")
    sent = [url.removeprefix(backend) for url in requests if url.startswith(backend)]
    report(f"opened /running; requests to the backend so far: {', '.join(sent)}")
    component.open()
    component.field.fill(TYPED)
    section = component.host.get_by_role("option").first
    report(f"typed '{TYPED}'; first section: {one_line(section)}")
    address = section.get_attribute("href") or ""
    component.field.press("ArrowDown")
    component.field.press("Enter")
    page.wait_for_url(address)
    report(f"opened it with the keyboard: {page.url}")
    component = Component(page, page.url).open()
    ask(component, QUESTION)
    with page.expect_navigation():
        component.turns.last.locator("a[part=citation]").first.click()
    report(f"followed the citation: {page.url}")
    component = Component(page, page.url)
    component.part("launcher").click()
    component.answered(QUESTION)
    report(f"the conversation is still there: {component.turns.count()} turn")
    ask(component, OUTSIDE)
    show_looks(page, component)


def show_looks(page: Page, component: Component) -> None:
    for theme in ("light", "dark"):
        page.evaluate("theme => document.documentElement.dataset.theme = theme", theme)
        colour = component.part("panel").evaluate("panel => getComputedStyle(panel).backgroundColor")
        report(f"in the site's {theme} theme the panel is {colour}")
    component.host.evaluate("element => element.lang = 'ur'")
    direction = component.part("panel").evaluate("panel => getComputedStyle(panel).direction")
    report(f"in Urdu: '{one_line(component.part('launcher'))}', direction {direction}")


def use_on_a_phone(page: Page, site: str) -> None:
    component = Component(page, f"{site}/words").open()
    ask(component, QUESTION)
    width = page.evaluate("document.documentElement.scrollWidth")
    report(f"on a phone of {PHONE['width']} px the page is {width} px wide")


def ask(component: Component, question: str) -> None:
    report(f"asked '{question}': {one_line(component.ask(question).locator('[part=answer]'))}")


def one_line(element: Locator) -> str:
    text = " ".join(element.inner_text().split())
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."


def report(line: str) -> None:
    click.echo(f"  {line}")


if __name__ == "__main__":
    main()
