"""What `<glossator-chat>` says when the book cannot answer as usual: asleep, limited, over budget, empty, closed."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.browser.component import Component
from tests.browser.host_pages import HostSite, host_site, sleeper
from tests.processes import WITHOUT_DATABASE, Running, Workplace, writing_model

if TYPE_CHECKING:
    from playwright.sync_api import Page

MARS = "Why does Mars look red?"


@pytest.fixture(scope="module")
def site() -> Iterator[HostSite]:
    with host_site() as site:
        yield site


@pytest.fixture(scope="module")
def limited(tmp_path_factory: pytest.TempPathFactory, site: HostSite) -> Iterator[Running]:
    """A budget that is too small for one answer, and two questions a minute."""
    with writing_model() as (url, _):
        place = Workplace.made_in(tmp_path_factory.mktemp("home")).having(OPENAI_BASE_URL=url)
        limits = {
            "SUGGESTIONS__MODEL": "false",
            "BUDGET__SITE_DAY": "0.0001",
            "OPENAI__PROMPT_PRICE": "100",
            "OPENAI__COMPLETION_PRICE": "100",
            "LIMITS__CHAT_PER_NETWORK": "2",
        }
        with place.having(CORS_ALLOWED_ORIGINS=site.origin, **limits).starts("dev") as running:
            running.is_loaded()
            yield running


def test_a_sleeping_backend_is_waited_for(limited: Running, site: HostSite, page: "Page") -> None:
    with sleeper(limited.port) as backend:
        component = Component(page, site.adds("/asleep", backend.origin))
        component.part("launcher").click()
        component.part("notice").get_by_text("The book is waking up.").wait_for()
        component.field.fill(MARS)
        component.field.press("Enter")
        backend.asleep = False

        turn = component.answered(MARS)

        assert "rusty iron" in turn.inner_text()
        assert "waking" not in component.part("notice").inner_text()


def test_a_budget_and_a_limit_are_named_with_their_times(limited: Running, site: HostSite, page: "Page") -> None:
    component = Component(page, site.adds("/limited", limited.url)).open()
    quoted = component.ask(MARS).inner_text()
    while component.turns.last.get_attribute("data-state") == "done":
        component.field.fill(MARS)
        component.field.press("Enter")
        component.turns.last.and_(page.locator("[data-state=done], [data-state=failed]")).wait_for()

    assert "The budget for generated answers is used up until" in quoted
    assert "Your network has asked too often. You can ask again at" in component.turns.last.inner_text()


def test_an_empty_book_takes_no_questions(place: Workplace, site: HostSite, page: "Page") -> None:
    for path in place.book.iterdir():
        path.unlink()
    with place.having(**WITHOUT_DATABASE, CORS_ALLOWED_ORIGINS=site.origin).starts("dev") as running:
        running.serves()
        component = Component(page, site.adds("/empty", running.url)).open()

        component.part("notice").get_by_text("This book has not been loaded yet.").wait_for()

        assert component.field.is_disabled()


def test_a_book_for_signed_in_readers_takes_the_host_pages_token(
    place: Workplace, site: HostSite, page: "Page"
) -> None:
    with place.having(CORS_ALLOWED_ORIGINS=site.origin, AUTH__ANONYMOUS_CHAT="false").starts("dev") as running:
        running.is_loaded()
        component = Component(page, site.adds("/closed", running.url)).open()
        notice = component.part("notice")
        notice.get_by_text("Only signed-in readers can ask this book.").wait_for()
        link = notice.get_by_role("link").get_attribute("href")
        fields = page.locator("input[type=password]").count()
        with running.client() as client:
            person = {"email": "ada@example.com", "name": "Ada", "password": "correct-horse"}
            token = client.post("/api/auth/sign-up", json=person).json()["session"]["accessToken"]
            component.host.evaluate("(element, token) => element.setToken(token)", token)
            about = component.part("about").locator("p").inner_text()
            component.ask(MARS)
            component.ask("Why?")
            sessions = client.get("/api/chat/sessions", headers={"authorization": f"Bearer {token}"}).json()

        assert link == f"{running.url}/sign-in"
        assert fields == 0
        assert notice.is_hidden()
        assert "stays in your account" in about
        assert [one["message_count"] for one in sessions["sessions"]] == [4]
