"""`<glossator-chat>` on a page of another origin: search, ask, stop and resume, by keyboard and on a phone."""

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.chromium import wait_until_in_view
from tests.browser.component import PHONE, QUESTION, Component
from tests.browser.host_pages import STRICT, HostSite, host_site
from tests.browser.slow_model import Model, slow_model
from tests.processes import SAMPLE_BOOK, Running, Workplace

if TYPE_CHECKING:
    from playwright.sync_api import Page, Request

HALF: Final = "BM25's"
"""In the first pieces of the model's answer."""


@pytest.fixture(scope="module")
def site() -> Iterator[HostSite]:
    with host_site() as site:
        yield site


@pytest.fixture(scope="module")
def model() -> Iterator[Model]:
    with slow_model() as model:
        yield model


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, site: HostSite, model: Model) -> Iterator[Running]:
    pages = {name: (SAMPLE_BOOK / name).read_text("utf-8") for name in ("words.md",)}
    place = Workplace.made_in(tmp_path_factory.mktemp("home"), pages)
    with place.having(CORS_ALLOWED_ORIGINS=site.origin, OPENAI_BASE_URL=model.url, SUGGESTIONS__MODEL="false").starts(
        "dev"
    ) as running:
        running.is_loaded()
        yield running


@pytest.fixture
def guide(running: Running, site: HostSite) -> str:
    """A page of the site that embeds the component."""
    return site.adds("/guide", running.url)


def requests_of(page: "Page") -> "list[Request]":
    """What the page requests from now on."""
    requests: list[Request] = []

    def record(request: "Request") -> None:
        requests.append(request)

    page.on("request", record)
    return requests


def sent(requests: "list[Request]", path: str) -> list[dict[str, object]]:
    """The bodies of the requests to a path."""
    return [json.loads(one.post_data or "{}") for one in requests if one.url.endswith(path) and one.method == "POST"]


def test_a_page_that_only_shows_it_requests_nothing_but_the_script(running: Running, page: "Page", guide: str) -> None:
    requests = requests_of(page)

    component = Component(page, guide)
    before = [request.url for request in requests if request.url.startswith(running.url)]
    component.open()

    assert before == [f"{running.url}/widget.js"]
    assert f"{running.url}/config?lang=en" in [request.url for request in requests]
    about = component.part("about").locator("p").inner_text()
    assert "A language model writes the answers" in about
    assert f"goes to localhost:{running.port}. Questions asked without an account are not stored." in about


def test_sections_are_searched_after_a_pause_and_one_opens(running: Running, new_page: "Page", guide: str) -> None:
    page = new_page
    component = Component(page, guide).open()
    requests = requests_of(page)
    page.clock.install(time=0)
    page.clock.pause_at(1000)

    component.field.press_sequentially("constan")
    page.clock.run_for(149)
    early = sent(requests, "/search")
    component.field.press_sequentially("ts k1")
    page.clock.run_for(150)
    options = component.host.get_by_role("option")
    options.first.wait_for()
    component.field.press("ArrowDown")
    component.field.press("Enter")

    assert early == []
    assert sent(requests, "/search") == [{"query": "constants k1", "mode": "words", "limit": 6}]
    page.wait_for_url(re.compile(f"{running.url}/read/words#constants"))


def test_an_answer_is_streamed_stopped_and_asked_again(model: Model, page: "Page", guide: str) -> None:
    component = Component(page, guide).open()
    log = component.host.get_by_role("log")
    with model.stalling():
        component.field.fill(QUESTION)
        component.field.press("Enter")
        component.turns.and_(page.locator("[data-state=writing]")).wait_for()
        component.part("answer").get_by_text(HALF).wait_for()
        said_early = log.inner_text()
        component.part("stop").click()
        component.turns.get_by_text("You stopped this answer.").wait_for()
        focused = component.focused()

    component.turns.get_by_role("button", name="Try again").click()
    turn = component.answered()

    assert said_early == ""
    assert focused == "input"
    assert component.turns.count() == 1
    assert "You stopped" not in turn.inner_text()
    assert log.inner_text().startswith("Answer: ")
    assert component.part("stop").is_hidden()


def test_a_number_opens_the_book_at_the_sentence_that_its_preview_shows(
    running: Running, page: "Page", guide: str
) -> None:
    component = Component(page, guide).open()
    number = component.ask().locator("[part=citation]").first
    number.hover()
    quote = component.part("preview").locator("q").first.inner_text()

    number.click()
    page.wait_for_url(re.compile(rf"{running.url}/read/words\?at=[0-9a-f-]+\.\d+#constants:~:text="))
    marked = page.locator("mark")

    assert marked.inner_text() == quote
    wait_until_in_view(marked)


