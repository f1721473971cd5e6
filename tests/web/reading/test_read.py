import re
from dataclasses import replace
from html import unescape
from urllib.parse import quote, urlsplit

import pytest

from glossator.domain.answering.proof.links import sentence_url
from glossator.domain.answering.proof.passage_sentences import passage_sentences
from glossator.domain.book.pages.parsing import parse_page
from glossator.domain.book.passages import Page
from glossator.domain.book.splitting.packing import Limits
from glossator.domain.book.splitting.splitter import Splitter
from tests.indexes import MemoryIndex
from tests.web.apps import Parts

INDEX = "> All pages of this book: http://localhost/llms.txt\n\n"
HOSTILE = """# Reader

<script>alert(1)</script>

## A & B

[x](javascript:alert(1)) [next](other.md#part)
"""


def parts(*pages: Page, site_url: str = "") -> Parts:
    made = Parts(site_url=site_url)
    made.index.stored[1].pages.update({page.path: page for page in pages})
    return made


@pytest.mark.parametrize(
    ("path", "address"),
    [
        ("index.md", "/read/"),
        ("guide/intro.md", "/read/guide/intro"),
        ("caf\u00e9 au lait.md", "/read/caf%C3%A9%20au%20lait"),
    ],
)
async def test_stored_page_is_shown_at_the_address_of_its_citations(path: str, address: str) -> None:
    reply = await parts(parse_page(path, HOSTILE)).app().test_client().get(address)
    html = await reply.get_data(as_text=True)

    assert reply.status_code == 200
    assert 'id="a--b"' in html


async def test_nothing_in_a_page_is_executed_or_loaded() -> None:
    reply = await parts(parse_page("a.md", HOSTILE)).app().test_client().get("/read/a")
    html = await reply.get_data(as_text=True)

    assert re.findall("<script[^>]*>", html) == [
        '<script src="/assets/page.js" type="module">',
        '<script src="/widget.js" defer>',
    ]
    assert "alert(1)" in html
    assert 'href="javascript' not in html
    assert 'href="/read/other#part"' in html
    assert "default-src 'none'" in reply.headers["Content-Security-Policy"]


@pytest.mark.parametrize("address", ["/read/nowhere", "/read/../settings.toml", "/read/%2e%2e/x"])
async def test_unknown_page_is_not_found(address: str) -> None:
    reply = await parts(parse_page("a.md", HOSTILE)).app().test_client().get(address)

    assert (reply.status_code, (await reply.get_json())["code"]) == (404, "page_not_found")


