"""Writes `docs/images`: the component and the page at `/` in eight states. Run it with `python -m tools.screenshots`.

The Urdu picture needs a font with Urdu letters on this machine.
"""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.chromium import QUIET
from tests.browser.component import PHONE, QUESTION, Component
from tests.browser.host_pages import HostSite, host_site, sleeper
from tests.browser.slow_model import Model, slow_model
from tests.places import ROOT
from tests.processes import SAMPLE_BOOK, Running, Workplace
from tools.drive_example import chromium

FOLDER: Final = ROOT / "docs" / "images"
SIZE: Final = {"width": 760, "height": 620}
ANSWER: Final = (
    "BM25's parameter `k1` is usually 1.2 and limits how much repeated words count [1]. "
    "BM25's parameter `b` is usually 0.75 and says how strongly long passages are held back [1]."
)
STYLE: Final = """
:root { color-scheme: light dark }
body { font: 17px/1.6 Georgia, serif; max-width: 40rem; margin: 2rem auto; padding: 0 1.5rem }
input { display: none }
"""


@dataclass(frozen=True)
class Studio:
    """What the pictures are taken of."""

    browser: Browser
    site: HostSite
    running: Running
    model: Model

    @contextmanager
    def component(self, name: str, *, lang: str = "en", backend: str = "", **options: Any) -> Iterator[Component]:
        """The component on a page of a site; at the end its picture is taken."""
        with self.page(name, **options) as page:
            component = Component(page, self.site.adds("/guide", backend or self.running.url, lang=lang))
            page.add_style_tag(content=STYLE)
            component.part("launcher").click()
            yield component

    @contextmanager
    def page(self, name: str, **options: Any) -> Iterator[Page]:
        with self.browser.new_context(**{"viewport": SIZE, "reduced_motion": "reduce"} | options) as context:
            page = context.new_page()
            yield page
            page.screenshot(path=FOLDER / f"{name}.png")


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, studio(Path(folder)) as here:
        for take in (home, search, answer, dark, urdu, phone, declined, waking):
            take(here)
            sys.stdout.write(f"{take.__name__}.png\n")


@contextmanager
def studio(folder: Path) -> Iterator[Studio]:
    pages = {path.name: path.read_text("utf-8") for path in SAMPLE_BOOK.glob("*.md")}
    with host_site() as site, slow_model() as model, sync_playwright() as playwright:
        model.behaviour.answer = ANSWER
        settings = {"SUPPORT_URL": "https://book.example/help?about={page}", "SUGGESTIONS__MODEL": "false"}
        place = Workplace.made_in(folder, pages).having(CORS_ALLOWED_ORIGINS=site.origin, OPENAI_BASE_URL=model.url)
        with place.having(**settings).starts("dev", fresh=True) as running:
            running.says("suggested questions.", 600)
            browser = playwright.chromium.launch(executable_path=chromium(), args=list(QUIET))
            yield Studio(browser, site, running, model)


def home(here: Studio) -> None:
    with here.page("home", viewport={"width": 900, "height": 760}) as page:
        component = Component(page, here.running.url)
        component.field.click()
        component.host.locator(".shell[data-state=ready]").wait_for()
        page.wait_for_load_state("networkidle")


def search(here: Studio) -> None:
    with here.component("search") as component:
        component.field.press_sequentially("reciprocal rank")
        component.host.get_by_role("option").first.wait_for()
        component.field.press("ArrowDown")


def answer(here: Studio) -> None:
    with here.component("answer") as component:
        component.ask().locator("[part=citation]").last.hover()


def dark(here: Studio) -> None:
    with here.component("dark", color_scheme="dark") as component:
        component.ask().locator("[part=sources] summary").click()


def urdu(here: Studio) -> None:
    with here.component("urdu", lang="ur") as component:
        component.ask()


def phone(here: Studio) -> None:
    with here.component("phone", viewport=PHONE, has_touch=True) as component:
        component.ask().locator("[data-rating=down]").click()


def declined(here: Studio) -> None:
    with here.component("declined") as component:
        component.ask("Will it rain tomorrow?")


def waking(here: Studio) -> None:
    with sleeper(here.running.port) as backend, here.component("waking", backend=backend.origin) as component:
        component.part("notice").get_by_text("waking").wait_for()
        component.field.fill(QUESTION)
        component.field.press("Enter")
        component.turns.wait_for()


if __name__ == "__main__":
    main()
