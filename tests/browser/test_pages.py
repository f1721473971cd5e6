"""The pages of the server, without a script where that matters: ask, open a citation, read the book."""

# ruff: noqa: RUF001 - texts in Urdu

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, Literal

import pytest

from glossator.domain.book.pages.parsing import parse_page
from tests.browser.chromium import wait_until_in_view
from tests.domain.answering.models import ScriptedModel
from tests.processes import SAMPLE_BOOK, Running, Workplace, eventually
from tests.servers.app_server import served_in_thread
from tests.web.apps import Parts
from tests.web.auth.apps import AuthParts

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

QUESTION: Final = "What do the constants k1 and b do?"
BEES: Final = (
    "# مکھیاں\n\nیہ کتاب شہد کی مکھیوں کے بارے میں ہے۔\n\n## ملکہ\n\nملکہ `hive.count()` سے گنی جاتی ہے۔\n\n"
    "| نام | کام |\n|---|---|\n| ملکہ | انڈے دینا |\n\n```python\nhive.count()\n```\n"
)
FEWER_ARTICLES: Final = "document.querySelectorAll('article:nth-of-type(n+2)').forEach((one) => one.remove())"
"""Those of the API's description are all alike, and there are hundreds."""
SAMPLE_PAGES: Final = {path.name: path.read_text("utf-8") for path in sorted(SAMPLE_BOOK.glob("*.md"))}
SCHEMES: Final[tuple[tuple[Literal["light", "dark"], dict[str, Any]], ...]] = (
    ("light", {"resultTypes": ["violations"]}),
    ("dark", {"runOnly": ["color-contrast"]}),
)
"""Colour schemes, and which of axe's rules depend on them."""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, allowed: str) -> Iterator[Running]:
    """A page of the sample book, served by `glossator dev`. The site `allowed` may show it in a frame."""
    pages = {"words.md": SAMPLE_PAGES["words.md"]}
    place = Workplace.made_in(tmp_path_factory.mktemp("home"), pages).having(PLUGINS="local_models,qdrant_edge")
    with place.having(SERVER__FRAME_ANCESTORS=f"'self' {allowed}").starts("dev") as running:
        running.is_loaded()
        yield running


@pytest.fixture(scope="module")
def reader() -> Iterator[str]:
    """The address of the whole sample book over in-memory ports, because its vectors take long."""
    parts = Parts()
    parts.index.stored[1].pages = {path: parse_page(path, text) for path, text in SAMPLE_PAGES.items()}
    with served_in_thread(parts.app()) as url:
        yield url


@pytest.fixture(scope="module")
def plain(browser: "Browser") -> "Iterator[Page]":
    """A page of a browser without JavaScript."""
    with browser.new_context(viewport={"width": 900, "height": 700}, java_script_enabled=False) as context:
        yield context.new_page()


def ask(page: "Page", *questions: str) -> None:
    for question in questions:
        page.locator("main input[name=q]").fill(question)
        page.locator("main").get_by_role("button", name="Ask").click()
        page.get_by_role("heading", level=1, name=question).wait_for()


def test_the_citation_opens_the_page_at_its_sentence(running: Running, plain: "Page") -> None:
    plain.goto(running.url)
    ask(plain, QUESTION)
    answer = plain.locator("main").inner_text()
    quote = plain.locator(".proof blockquote").first.inner_text().removesuffix("\N{RIGHTWARDS ARROW}").strip()

    plain.locator(".proof blockquote a").first.click()
    plain.wait_for_url(re.compile(r"/read/words\?at=[0-9a-f-]+\.\d+#constants:~:text=.*$"))
    marked = plain.locator("mark")

    assert "BM25's parameter k1 is usually 1.2" in answer
    assert "Quoted word for word from the book" in answer
    assert marked.inner_text() == quote
    wait_until_in_view(marked)


def test_the_number_in_an_answer_leads_to_its_proof(running: Running, plain: "Page") -> None:
    plain.goto(running.url)
    ask(plain, QUESTION)

    plain.locator(".answer .citation").first.click()

    assert plain.url.endswith("/ask#citation-1")
    assert plain.locator("li:target blockquote").first.is_visible()


