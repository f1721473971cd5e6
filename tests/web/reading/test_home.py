"""The page at `/`: what it says of the book, and of what is kept."""

# ruff: noqa: RUF001 - texts in Urdu and other scripts

from dataclasses import replace

import pytest

from glossator.domain.book.index import Suggestion
from glossator.domain.book.pages.parsing import parse_page
from tests.domain.answering.models import ScriptedModel
from tests.indexes import MemoryIndex
from tests.web.apps import Parts
from tests.web.auth.apps import AuthParts
from tests.web.test_config import UnavailableIndex
from tests.web.test_suggestions import suggesting

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
HOSTILE = '<script>alert(1)</script> "{{ 7777 * 7777 }}'


async def page_of(parts: Parts) -> str:
    reply = await parts.app().test_client().get("/", headers=BROWSER)
    assert (reply.status_code, reply.mimetype) == (200, "text/html")
    assert "X-Robots-Tag" not in reply.headers
    return await reply.get_data(as_text=True)


def titled(title: str, text: str = "# Bees\n\nThis is a book about bees. It is short.") -> Parts:
    parts = Parts()
    stored = parts.index.stored[1]
    stored.build = replace(stored.build, title=title, pages=3)
    stored.pages = {"index.md": parse_page("index.md", text)}
    return parts


async def test_it_shows_the_title_and_the_first_sentence_of_the_book() -> None:
    html = await page_of(titled("On Bees"))

    assert '<h1 dir="auto">On Bees</h1>' in html
    assert '<p class="cover" dir="auto">This is a book about bees.</p>' in html
    assert "number of pages: 3." in html
    assert 'href="/read/"' in html


async def test_it_works_without_a_script() -> None:
    html = await page_of(titled("On Bees"))

    component = html.partition("<glossator-chat inline")[2].partition("</glossator-chat>")[0]
    assert '<form class="ask" action="/ask" method="post"' in component
    assert 'name="q"' in component


async def test_a_hostile_title_is_shown_as_text() -> None:
    html = await page_of(
        titled(HOSTILE, f"# {HOSTILE}\n\nA first sentence with <b>tags</b> and {{{{ 7777 * 7777 }}}}.")
    )

    assert "alert(1)" in html
    assert "<script>" not in html
    assert "<b>" not in html
    assert str(7777 * 7777) not in html


@pytest.mark.parametrize(
    "parts",
    [Parts(), AuthParts(), Parts(model=ScriptedModel(generates=False))],
    ids=["without accounts", "with accounts", "without a model"],
)
async def test_it_says_the_same_about_what_is_kept_as_the_configuration(parts: Parts) -> None:
    html = (await page_of(parts)).replace("&#39;", "'")
    config = await (await parts.app().test_client().get("/config")).get_json()

    assert html.count("<li>") == len(config["kept"])
    assert all(f"<li>{kept['detail']}</li>" in html for kept in config["kept"])


@pytest.mark.parametrize(
    ("index", "status"),
    [(MemoryIndex(), "has not been loaded yet"), (UnavailableIndex(), "unavailable right now")],
    ids=["no book", "no index"],
)
async def test_it_is_shown_without_a_book(index: MemoryIndex, status: str) -> None:
    assert status in await page_of(Parts(index=index))


async def test_a_book_in_urdu_has_a_page_in_urdu() -> None:
    html = await page_of(titled("شہد کی مکھیاں", "# مکھیاں\n\nیہ کتاب شہد کی مکھیوں کے بارے میں ہے۔"))

    assert '<html lang="ur" dir="rtl">' in html
    assert "آپ کا سوال" in html
    assert "Your question" not in html


async def test_a_published_book_is_linked_where_it_is() -> None:
    parts = Parts(site_url="https://book.example", base_url="https://book.example/")

    framed = {**BROWSER, "Sec-Fetch-Dest": "iframe"}
    reply = await parts.app().test_client().get("/", headers=framed)

    assert '<a href="https://book.example/">' in await page_of(parts)
    assert '<a href="https://book.example/" target="_blank">' in await reply.get_data(as_text=True)


async def test_suggested_questions_are_links_that_ask_them() -> None:
    index = suggesting()
    index.stored[1].suggestions["meaning.md", "h"] = (Suggestion(f"What is {HOSTILE} & #?", "meaning#top", 0.9),)
    html = await page_of(Parts(index=index))

    assert 'href="/ask?q=What%20is%20a%20stop%20word%3F">What is a stop word?</a>' in html
    assert (
        'href="/ask?q=What%20is%20%3Cscript%3Ealert%281%29%3C/script%3E%20%22%7B%7B%207777%20%2A%207777%20%7D%7D'
        in html
    )
    assert "<script>" not in html
    assert "%20%26%20%23%3F" in html
