"""`/llms.txt`, `/llms-full.txt`, `/sitemap.xml`, and pages as Markdown for programs."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import pytest

from glossator.domain.book.contents import contents_of
from glossator.domain.book.index import Build, PageTitle
from glossator.domain.book.llms import MAX_CHARACTERS, BookIndex, markdown_file, markdown_name
from glossator.domain.book.pages.parsing import parse_page
from glossator.domain.book.pages.standalone import standalone_markdown
from glossator.domain.errors import Unavailable
from glossator.web.http.context import WebOptions
from glossator.web.http.limits import RequestLimits
from tests.indexes import MemoryIndex
from tests.web.apps import Parts
from tests.web.reading.test_read import parts
from tests.web.wire import Reply, WireRequest, send_request

START = parse_page("index.md", "# Start\n\nSee [the guide](guide/intro.md) and ![a picture](img/a.png).\n")
GUIDE = parse_page("guide/intro.md", "---\ntitle: The guide\n---\n\n## A [b] part\n\n[back](../index.md#start)\n")
SITE = "https://site.example"


def book(site_url: str = "", **more: Any) -> Parts:
    made = parts(START, GUIDE, site_url=site_url)
    made.base_url = f"{site_url}/" if site_url else made.base_url
    return replace(made, **more)


async def get(made: Parts, path: str, headers: Mapping[str, str] | None = None) -> Reply:
    return await send_request(made.app(), WireRequest("GET", path).with_headers(headers or {}))


async def test_llms_txt_links_to_the_markdown_of_every_page() -> None:
    made = book()
    reply = await get(made, "/llms.txt")

    assert reply.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert reply.text.startswith("# Book\n\n")
    links = re.findall(r"^- \[(.+)\]\(http://localhost(.+)\)$", reply.text, re.MULTILINE)
    assert links == [("Start", "/read/index.md"), ("The guide", "/read/guide/intro.md")]
    for _, path in links:
        page = await get(made, path)
        assert (page.status, page.headers["Content-Type"]) == (200, "text/markdown; charset=utf-8")


@pytest.mark.parametrize("folders", [1, 40])
def test_the_index_of_a_long_book_is_divided(folders: int) -> None:
    paths = [f"part-{number % folders}/a-long-name-of-a-page-{number}.md" for number in range(2000)]
    contents = contents_of(PageTitle(path, f"Page {path}", path) for path in paths)
    index = BookIndex("Book", "", (), contents, lambda url: f"https://a.example/{url}", lambda n: f"/llms-{n}.txt")

    first, *rest = index.files()

    assert max(map(len, [first, *rest])) <= MAX_CHARACTERS
    assert first.count("/llms-") == len(rest) > 1
    assert sum(text.count("](https://a.example/") for text in rest) == 2000
    assert all(text.startswith("## ") for text in rest)


async def test_the_whole_book_is_one_text() -> None:
    text = (await get(book(), "/llms-full.txt")).text

    assert text.index("# Start") < text.index("# The guide")
    assert "[the guide](http://localhost/read/guide/intro)" in text


@pytest.mark.parametrize("path", ["/llms.txt", "/llms-full.txt", "/sitemap.xml"])
async def test_there_is_nothing_to_list_before_the_book_is_loaded(path: str) -> None:
    reply = await get(Parts(index=MemoryIndex()), path)

    assert reply.outcome == (503, "book_empty")


class Away(MemoryIndex):
    async def live(self) -> Build | None:
        raise Unavailable("qdrant", "is away")


@pytest.mark.parametrize("path", ["/llms.txt", "/llms-full.txt", "/sitemap.xml"])
async def test_while_the_index_is_away_nothing_is_said_of_the_book(path: str) -> None:
    reply = await get(Parts(index=Away()), path)

    assert reply.outcome == (503, "unavailable")
    assert reply.headers["Retry-After"]


@pytest.mark.parametrize(
    "path", ["/llms.txt", "/llms-full.txt", "/sitemap.xml", "/robots.txt", "/read/", "/read/index.md"]
)
async def test_what_has_not_changed_is_not_sent_again(path: str) -> None:
    made = book()
    first = await get(made, path)
    again = await get(made, path, {"If-None-Match": first.headers["ETag"]})

    assert "max-age" in first.headers["Cache-Control"]
    assert (again.status, again.text) == (304, "")


async def test_the_whole_book_has_another_tag_when_a_page_changes() -> None:
    made = book()
    first = (await get(made, "/llms-full.txt")).headers["ETag"]
    made.index.stored[1].pages[GUIDE.path] = replace(GUIDE, hash="other")

    assert (await get(made, "/llms-full.txt")).headers["ETag"] != first


@pytest.mark.parametrize(
    ("site_url", "indexed", "addresses"),
    [
        ("", True, ["http://localhost/read/", "http://localhost/read/guide/intro"]),
        ("", False, []),
        (SITE, False, [f"{SITE}/", f"{SITE}/guide/intro"]),
    ],
)
async def test_the_sitemap_has_the_pages_that_may_be_listed(site_url: str, indexed: bool, addresses: list[str]) -> None:
    class Listed(Parts):
        def web_options(self) -> WebOptions:
            return replace(super().web_options(), read_index=indexed)

    made = book(site_url)
    reply = await get(Listed(**vars(made)), "/sitemap.xml")

    assert [one.text for one in ElementTree.fromstring(reply.text).iter() if one.tag.endswith("loc")] == addresses
    if not site_url:
        page = await get(Listed(**vars(made)), "/read/", {"Accept": "text/html"})
        assert ("noindex" in page.headers.get("X-Robots-Tag", "")) is not indexed


async def test_robots_txt_names_the_sitemap_and_forbids_questions() -> None:
    text = (await get(book(), "/robots.txt")).text

    assert "Sitemap: http://localhost/sitemap.xml" in text
    assert {"Disallow: /ask", "Disallow: /*?ask="} <= set(text.splitlines())


async def test_a_page_names_its_markdown_and_the_markdown_its_page() -> None:
    made = book()
    page = await get(made, "/read/guide/intro", {"Accept": "text/html"})
    markdown = await get(made, "/read/guide/intro.md")

    assert page.headers["Link"] == '</read/guide/intro.md>; rel="alternate"; type="text/markdown"'
    assert "Accept" in page.headers["Vary"]
    assert "http://localhost/mcp" in page.text
    assert markdown.headers["Link"] == '<http://localhost/read/guide/intro>; rel="alternate"'
    assert markdown.text.startswith("> All pages of this book: http://localhost/llms.txt\n\n# The guide\n")
    assert "[back](http://localhost/read/#start)" in markdown.text


async def test_readers_of_a_published_book_are_sent_there_and_programs_read_here() -> None:
    made = book(SITE)
    page = await get(made, "/read/guide/intro", {"Accept": "text/html"})
    markdown = await get(made, "/read/guide/intro", {"Accept": "text/markdown"})

    assert (page.status, page.headers["Location"]) == (302, f"{SITE}/guide/intro")
    assert markdown.headers["Link"] == f'<{SITE}/guide/intro>; rel="canonical"'
    assert f"[back]({SITE}/#start)" in markdown.text


@pytest.mark.parametrize(
    ("source", "images", "expected"),
    [
        ("[a](b.md#c)", True, "[a](https://h.example/read/guide/b#c)"),
        ("[a](</x y.md>)", True, "[a](</x y.md>)"),
        ('[a](../b.md "Title")', True, '[a](https://h.example/read/b "Title")'),
        ("`[a](b.md)` and $[a](b.md)$", True, "`[a](b.md)` and $[a](b.md)$"),
        ("```\n[a](b.md)\n```", True, "```\n[a](b.md)\n```"),
        ("[r]: b.md", True, "[r]: https://h.example/read/guide/b"),
        ("| [a](#b) |\n|---|", True, "| [a](https://h.example/read/guide/a#b) |\n|---|"),
        ("![a](b.png) ![c](https://e.example/d.png)", False, "a ![c](https://e.example/d.png)"),
        ("![a](b.png)", True, "![a](https://h.example/read/guide/b.png)"),
        ("[a](https://e.example/b.md)", True, "[a](https://e.example/b.md)"),
        ("[a](mailto:a@b.example)", True, "[a](mailto:a@b.example)"),
        ("[a](http://[)", True, "[a](http://[)"),
    ],
)  # fmt: skip
def test_links_outside_of_code_have_whole_addresses(source: str, images: bool, expected: str) -> None:
    page = parse_page("guide/a.md", f"# A\n\n{source}\n")

    assert standalone_markdown(page, "https://h.example/read/", {}, images=images) == f"# A\n\n{expected}\n"


async def test_a_question_at_a_page_is_answered_as_markdown() -> None:
    made = book()
    question = "?ask=What+does+the+inverted+index+map+a+word+to%3F"
    quoted = await get(made, f"/read/index.md{question}")
    of_another_site = {"Accept": "text/markdown", "Sec-Fetch-Site": "cross-site"}
    assert (await get(made, f"/read/{question}", of_another_site)).text == quoted.text
    assert not made.model.prompts
    asked = await get(made, f"/read/{question}", {"Accept": "text/markdown"})

    assert len(made.model.prompts) == 1
    for reply in (quoted, asked):
        assert reply.headers["Content-Type"] == "text/markdown; charset=utf-8"
        assert reply.headers["Cache-Control"] == "no-store"
        assert reply.text.startswith("# What does the inverted index map a word to?\n")
        assert "## Sources\n\n1. [Words](http://localhost/read/words" in reply.text


async def test_questions_at_pages_count_as_chats() -> None:
    made = book(limits=RequestLimits({"chat_per_network": 1}))
    app = made.app()
    path = "/read/index.md?ask=What+is+an+index%3F"

    replies = [await send_request(app, WireRequest("GET", path)) for _ in range(2)]

    assert [reply.status for reply in replies] == [200, 429]


async def test_a_client_that_wants_the_head_alone_asks_nothing() -> None:
    made = book()
    sent = WireRequest("HEAD", "/read/?ask=What+is+an+index%3F").with_headers({"Accept": "text/markdown"})

    assert (await send_request(made.app(), sent)).status == 200
    assert not made.model.prompts


async def test_downloads_of_the_whole_book_are_limited() -> None:
    app = book(limits=RequestLimits({"whole_book_per_network": 1})).app()

    replies = [await send_request(app, WireRequest("GET", "/llms-full.txt")) for _ in range(2)]

    assert [reply.status for reply in replies] == [200, 429]


@pytest.mark.parametrize(
    ("url", "name", "file"),
    [
        ("", "index.md", "index.md"),
        ("guide/", "guide.md", "guide.md"),
        ("guide/intro.html", "guide/intro.md", "guide/intro.md"),
        ("caf%C3%A9%20au%20lait", "caf%C3%A9%20au%20lait.md", "caf\u00e9 au lait.md"),
    ],
)
def test_the_markdown_of_a_page_is_named_after_it(url: str, name: str, file: str) -> None:
    assert (markdown_name(url), markdown_file(url)) == (name, file)