def test_an_unrelated_question_is_declined_after_a_good_one_too(running: Running, plain: "Page") -> None:
    plain.goto(running.url)
    ask(plain, QUESTION, "Will it rain tomorrow?")

    assert "The book does not say. Nothing was made up." in plain.locator("main").inner_text()
    assert plain.locator(".proof li").count() == 0


def test_an_error_is_shown_as_text(running: Running, page: "Page") -> None:
    page.goto(f"{running.url}/ask")
    page.locator("#q").evaluate("box => box.removeAttribute('maxlength')")
    page.locator("#q").fill("<b>x</b> " * 500)
    page.get_by_role("button", name="Ask").click()
    page.get_by_role("heading", level=1, name="This did not work").wait_for()

    assert "4000" in page.locator("main").inner_text()
    assert page.locator("main b").count() == 0
    ask(page, QUESTION)


def test_the_book_can_be_read_from_its_first_page(reader: str, page: "Page") -> None:
    page.goto(reader)
    page.get_by_role("link", name="Read the book").click()
    page.locator("main").get_by_role("link", name="Why is a book cut into pieces?").click()
    page.wait_for_url(re.compile("/read/passages#why$"))

    assert page.locator("h1").first.inner_text() == "Passages"
    assert page.locator(":target").is_visible()
    assert page.locator("[aria-current=page]").inner_text() == "Passages"


def test_every_page_is_reached_by_its_next_link(reader: str, plain: "Page") -> None:
    plain.goto(f"{reader}/read/")
    titles = [plain.locator("h1").first.inner_text()]
    while plain.locator("a[rel=next]").count():
        plain.locator("a[rel=next]").click()
        titles.append(plain.locator("h1").first.inner_text())

    assert len(set(titles)) == len(SAMPLE_PAGES)
    assert titles == plain.locator(".contents a").all_inner_texts()


def test_code_and_the_whole_page_can_be_copied(reader: str, page: "Page") -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{reader}/read/running")
    code = page.locator("main pre").first.inner_text()

    page.locator(".code button").first.click()
    page.locator(".code [role=status]", has_text="Copied").wait_for()
    copied_code = page.evaluate("navigator.clipboard.readText()")
    page.get_by_role("button", name="Copy as Markdown").click()
    page.locator(".tools [role=status]", has_text="Copied").wait_for()
    copied_page = page.evaluate("navigator.clipboard.readText()")

    assert copied_code.strip() == code.strip()
    assert copied_page.startswith("# Running\n\nGlossator uses a few services")
    assert code.strip() in copied_page


def test_a_question_in_the_reader_goes_to_the_component(running: Running, page: "Page") -> None:
    page.goto(f"{running.url}/read/words")
    page.locator(".contents input").fill(QUESTION)
    page.locator(".contents").get_by_role("button", name="Ask").click()

    page.get_by_role("log").get_by_text("BM25's parameter k1 is usually 1.2").wait_for()
    assert page.url.endswith("/read/words")


def test_a_suggested_question_is_asked_in_the_component(running: Running, page: "Page") -> None:
    """An ingest suggests questions last, so the page gets one here, before or beside those of the book."""
    suggested = f'<ul class="questions"><li><a href="/ask?q=x">{QUESTION}</a></li></ul>'

    def add_question(route: "Route") -> None:
        html = route.fetch().text().replace("</glossator-chat>", f"</glossator-chat>{suggested}")
        route.fulfill(body=html, content_type="text/html")

    page.route(f"{running.url}/", add_question)
    page.goto(f"{running.url}/")
    page.locator(".questions").get_by_role("link", name=QUESTION).first.click()

    page.get_by_role("log").get_by_text("BM25's parameter k1 is usually 1.2").wait_for()
    assert page.url == f"{running.url}/"


def test_the_page_works_in_a_frame_of_an_allowed_site_only(
    running: Running, plain: "Page", allowed: str, foreign: str
) -> None:
    answered = []
    for origin in (allowed, foreign):
        plain.goto(origin)
        plain.set_content(f'<iframe src="{running.url}" width="800" height="600"></iframe>')
        frame = plain.frame_locator("iframe")
        if origin == allowed:
            frame.locator("#q").fill(QUESTION)
            frame.get_by_role("button", name="Ask").click()
            frame.get_by_role("heading", level=1, name=QUESTION).wait_for()
        answered.append(frame.locator("form.ask").count())

    assert answered == [1, 0]


