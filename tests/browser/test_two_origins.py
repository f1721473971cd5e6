"""Accounts from a page of another site, in a browser: an allowed one signs up, asks and reads; another nothing."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.browser.test_other_origins import site
from tests.processes import Running, Workplace
from tests.servers.edge_proxy import edge_proxy

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.timeout(90)
CALL: Final = """async ([url, method, body, token, credentials]) => {
    const headers = {};
    if (body !== null) headers["content-type"] = "application/json";
    if (token) headers.authorization = `Bearer ${token}`;
    try {
        const reply = await fetch(url, {method, headers, credentials, body: body === null ? undefined : body});
        return {status: reply.status, token: reply.headers.get("set-auth-token"), text: await reply.text()};
    } catch (error) {
        return {refused: error.message};
    }
}"""
QUESTION: Final = "Why does Mars look red?"
Call = tuple[str, str, dict[str, Any] | None]


@pytest.fixture(scope="module")
def allowed() -> Iterator[str]:
    with site() as origin:
        yield origin.replace("127.0.0.1", "localhost")


@pytest.fixture(scope="module")
def foreign() -> Iterator[str]:
    with site() as origin:
        yield origin


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, allowed: str) -> Iterator[Running]:
    place = Workplace.made_in(tmp_path_factory.mktemp("home")).having(CORS_ALLOWED_ORIGINS=allowed)
    with place.starts("dev") as running:
        running.is_loaded()
        yield running


class Caller:
    """Scripts of one page; `credentials` is what a fetch does with cookies."""

    def __init__(self, page: "Page", origin: str, server: str, credentials: str = "omit") -> None:
        page.goto(origin)
        self._page = page
        self._server = server
        self._credentials = credentials
        self.token = ""

    def calls(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        text = None if body is None else json.dumps(body)
        options = [f"{self._server}{path}", method, text, self.token, self._credentials]
        return dict(self._page.evaluate(CALL, options))

    def reads(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        reply = self.calls(method, path, body)
        assert reply.get("status") == 200, reply
        return json.loads(reply["text"])


def person(name: str) -> dict[str, Any]:
    return {"email": f"{name}@example.com", "name": name, "password": "correct-horse"}


def asks_and_reads_back(caller: Caller) -> None:
    """Chat, history, export, leaving: what a reader does after signing up."""
    answer = caller.reads("POST", "/chat", {"query": QUESTION})
    listed = caller.reads("GET", "/api/chat/sessions")
    exported = caller.reads("GET", f"/api/chat/sessions/{answer['session_id']}/export?format=markdown")
    everything = caller.reads("GET", "/api/auth/account/export")
    renamed = caller.reads("PATCH", f"/api/chat/sessions/{answer['session_id']}/title", {"title": "Mars"})
    left = caller.reads("POST", "/api/auth/delete-user", {})

    assert answer["stored"] is True
    assert listed["total"] == 1
    assert QUESTION in exported["content"]
    assert QUESTION in json.dumps(everything)
    assert renamed["message"]
    assert left["success"] is True


def test_an_allowed_page_signs_up_asks_and_exports_by_bearer(running: Running, page: "Page", allowed: str) -> None:
    caller = Caller(page, allowed, running.url)
    caller.token = caller.reads("POST", "/api/auth/sign-up", person("bearer"))["session"]["accessToken"]

    asks_and_reads_back(caller)


def test_an_allowed_page_signs_up_asks_and_exports_by_cookie(running: Running, page: "Page", allowed: str) -> None:
    caller = Caller(page, allowed, running.url, credentials="include")
    signed_up = caller.calls("POST", "/api/auth/sign-up/email", person("cookie"))

    assert signed_up["token"].count(".") == 1
    assert caller.reads("GET", "/api/auth/get-session")["user"]["name"] == "cookie"
    assert page.evaluate("document.cookie") == ""
    asks_and_reads_back(caller)


def test_by_bearer_an_edge_that_answers_preflights_is_passed(running: Running, page: "Page", allowed: str) -> None:
    with edge_proxy(running.port) as edge:
        caller = Caller(page, allowed, edge)
        caller.token = caller.reads("POST", "/api/auth/sign-up", person("edge"))["session"]["accessToken"]

        assert caller.reads("POST", "/chat", {"query": QUESTION})["stored"] is True


@pytest.mark.parametrize(
    ("call", "status"),
    [
        (("POST", "/api/auth/sign-up", {"email": "a"}), 400),
        (("POST", "/api/auth/sign-up/email", {**person("short"), "password": "short"}), 400),
        (("POST", "/api/auth/sign-in/email", {"email": "nobody@example.com", "password": "wrong-horse"}), 401),
        (("GET", "/api/auth/profile", None), 401),
        (("GET", "/api/auth/nowhere", None), 404),
        (("POST", "/api/auth/sign-up", {"email": "x" * 300_000}), 413),
        (("GET", "/api/chat/sessions", None), 401),
        (("PATCH", "/api/chat/sessions/1/title", {"title": "a"}), 401),
    ],
)
def test_an_allowed_page_reads_errors(running: Running, page: "Page", allowed: str, call: Call, status: int) -> None:
    reply = Caller(page, allowed, running.url).calls(*call)

    assert reply["status"] == status, reply
    assert isinstance(json.loads(reply["text"])["detail"], str)


@pytest.mark.parametrize("credentials", ["omit", "include"])
@pytest.mark.parametrize(
    "call",
    [
        ("POST", "/api/auth/sign-up", person("foreign")),
        ("POST", "/api/auth/sign-in/email", person("foreign")),
        ("GET", "/api/auth/get-session", None),
        ("GET", "/api/chat/sessions", None),
        ("DELETE", "/api/chat/history", None),
        ("POST", "/chat", {"query": QUESTION}),
    ],
)
def test_another_page_reads_nothing(running: Running, page: "Page", foreign: str, call: Call, credentials: str) -> None:
    reply = Caller(page, foreign, running.url, credentials).calls(*call)

    assert reply == {"refused": "Failed to fetch"}


def test_another_page_cannot_act_with_a_readers_cookie(
    running: Running, page: "Page", allowed: str, foreign: str
) -> None:
    """A form needs no preflight: it arrives, cookie and all where the browser sends it, and nothing comes of it."""
    owner = Caller(page, allowed, running.url, credentials="include")
    owner.reads("POST", "/api/auth/sign-up/email", person("owner"))
    page.goto(foreign.replace("127.0.0.1", "localhost"))
    page.evaluate(
        """async url => {
            const send = body => fetch(url, {method: "POST", mode: "no-cors", credentials: "include", body});
            await send(new URLSearchParams({password: "correct-horse"}));
            await send("{}");
        }""",
        f"{running.url}/api/auth/delete-user",
    )

    again = Caller(page, allowed, running.url, credentials="include")
    assert again.reads("GET", "/api/auth/get-session")["user"]["name"] == "owner"