def test_the_conversation_of_a_tab_survives_a_reload_until_a_new_one(page: "Page", guide: str) -> None:
    requests = requests_of(page)
    component = Component(page, guide).open()
    first = component.ask().locator("[part=answer]").inner_text()

    component = Component(page, guide).open()
    restored = component.answered().locator("[part=answer]").inner_text()
    component.ask("And what is RRF?")
    history = sent(requests, "/chat/stream")[-1]["history"]
    component.part("new").click()

    assert restored == first
    assert isinstance(history, list)
    assert [turn["role"] for turn in history] == ["user", "assistant"]
    assert history[0]["content"] == QUESTION
    assert component.turns.count() == 0
    assert page.evaluate("Object.values(sessionStorage).join()").count(QUESTION) == 0


def test_the_keyboard_is_enough(page: "Page", guide: str) -> None:
    component = Component(page, guide)
    page.get_by_label("A field of the page").focus()
    page.keyboard.press("/")
    in_field = component.part("panel").is_visible()
    page.locator("#link").focus()
    page.keyboard.press("/")
    component.wait_for_focus("input")
    page.keyboard.type("constants")
    component.host.get_by_role("option").first.wait_for()
    page.keyboard.press("Escape")
    with_list_closed = component.part("panel").is_visible(), component.host.get_by_role("listbox").is_visible()
    page.keyboard.press("Enter")
    turn = component.answered("constants")
    for _ in range(20):
        page.keyboard.press("Shift+Tab")
        if component.focused() == "citation":
            break
    preview = turn.get_by_role("tooltip").is_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")

    assert not in_field
    assert with_list_closed == (True, False)
    assert preview
    component.part("panel").wait_for(state="hidden")
    component.wait_for_focus("link")


def test_ctrl_k_opens_it_and_the_host_can_choose_other_keys(running: Running, site: HostSite, page: "Page") -> None:
    component = Component(page, site.adds("/keys", running.url))
    page.keyboard.press("Control+k")
    component.part("panel").wait_for()
    component = Component(page, site.adds("/other-keys", running.url, 'hotkey="ctrl+j"'))
    page.keyboard.press("Control+k")
    page.keyboard.press("/")
    by_others = component.part("panel").is_visible()
    page.keyboard.press("Control+j")

    assert not by_others
    component.part("panel").wait_for()


def test_a_page_from_right_to_left_shows_urdu(running: Running, site: HostSite, page: "Page") -> None:
    component = Component(page, site.adds("/ur", running.url, lang="ur")).open()
    box = component.part("panel").bounding_box()
    turn = component.ask()

    assert box is not None
    assert box["x"] < 100
    assert "کتاب" in component.part("about").inner_text()
    assert turn.locator("[part=answer]").get_attribute("dir") == "ltr"
    assert component.part("header").evaluate("header => getComputedStyle(header).direction") == "rtl"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_on_a_phone_it_is_a_sheet_over_the_page(page: "Page", guide: str) -> None:
    page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
    component = Component(page, guide).open()
    box = component.part("panel").bounding_box()
    modal = component.part("panel").evaluate("panel => panel.matches(':modal')")
    component.ask()
    fits = component.part("conversation").evaluate("element => element.scrollWidth <= element.clientWidth")
    component.part("close").click()

    assert box == {"x": 0, "y": 0, "width": PHONE["width"], "height": PHONE["height"]}
    assert modal
    assert fits
    component.wait_for_focus("launcher")


def test_a_strict_host_page_needs_only_our_origin(running: Running, site: HostSite, page: "Page") -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    component = Component(page, site.adds("/strict", running.url, policy=STRICT)).open()

    turn = component.ask()

    assert "1.2" in turn.inner_text()
    assert component.part("ask").evaluate("button => getComputedStyle(button).borderRadius") == "50%"
    assert [text for text in complaints if "Content Security" in text or "Trusted" in text] == []


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        ("localhost", "The server refuses this page's origin"),
        ("docs.localhost", "The book's assistant is not available here."),
    ],
)
def test_a_refused_origin_is_explained(
    running: Running, site: HostSite, page: "Page", guide: str, host: str, shown: str
) -> None:
    address = guide.replace("127.0.0.1", host)
    line = f"CORS_ALLOWED_ORIGINS={address.removesuffix('/guide')}"
    component = Component(page, address)

    with page.expect_console_message(lambda message: line in message.text):
        component.part("launcher").click()
    component.part("notice").get_by_text(shown).wait_for()

    assert (line in component.part("notice").inner_text()) == (host == "localhost")
    assert component.field.is_hidden()