def test_the_question_of_a_link_is_in_no_output_of_the_server(running: Running, plain: "Page") -> None:
    before = len(running.errors)
    plain.goto(f"{running.url}/ask?q=Is+xylophone+a+rare+word%3F")

    plain.get_by_role("heading", level=1, name="Is xylophone a rare word?").wait_for()
    eventually(lambda: "GET /ask 200" in running.errors[before:], "a line after the answer")
    assert "xylophone" not in running.errors + running.output


def test_every_page_of_the_sample_book_fits_a_phone(reader: str, page: "Page") -> None:
    page.set_viewport_size({"width": 360, "height": 640})
    fitting = []
    for name in SAMPLE_PAGES:
        page.goto(f"{reader}/read/{name.removesuffix('.md').removesuffix('index')}")
        width = page.evaluate("document.documentElement.scrollWidth")
        fitting += [name] if page.locator("h1").count() == 1 and width <= 360 else []

    assert fitting == list(SAMPLE_PAGES)


def test_a_reader_signs_up_asks_and_signs_out_without_a_script(plain: "Page") -> None:
    parts = AuthParts()
    with served_in_thread(parts.app()) as url:
        plain.goto(f"{url}/sign-in")
        form = plain.locator("form[action='/sign-up']")
        for label, text in (("Name", "Ada"), ("E-mail", "ada@example.com"), ("Password", "correct-horse")):
            form.get_by_label(label).fill(text)
        form.get_by_role("button", name="Create an account").click()
        plain.wait_for_url(f"{url}/")
        ask(plain, "What does the inverted index map a word to?")
        plain.get_by_role("link", name="Your account").click()
        signed_in = plain.locator("main").inner_text()
        plain.get_by_role("button", name="Sign out").click()
        plain.wait_for_url(f"{url}/")
        plain.goto(f"{url}/sign-in")

        assert "Signed in as Ada" in signed_in
        assert len(parts.conversations.messages) == 1
        assert plain.get_by_label("Password").count() == 2


def violations(page: "Page", scheme: str, options: dict[str, Any]) -> list[tuple[str, ...]]:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    results = axe.Axe().run(page, options=options)
    return [(page.url, scheme, one["id"], one["nodes"][0]["html"]) for one in results.response["violations"]]


def test_the_pages_have_no_accessibility_violation(running: Running, page: "Page") -> None:
    found: list[tuple[str, ...]] = []
    for scheme, options in SCHEMES:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        for path in ("/", "/ask?q=What+do+the+constants+k1+and+b+do%3F", "/read/words", "/read/nowhere"):
            page.goto(f"{running.url}{path}")
            found += violations(page, scheme, options)

    assert found == []


def test_a_book_from_right_to_left_has_no_accessibility_violation(page: "Page") -> None:
    parts = AuthParts(model=ScriptedModel("یہ **ملکہ مکھی** ہے [1].\n\n```python\nhive.count()\n```"))
    stored = parts.index.stored[1]
    stored.build = replace(stored.build, title="شہد کی مکھیاں کیسے رہتی ہیں")
    stored.pages = {"index.md": parse_page("index.md", BEES), "more.md": parse_page("more.md", "# مزید")}
    found: list[tuple[str, ...]] = []
    (light, every_rule), (dark, contrast) = SCHEMES
    page.emulate_media(color_scheme=light, reduced_motion="reduce")
    with served_in_thread(parts.app()) as url:
        for path in ("/docs", "/ask?q=words", "/read/nowhere", "/sign-in", "/read/", "/"):
            page.goto(f"{url}{path}")
            page.evaluate(FEWER_ARTICLES)
            found += violations(page, light, every_rule)
        chat = page.locator("glossator-chat")
        chat.get_by_role("combobox").fill("words ہیں؟")
        chat.get_by_role("combobox").press("Enter")
        chat.locator("[part=turn][data-state=done]").last.wait_for()
        found += violations(page, light, every_rule)
        direction = chat.locator("[part=panel]").evaluate("panel => getComputedStyle(panel).direction")
        page.emulate_media(color_scheme=dark)
        for path in ("/docs", "/sign-in"):
            page.goto(f"{url}{path}")
            page.evaluate(FEWER_ARTICLES)
            found += violations(page, dark, contrast)

    assert (direction, found) == ("rtl", [])
