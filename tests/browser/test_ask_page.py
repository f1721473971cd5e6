"""The page to try the book: ask, open a citation, get a declined answer."""

import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.processes import SAMPLE_BOOK, Running, Workplace

if TYPE_CHECKING:
    from playwright.sync_api import Page


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The sample book, served by `glossator dev`."""
    pages = {path.name: path.read_text("utf-8") for path in SAMPLE_BOOK.glob("*.md")}
    with Workplace.made_in(tmp_path_factory.mktemp("home"), pages).starts("dev") as running:
        running.is_loaded()
        yield running


def ask(page: "Page", url: str, *questions: str) -> None:
    page.goto(url)
    for question in questions:
        page.get_by_label("Your question").fill(question)
        page.get_by_role("button", name="Ask").click()
        page.locator("article", has_text=question).locator(".mode, .error").wait_for()


def test_the_citation_opens_the_page_at_its_sentence(running: Running, page: "Page") -> None:
    ask(page, running.url, "What do the constants k1 and b do?")
    answer = page.locator("article").inner_text()
    quote = page.locator("article li blockquote").first.inner_text()

    page.locator("article li a").first.click()
    page.wait_for_url(re.compile(r"/read/words\?at=[0-9a-f-]+\.\d+#constants:~:text=.*$"))
    marked = page.locator("mark")

    assert "BM25's parameter k1 is usually 1.2" in answer
    assert "Quoted word for word from the book" in answer
    assert marked.inner_text() == quote
    box = marked.bounding_box()
    assert box is not None
    assert 0 <= box["y"] < 700
    assert marked.evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(255, 233, 168)"


def test_an_unrelated_question_is_declined_after_a_good_one_too(running: Running, page: "Page") -> None:
    ask(page, running.url, "What do the constants k1 and b do?", "Will it rain tomorrow?")
    answer = page.locator("article", has_text="Will it rain tomorrow?")

    assert "The book does not say. Nothing was made up." in answer.inner_text()
    assert answer.locator("li").count() == 0


def test_an_error_is_shown_as_text(running: Running, page: "Page") -> None:
    page.goto(running.url)
    page.locator("#query").evaluate("box => box.removeAttribute('maxlength')")
    page.get_by_label("Your question").fill("<b>x</b> " * 500)
    page.get_by_role("button", name="Ask").click()

    error = page.locator(".error")
    error.wait_for()

    assert "4000" in error.inner_text() or "too long" in error.inner_text()
    assert page.locator("article b").count() == 0
    assert page.get_by_role("button", name="Ask").is_enabled()


def test_a_lost_server_is_reported(place: Workplace, page: "Page") -> None:
    with place.having(PLUGINS="local_models,qdrant_edge").starts("dev") as running:
        running.is_loaded()
        page.goto(running.url)
        running.signalled(signal.SIGTERM)
    page.get_by_label("Your question").fill("Why is Mars red?")
    page.get_by_role("button", name="Ask").click()

    page.get_by_text("The connection to the server was lost. Please ask again.").wait_for()


def test_the_book_can_be_read_from_its_first_page(running: Running, page: "Page") -> None:
    page.goto(running.url)
    page.get_by_role("link", name="Read the book").click()
    page.get_by_role("link", name="Why is a book cut into pieces?").click()
    page.wait_for_url(re.compile("/read/passages#why$"))

    assert page.locator("h1").first.inner_text() == "Passages"
    assert page.locator(":target").is_visible()


@pytest.mark.parametrize("path", sorted(SAMPLE_BOOK.glob("*.md")), ids=lambda path: path.stem)
def test_every_page_of_the_sample_book_fits_a_phone(running: Running, page: "Page", path: Path) -> None:
    page.set_viewport_size({"width": 360, "height": 640})

    page.goto(f"{running.url}/read/{'' if path.stem == 'index' else path.stem}")

    assert page.locator("h1").count() == 1
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