async def test_browser_gets_a_not_found_page() -> None:
    client = parts(parse_page("a.md", HOSTILE)).app().test_client()
    reply = await client.get("/read/nowhere", headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    html = await reply.get_data(as_text=True)

    assert (reply.status_code, reply.mimetype) == (404, "text/html")
    assert "The book has no such page." in html
    assert 'href="/"' in html
    assert "default-src 'none'" in reply.headers["Content-Security-Policy"]


async def test_empty_book_has_no_page() -> None:
    assert (await Parts(index=MemoryIndex()).app().test_client().get("/read/")).status_code == 404


MARKED = """# Marked

## Part

Bees fly. The *second* one has `code` and ![a hive](hive.png) in it. Bees fly.

- Bees fly. An item ends here.

| Name | Meaning |
|---|---|
| <b>k1</b> | Weight & length |

\u0627\u0644\u0646\u062d\u0644 \u064a\u0637\u064a\u0631.

```
Bees fly.
```
"""


async def marks_in(page: Page, address: str) -> str:
    reply = await parts(page).app().test_client().get(address, headers={"Accept": "text/html"})
    html = await reply.get_data(as_text=True)
    assert reply.status_code == 200
    assert html.count("<mark") == html.count("</mark>")
    return html.partition("<main ")[2].partition("</main>")[0]


def links_of(page: Page) -> list[str]:
    passages = Splitter(Limits(1000))(page)
    return [sentence_url("/read/", passage, one) for passage in passages for one in passage_sentences(passage)]


@pytest.mark.parametrize(
    ("number", "marked"),
    [
        (0, "<p><mark>Bees fly.</mark> The"),
        (
            1,
            "<mark>The </mark><em><mark>second</mark></em><mark> one has <code>code</code> and a hive in it.</mark>",
        ),
        (2, "in it. <mark>Bees fly.</mark></p>"),
        (3, "<li><mark>Bees fly.</mark> An item"),
        (4, "<li>Bees fly. <mark>An item ends here.</mark></li>"),
        (6, "<td><mark>k1</mark></td>\n<td><mark>Weight &amp; length</mark></td>"),
        (7, "<p><mark>\u0627\u0644\u0646\u062d\u0644 \u064a\u0637\u064a\u0631.</mark></p>"),
    ],
)
async def test_a_sentence_is_marked_without_a_script(number: int, marked: str) -> None:
    page = parse_page("a.md", MARKED)
    url = urlsplit(links_of(page)[number])

    html = await marks_in(page, f"{url.path}?{url.query}")

    first, _, rest = html.partition("<mark id=")
    assert marked in f"{first}<mark>{rest.partition('>')[2]}"


async def test_the_mark_is_the_target_of_browsers_without_text_fragments() -> None:
    page = parse_page("a.md", MARKED)
    for link in links_of(page)[:8]:
        url = urlsplit(link)
        html = await marks_in(page, f"{url.path}?{url.query}")

        assert unescape(html.partition('<mark id="')[2].partition('"')[0]) == url.fragment


@pytest.mark.parametrize(
    "at", ["", "x", ".", "x.1", "{id}", "{id}.", "{id}.99", "{id}.-1", "{id}.\u0661", "{id}.8", "<b>.0"]
)
async def test_an_unknown_sentence_is_not_marked(at: str) -> None:
    page = parse_page("a.md", MARKED)
    known = Splitter(Limits(1000))(page)[0].id

    assert "<mark" not in await marks_in(page, f"/read/a?at={quote(at.replace('{id}', known))}")


async def test_a_sentence_of_plain_text_is_marked() -> None:
    page = parse_page("notes.txt", "One *is* here. Two <is> here.\n\nThree is here.")
    url = urlsplit(links_of(page)[1])

    html = await marks_in(page, f"{url.path}?{url.query}")

    assert f'<p>One *is* here. <mark id="{url.fragment}">Two &lt;is&gt; here.</mark></p>' in html


BOOK = ("index.md", "a/index.md", "a/x.md", "b.md")


async def html_of(made: Parts, address: str) -> str:
    reply = await made.app().test_client().get(address, headers={"Accept": "text/html"})
    assert reply.status_code == 200
    return await reply.get_data(as_text=True)


async def test_the_contents_of_the_book_mark_the_page() -> None:
    made = parts(*(parse_page(path, f"# Title of {path}\n\n## Part {path}\n\nText.") for path in BOOK))
    html = await html_of(made, "/read/a/x")

    contents = html.partition('<nav id="contents"')[2].partition("</nav>")[0]
    links = re.findall(r'<a dir="auto" href="([^"]+)"( aria-current="page")?>', contents)
    assert links == [("/read/", ""), ("/read/a", ""), ("/read/a/x", ' aria-current="page"'), ("/read/b", "")]
    assert "<details open>" in contents
    assert 'rel="prev" href="/read/a"' in html
    assert 'rel="next" href="/read/b"' in html
    assert '<a dir="auto" href="#part-axmd">Part a/x.md</a>' in html


async def test_hostile_titles_are_shown_as_text() -> None:
    html = await html_of(
        parts(parse_page("a.md", HOSTILE), parse_page("b.md", "# <b>x</b> & {{ 7777 * 7777 }}")), "/read/a"
    )

    assert "<b>" not in html
    assert str(7777 * 7777) not in html


async def test_a_page_is_right_to_left_by_its_own_text() -> None:
    made = parts(
        parse_page("a.md", "# One\n\nEnglish text."),
        parse_page("b.md", "# \u0646\u062d\u0644\n\n\u0627\u0644\u0646\u062d\u0644"),
    )

    assert '<main id="main" dir="ltr"' in await html_of(made, "/read/a")
    assert '<main id="main" dir="rtl" lang="ar">' in await html_of(made, "/read/b")


@pytest.mark.parametrize(
    ("address", "accept"),
    [("/read/a", "text/markdown"), ("/read/a.md", "text/html"), ("/read/a.md", "*/*")],
)
async def test_a_page_is_also_served_as_markdown(address: str, accept: str) -> None:
    made = parts(parse_page("a.md", "---\ntitle: Bees\n---\n\nText with *stars*.\n"))
    reply = await made.app().test_client().get(address, headers={"Accept": accept})

    assert reply.mimetype == "text/markdown"
    assert await reply.get_data(as_text=True) == f"{INDEX}# Bees\n\nText with *stars*.\n"
    assert reply.headers["X-Robots-Tag"] == "noindex"


@pytest.mark.parametrize(("path", "markdown"), [("index.md", "/read/index.md"), ("g/index.md", "/read/g.md")])
async def test_each_page_links_to_its_markdown(path: str, markdown: str) -> None:
    made = parts(parse_page(path, "# Bees\n\nText.\n"))
    html = await html_of(made, "/read/" if path == "index.md" else "/read/g")
    reply = await made.app().test_client().get(markdown)

    assert f'href="{markdown}"' in html
    assert await reply.get_data(as_text=True) == f"{INDEX}# Bees\n\nText.\n"


async def test_an_address_that_ends_like_markdown_is_a_page_first() -> None:
    page = replace(parse_page("a.md", "# Bees\n\nText.\n"), url="a.md")

    assert "<h1" in await html_of(parts(page), "/read/a.md")
