"""Links to sentences mark them in a real browser: all of each sentence, and nothing else of its page."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.hard_sentences import HARD_BOOK
from tests.browser.marked_text import Book
from tests.places import STARLETTE_DOCS
from tests.processes import SAMPLE_BOOK

if TYPE_CHECKING:
    from playwright.sync_api import Page


def differences(book: Book, page: "Page", *, every: int) -> list[str]:
    page.set_viewport_size({"width": 600, "height": 500})
    book.open_in(page)
    linked = [one for one in book.sentences if one.has_fragment][::every]
    return [found for one in linked if (found := book.difference(page, one))]


def pages_of(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in sorted(folder.rglob("*.md"))}


def test_hard_sentences_are_marked(page: "Page") -> None:
    book = Book(HARD_BOOK)

    assert sum(one.has_fragment for one in book.sentences) >= 100
    assert differences(book, page, every=1) == []


@pytest.mark.long
@pytest.mark.timeout(600)
def test_sentences_of_the_sample_book_are_marked(page: "Page") -> None:
    assert differences(Book(pages_of(SAMPLE_BOOK)), page, every=2) == []


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.skipif(not STARLETTE_DOCS.is_dir(), reason="the shared corpora are not here")
def test_sentences_of_a_real_book_are_marked(page: "Page") -> None:
    assert differences(Book(pages_of(STARLETTE_DOCS)), page, every=4) == []


def test_text_that_is_gone_opens_the_anchor(page: "Page") -> None:
    book = Book(HARD_BOOK)
    book.open_in(page)
    one = next(one for one in book.sentences if one.url.partition("#")[2].startswith("second-section:"))

    page.goto(f"{one.url.partition(':~:')[0]}:~:text=words%20that%20nobody%20wrote")

    heading = page.locator("#second-section:target")  # Chromium looks for the text for half a second
    heading.wait_for()
    box = heading.bounding_box()
    assert box is not None
    assert 0 <= box["y"] < 700
