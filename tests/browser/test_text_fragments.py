"""Links to sentences mark them in a real browser: all of each sentence, and nothing else of its page."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.chromium import wait_until_in_view
from tests.browser.hard_sentences import HARD_BOOK
from tests.browser.marked_text import Book
from tests.places import STARLETTE_DOCS
from tests.processes import SAMPLE_BOOK

if TYPE_CHECKING:
    from playwright.sync_api import Page


def differences(book: Book, page: "Page", *, every: int) -> tuple[int, list[str]]:
    """How many links were opened, and what was wrong."""
    page.set_viewport_size({"width": 600, "height": 500})
    book.open_in(page)
    linked = [one for one in book.sentences if one.has_fragment][::every]
    return len(linked), [found for one in linked if (found := book.difference(page, one))]


def pages_of(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in sorted(folder.rglob("*.md"))}


@pytest.mark.parametrize("every", [pytest.param(1, marks=[pytest.mark.long, pytest.mark.timeout(600)]), 16])
def test_hard_sentences_are_marked(page: "Page", every: int) -> None:
    """A browser takes a third of a second for each, so only the long suite opens them all."""
    count, wrong = differences(Book(HARD_BOOK), page, every=every)

    assert count >= 100 / every
    assert wrong == []


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("folder", "every"), [(SAMPLE_BOOK, 3), (STARLETTE_DOCS, 6)], ids=["sample-book", "starlette-docs"]
)
def test_sentences_of_a_real_book_are_marked(page: "Page", folder: Path, every: int) -> None:
    """All but one in a hundred: of a passage's first sentence a part may be named, and a page may say a text twice."""
    if not folder.is_dir():
        pytest.skip("the shared corpora are not here")

    count, wrong = differences(Book(pages_of(folder)), page, every=every)
    sys.stdout.write("\n".join([f"{count - len(wrong)} of {count} links mark their sentence", *wrong]))

    assert len(wrong) <= count / 100


def test_text_that_is_gone_opens_the_anchor(page: "Page") -> None:
    book = Book(HARD_BOOK)
    book.open_in(page)
    one = next(one for one in book.sentences if one.url.partition("#")[2].startswith("second-section:"))

    page.goto(f"{one.url.partition(':~:')[0]}:~:text=words%20that%20nobody%20wrote")

    wait_until_in_view(page.locator("#second-section:target"))  # Chromium looks for the text for half a second
