"""PDF files: each page is a section with the address of the page, and the text reads as it is printed."""

import re
import zlib
from io import BytesIO

import pytest
from pypdf import PdfWriter
from pypdf.generic import EncodedStreamObject, NameObject

from glossator.domain.book.pages.dialect.generators import DEFAULT_DIALECT
from glossator.domain.book.pages.front_matter import BadPage
from glossator.domain.book.pages.pdf.layout import clean_line
from glossator.domain.book.pages.pdf.text import extract, read_pdf
from glossator.domain.book.pages.reader_process import UNREADABLE, read_isolated
from glossator.domain.book.pages.rendering.render import render
from glossator.domain.book.passages import BrokenPage, Page
from glossator.domain.book.sources.folder import page_from_bytes
from glossator.domain.book.splitting.packing import Limits
from glossator.domain.book.splitting.splitter import Splitter
from tests.pdfs import pdf_bytes

LONG = "A pump lifts the water of the well into the tank above the house every day"


def test_page_of_a_pdf_is_opened_by_its_number() -> None:
    content = pdf_bytes([["Pumps lift water."], ["Valves shut pipes."], ["Tanks hold water."]], title="Water at home")

    page = page_from_bytes("guide/water.pdf", content, DEFAULT_DIALECT)
    assert isinstance(page, Page)
    passages = Splitter(Limits(1000))(page)

    assert page.title == "Water at home"
    assert [(passage.url, passage.headings, passage.text) for passage in passages] == [
        ("guide/water.pdf", ("Water at home",), "Pumps lift water."),
        ("guide/water.pdf#page=2", ("Water at home", "Page 2"), "Valves shut pipes."),
        ("guide/water.pdf#page=3", ("Water at home", "Page 3"), "Tanks hold water."),
    ]
    assert '<h6 id="page=2">Page 2</h6>' in render(page).html


def test_entries_of_the_outline_are_headings_where_their_lines_are() -> None:
    pages = [["Preface.", "1.1 Pumps", "They lift.", "1.2 Valves", "They shut."], ["More on valves."]]
    outline = [("Pumps", 0), ("Valves", 0), ("Elsewhere", 1)]

    assert extract(pdf_bytes(pages, outline=outline)) == (
        "Preface.\n\n## Pumps {#page=1}\n\nThey lift.\n\n## Valves {#page=1}\n\nThey shut.\n\n"
        "## Elsewhere {#page=2}\n\nMore on valves."
    )


@pytest.mark.parametrize("title", ["", "untitled", "Microsoft Word - water.docx", "water.pdf"])
def test_pdf_without_a_title_is_named_like_its_file(title: str) -> None:
    page = page_from_bytes(
        "water-at-home.pdf", pdf_bytes([["A."]], title=title, outline=[("Cover", 0)]), DEFAULT_DIALECT
    )

    assert isinstance(page, Page)
    assert page.title == "Water at home"


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        ([LONG, "and is never off."], f"{LONG} and is never off."),
        ([f"{LONG} pres-", "sure."], f"{LONG} pressure."),
        ([f"The well-known pump. {LONG} well-", "known."], f"The well-known pump. {LONG} well-known."),
        ([f"{LONG} of type A-", "B."], f"{LONG} of type A- B."),
        ([f"{LONG}.", "It ends.", "Next one."], f"{LONG}. It ends.\n\nNext one."),
        ([LONG, "1. one", "2. two"], f"{LONG}\n\n1\\. one\n\n2\\. two"),
        (["x = 1", LONG], f"x = 1\n{LONG}"),
        (["Pumps . . . . . . . . 12", LONG], f"Pumps … 12\n{LONG}"),
        (["# no heading", LONG], f"\\# no heading\n{LONG}"),
    ],
)
def test_lines_are_joined_to_paragraphs(lines: list[str], text: str) -> None:
    assert extract(pdf_bytes([lines])) == text


def test_ligatures_are_letters() -> None:
    assert clean_line("\ufb01les of the\0 di\ufb00erent \ufb02ow") == "files of the different flow"


def test_sentence_that_continues_on_the_next_page_stays_whole() -> None:
    pages = [["First.", "The valve shuts"], ["the pipe. Then open it."]]

    assert (
        extract(pdf_bytes(pages)) == "First.\n\nThe valve shuts the pipe.\n\n###### Page 2 {#page=2}\n\nThen open it."
    )


def test_headers_and_footers_are_no_text() -> None:
    body = ["One is here.", "Two is there.", "Three is gone.", "Four is left."]
    pages = [["Water at home", f"{word} of the book.", "Same for all.", f"- {n} -"] for n, word in enumerate(body, 1)]

    text = extract(pdf_bytes(pages))

    assert "Water at home" not in text
    assert "- 2 -" not in text
    assert text.count("of the book.") == 4


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (pdf_bytes([["Secret."]], password="pump"), "is encrypted"),
        (pdf_bytes([[], []]), "has no text: a scanned file needs text recognition first"),
        (b"%PDF-1.7\nnothing", "is damaged"),
        (b"", "is damaged"),
        (pdf_bytes([]), "has no text: a scanned file needs text recognition first"),
        (pdf_bytes([["Words."]])[:300], "is damaged"),
    ],
)
def test_pdf_without_text_that_can_be_read_is_broken(content: bytes, reason: str) -> None:
    with pytest.raises(BadPage, match=reason):
        extract(content)


def test_pdf_that_only_its_owner_may_change_is_read() -> None:
    assert extract(pdf_bytes([["Open."]], password="")) == "Open."


def test_damaged_pdf_is_reported_by_name() -> None:
    assert page_from_bytes("a.pdf", b"%PDF-1.7", DEFAULT_DIALECT) == BrokenPage("a.pdf", "is damaged")


def test_reader_that_ends_early_makes_the_page_broken() -> None:
    with pytest.raises(BadPage, match=re.escape(UNREADABLE)):
        read_isolated("glossator.no_such_module", b"")


def test_pdf_that_unpacks_to_too_much_is_broken() -> None:
    writer = PdfWriter()
    page = writer.add_blank_page(width=100, height=100)
    stream = EncodedStreamObject()
    stream._data = zlib.compress(bytes(80 * 2**20), 9)
    stream[NameObject("/Filter")] = NameObject("/FlateDecode")
    page[NameObject("/Contents")] = writer._add_object(stream)
    file = BytesIO()
    writer.write(file)

    with pytest.raises(BadPage, match="has no text"):
        read_pdf(file.getvalue())