def test_selected_text_is_sent_only_when_the_reader_asks_about_it(page: "Page", guide: str) -> None:
    requests = requests_of(page)
    component = Component(page, guide)
    page.locator("#text").click(click_count=3)
    before = len(requests)
    component.part("selection-button").click()
    component.field.wait_for()
    component.field.fill("Why is that?")
    typed = sent(requests, "/chat/stream")
    component.field.press("Enter")
    component.answered("Why is that?")
    component.ask()

    assert [one.url for one in requests[:before] if one.url.endswith(("/config", "/chat/stream"))] == []
    assert typed == []
    first, second = sent(requests, "/chat/stream")
    assert first["selected_text"] == "A search engine always returns something, even for a question about cooking."
    assert "selected_text" not in second
    assert first["page"] == guide.partition("?")[0]


def test_an_offline_reader_is_told_and_can_ask_again(page: "Page", guide: str) -> None:
    component = Component(page, guide).open()
    page.context.set_offline(True)
    component.field.fill(QUESTION)
    component.field.press("Enter")
    component.turns.get_by_text("You are offline.").wait_for()
    page.context.set_offline(False)
    component.turns.get_by_role("button", name="Try again").click()

    assert "1.2" in component.answered().inner_text()


def test_a_router_of_the_host_changes_the_page_of_the_suggestions(page: "Page", guide: str) -> None:
    component = Component(page, guide).open()

    with page.expect_request(re.compile(r"/suggestions\?page=")) as request:
        page.evaluate("history.pushState(null, '', '/words?secret=1#part')")
    component.part("close").click()

    assert "page=http%3A%2F%2F127.0.0.1" in request.value.url
    assert "%2Fwords&" in request.value.url
    assert "secret" not in request.value.url


def violations(page: "Page") -> list[str]:
    results = Axe().run(page, "glossator-chat")
    return [f"{one['id']}: {node['html']}" for one in results.response["violations"] for node in one["nodes"]]


@pytest.mark.parametrize(("scheme", "lang"), [("light", "en"), ("dark", "ur")])
def test_axe_finds_no_violation(
    running: Running, site: HostSite, page: "Page", scheme: Literal["light", "dark"], lang: str
) -> None:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    component = Component(page, site.adds("/guide", running.url, lang=lang)).open()
    found = violations(page)
    turn = component.ask()
    turn.locator("[part=sources] summary").click()
    turn.locator("[data-rating=down]").click()
    turn.locator("[part=citation]").first.focus()
    found += violations(page)
    component.field.fill("constants")
    component.host.get_by_role("option").first.wait_for()
    component.field.press("ArrowDown")

    assert found + violations(page) == []


def test_feedback_is_sent_at_once_and_can_be_changed_and_withdrawn(page: "Page", guide: str) -> None:
    requests = requests_of(page)
    component = Component(page, guide).open()
    turn = component.ask()
    thumb = turn.locator("[data-rating=down]")
    with page.expect_response(re.compile("/feedback$")) as at_once:
        thumb.click()
    pressed = thumb.get_attribute("aria-pressed")
    form = component.part("feedback")
    form.get_by_label("It is not what I asked").check()
    form.get_by_label("Note (optional)").fill("I asked about b.")
    form.get_by_role("button", name="Send").click()
    form.get_by_role("button", name="Change").click()
    form.get_by_role("button", name="Withdraw").click()
    form.get_by_text("Withdrawn.").wait_for()
    turn.locator("[part=sources] summary").click()
    with page.expect_response(re.compile("/feedback$")) as of_a_citation:
        turn.get_by_role("button", name="This does not prove it").click()
    thumb.and_(page.locator("[aria-pressed=true]")).wait_for()

    assert (at_once.value.status, pressed) == (204, "true")
    assert of_a_citation.value.status == 204
    first, changed, withdrawn, citation = sent(requests, "/feedback")
    assert first == {"request_id": first["request_id"], "rating": "down"}
    assert changed == first | {"reason": "not_what_i_asked", "comment": "I asked about b."}
    assert withdrawn["rating"] is None
    assert citation == first | {"citation": 1, "reason": "incorrect"}
