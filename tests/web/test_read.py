import pytest

from glossator.domain.book.pages.sections import parse_page
from glossator.domain.book.passages import Page
from tests.indexes import MemoryIndex
from tests.web.apps import Parts

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
    reply = await parts(parse_page(path, HOSTILE, "docusaurus")).app().test_client().get(address)
    html = await reply.get_data(as_text=True)

    assert reply.status_code == 200
    assert 'id="a--b"' in html


async def test_nothing_in_a_page_is_executed_or_loaded() -> None:
    reply = await parts(parse_page("a.md", HOSTILE, "docusaurus")).app().test_client().get("/read/a")
    html = await reply.get_data(as_text=True)

    assert "<script" not in html
    assert 'href="javascript' not in html
    assert 'href="/read/other#part"' in html
    assert "default-src 'none'" in reply.headers["Content-Security-Policy"]
    assert reply.headers["X-Robots-Tag"] == "noindex"


@pytest.mark.parametrize("address", ["/read/nowhere", "/read/../settings.toml", "/read/%2e%2e/x"])
async def test_unknown_page_is_not_found(address: str) -> None:
    reply = await parts(parse_page("a.md", HOSTILE, "docusaurus")).app().test_client().get(address)

    assert (reply.status_code, (await reply.get_json())["code"]) == (404, "page_not_found")


async def test_browser_gets_a_not_found_page() -> None:
    client = parts(parse_page("a.md", HOSTILE, "docusaurus")).app().test_client()
    reply = await client.get("/read/nowhere", headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    html = await reply.get_data(as_text=True)

    assert (reply.status_code, reply.mimetype) == (404, "text/html")
    assert "<h1>The book has no such page.</h1>" in html
    assert '<a href="/">' in html
    assert "default-src 'none'" in reply.headers["Content-Security-Policy"]


async def test_published_book_is_not_served() -> None:
    made = parts(parse_page("a.md", HOSTILE, "docusaurus"), site_url="https://book.example")

    assert (await made.app().test_client().get("/read/a")).status_code == 404


async def test_empty_book_has_no_page() -> None:
    assert (await Parts(index=MemoryIndex()).app().test_client().get("/read/")).status_code == 404
