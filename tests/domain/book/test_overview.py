# ruff: noqa: RUF001 - texts in Urdu and other scripts

from collections.abc import AsyncIterator

import pytest

from glossator.domain.book.index import Build, PageTitle
from glossator.domain.book.overview import Overview, Overviews, first_sentence
from glossator.domain.book.pages.parsing import parse_page
from glossator.domain.ports.workers import AnyThread
from tests.domain.answering.models import library
from tests.indexes import MemoryIndex, StoredBuild


@pytest.mark.parametrize(
    ("path", "text", "sentence"),
    [
        ("index.md", "# T\n\nThis book is about bees. It has more.", "This book is about bees."),
        (
            "index.md",
            "---\ntitle: T\n---\n\n*This* [book](a.md) is `short` &amp; clear.",
            "This book is short & clear.",
        ),
        (
            "index.md",
            "# T\n\n<div>\n\n![logo](a.png)\n\nBees are not mentioned anywhere.\n",
            "Bees are not mentioned anywhere.",
        ),
        ("index.md", "# T\n\n- An item.\n", ""),
        ("index.md", "# T\n\nVersion 2.0 of the book. More.", "Version 2.0 of the book."),
        ("index.md", f"# T\n\n{'word ' * 100}", ""),
        ("index.md", "# T\n\nیہ کتاب شہد کی مکھیوں کے بارے میں ہے۔ اور بھی۔", "یہ کتاب شہد کی مکھیوں کے بارے میں ہے۔"),
        ("index.md", "", ""),
        ("index.txt", "Plain text. More.", ""),
    ],
    ids=range(9),
)
def test_the_cover_line_is_the_first_sentence(path: str, text: str, sentence: str) -> None:
    assert first_sentence(parse_page(path, text)) == sentence


class CountingIndex(MemoryIndex):
    reads = 0

    def titles(self, number: int) -> AsyncIterator[PageTitle]:
        self.reads += 1
        return super().titles(number)


async def test_the_overview_is_read_once_for_each_version_of_the_book() -> None:
    index = CountingIndex()
    overviews = Overviews(index, AnyThread())
    assert await overviews.now() == Overview()

    index.stored[1] = StoredBuild(Build(1, "Book", "", (), "1", "2", passages=1))
    index.stored[1].pages = {"index.md": parse_page("index.md", "# Bees\n\nThis is a book about bees.")}
    index.live_number = 1
    first, again = await overviews.now(), await overviews.now()

    assert first is again
    assert index.reads == 1
    assert (first.cover, [page.title for page in first.contents.pages]) == ("This is a book about bees.", ["Bees"])
    assert first.is_loaded


async def test_a_book_without_pages_has_no_contents() -> None:
    overview = await Overviews(library(), AnyThread()).now()

    assert (overview.contents.entries, overview.cover, overview.is_loaded) == ((), "", True)
