"""Accounts from other origins in a browser: allowed ones can use every route, others cannot."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.browser.callers import Caller, site
from tests.processes import Running, Workplace, eventually
from tests.servers.edge_proxy import edge_proxy

if TYPE_CHECKING:
    from playwright.sync_api import Page

PASSWORD: Final = "correct-horse"
QUESTION: Final = "Why does Mars look red?"
PREFLIGHT: Final = "OPTIONS /api/chat/sessions/<session_id>/title 200"
REFUSED: Final = {"refused": "Failed to fetch"}
Call = tuple[str, str, dict[str, Any] | None]


@pytest.fixture(scope="module")
def allowed() -> Iterator[str]:
    with site() as origin:
        yield origin.replace("127.0.0.1", "localhost")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, allowed: str) -> Iterator[Running]:
    place = Workplace.made_in(tmp_path_factory.mktemp("home")).having(CORS_ALLOWED_ORIGINS=allowed)
    with place.starts("dev") as running:
        running.is_loaded()
        yield running


def account(name: str) -> dict[str, Any]:
    return {"email": f"{name}@example.com", "name": name, "password": PASSWORD}


def credentials(name: str) -> dict[str, Any]:
    return {"email": f"{name}@example.com", "password": PASSWORD}


def sign_up_and_in_again(caller: Caller, name: str) -> None:
    """With bearer tokens the page stores the token; with cookies there is none to store."""
    by_bearer = caller.keeps_token
    first = caller.reads("POST", "/api/auth/sign-up", account(name))["session"]["accessToken"]
    caller.token = first if by_bearer else ""
    assert caller.reads("GET", "/api/auth/get-session")["user"]["name"] == name
    assert caller.reads("POST", "/api/auth/sign-out", {}) == {"success": True}
    assert caller.reads("GET", "/api/auth/get-session") is None
    assert caller.calls("GET", "/api/auth/profile")["status"] == 401
    caller.token = ""
    again = caller.reads("POST", "/api/auth/sign-in/email", credentials(name))["session"]["accessToken"]
    caller.token = again if by_bearer else ""


def ask_and_read_back(caller: Caller) -> str:
    """Asks with and without a stream, reads, exports and renames the conversation. Returns its id."""
    asked = caller.reads("POST", "/chat", {"query": QUESTION})
    place = f"/api/chat/sessions/{asked['session_id']}"
    heard = caller.hears("/chat/stream", {"query": "And the tides?", "session_id": asked["session_id"]})
    messages = caller.reads("GET", place)["messages"]
    exported = [caller.reads("GET", f"{place}/export?format={form}") for form in ("text", "markdown", "json")]
    caller.reads("PATCH", f"{place}/title", {"title": "Mars"})

    assert [asked["stored"], heard["stored"], heard["session_id"]] == [True, True, asked["session_id"]]
    assert [message["content"] for message in messages][::2] == [QUESTION, "And the tides?"]
    assert [QUESTION in json.dumps(each["content"]) for each in exported] == [True, True, True]
    assert [each["title"] for each in caller.reads("GET", "/api/chat/sessions")["sessions"]] == ["Mars"]
    return str(asked["session_id"])


def delete_everything(caller: Caller, conversation: str, name: str) -> None:
    """Deletes one conversation, then the others, then the account."""
    for _ in range(2):
        caller.reads("POST", "/api/chat/sessions", {})
    caller.reads("DELETE", f"/api/chat/sessions/{conversation}")
    after_one = caller.reads("GET", "/api/chat/sessions")
    after_all = caller.reads("DELETE", "/api/chat/history")
    kept = caller.reads("GET", "/api/auth/account/export")
    left = caller.reads("POST", "/api/auth/delete-user", {"password": PASSWORD})

    assert conversation not in json.dumps(after_one)
    assert (after_one["total"], after_all["deleted"]) == (2, 2)
    assert name in json.dumps(kept)
    assert QUESTION not in json.dumps(kept)
    assert left["success"] is True
    assert caller.calls("POST", "/api/auth/sign-in/email", credentials(name))["status"] == 401


@pytest.mark.parametrize("way", ["bearer", "cookie", "bearer behind an edge"])
def test_an_allowed_origin_can_use_every_reader_route(running: Running, page: "Page", allowed: str, way: str) -> None:
    name = way.replace(" ", "-")
    before = running.errors.count(PREFLIGHT)
    with ExitStack() as stack:
        server = stack.enter_context(edge_proxy(running.port)) if "edge" in way else running.url
        caller = Caller(page, allowed, server, credentials="include" if way == "cookie" else "omit")
        sign_up_and_in_again(caller, name)
        conversation = ask_and_read_back(caller)
        delete_everything(caller, conversation, name)

    assert page.evaluate("document.cookie") == ""
    assert running.errors.count(PREFLIGHT) - before == ("edge" not in way)


def test_cookies_do_not_work_behind_an_edge_that_answers_preflights(
    running: Running, page: "Page", allowed: str
) -> None:
    """So a frontend of a Space needs a bearer token."""
    with edge_proxy(running.port) as edge:
        reply = Caller(page, allowed, edge, credentials="include").calls("POST", "/api/auth/sign-up", account("nobody"))

    assert reply == REFUSED


def test_an_allowed_origin_reads_answers(running: Running, page: "Page", allowed: str) -> None:
    caller = Caller(page, allowed, running.url)

    for route in ("/chat", "/chat/stream"):
        reply = caller.calls("POST", route, {"query": QUESTION})

        assert reply["status"] == 200
        assert "rusty iron" in reply["text"]
        assert len(reply["headers"]["x-request-id"]) == 32


ERRORS: Final[tuple[tuple[Call, int, str], ...]] = (
    (("POST", "/api/auth/sign-up", {"email": "a"}), 400, "VALIDATION_ERROR"),
    (("POST", "/api/auth/sign-up/email", {**account("short"), "password": "short"}), 400, "PASSWORD_TOO_SHORT"),
    (("POST", "/api/auth/sign-in/email", credentials("nobody")), 401, "INVALID_EMAIL_OR_PASSWORD"),
    (("GET", "/api/auth/profile", None), 401, "UNAUTHORIZED"),
    (("GET", "/api/chat/sessions", None), 401, "unauthorized"),
    (("PATCH", "/api/chat/sessions/1/title", {"title": "a"}), 401, "unauthorized"),
    (
        ("POST", "/api/auth/sign-in/email", {**credentials("a"), "callbackURL": "https://evil.example"}),
        403,
        "INVALID_CALLBACK_URL",
    ),
    (("GET", "/api/auth/nowhere", None), 404, "NOT_FOUND"),
    (("DELETE", "/nowhere", None), 404, "not_found"),
    (("GET", "/chat", None), 405, "method_not_allowed"),
    (("POST", "/api/auth/sign-up", {"email": "x" * 300_000}), 413, "BODY_TOO_LARGE"),
    (("POST", "/chat/stream", {"query": "x" * 300_000}), 413, "body_too_large"),
    (("POST", "/chat", {"query": "x" * 300_000}), 413, "body_too_large"),
    (("POST", "/chat", {"query": " "}), 422, "invalid_field"),
    (("POST", "/chat/stream", {"query": ""}), 422, "invalid_field"),
    (("POST", "/translate", {"text": "Mars is red."}), 503, "needs_model"),
)


def test_an_allowed_origin_reads_errors(running: Running, page: "Page", allowed: str) -> None:
    caller = Caller(page, allowed, running.url)

    for call, status, code in ERRORS:
        reply = caller.calls(*call)
        problem = json.loads(reply["text"])

        assert (reply["status"], problem["code"]) == (status, code)
        assert isinstance(problem["detail"], str)
        assert problem["request_id"] == reply["headers"]["x-request-id"]


def test_an_allowed_origin_reads_the_media_type_error(running: Running, page: "Page", allowed: str) -> None:
    caller = Caller(page, allowed, running.url)
    sent = [("POST", path, {"query": QUESTION}, "text/plain") for path in ("/chat", "/api/auth/sign-in/email")]

    replies = [caller.calls(*call) for call in sent]

    assert [(reply["status"], json.loads(reply["text"])["code"].lower()) for reply in replies] == (
        [(415, "unsupported_media_type")] * 2
    )


def test_an_allowed_origin_reads_the_invalid_token_error(running: Running, page: "Page", allowed: str) -> None:
    caller = Caller(page, allowed, running.url)
    outcomes = []
    for caller.token in ("x", "x.y", "x.y.z"):
        replies = [caller.calls("POST", route, {"query": QUESTION}) for route in ("/chat", "/chat/stream")]
        outcomes += [(reply["status"], json.loads(reply["text"])["code"]) for reply in replies]

    assert outcomes == [(401, "invalid_token")] * 6


def test_an_allowed_origin_reads_the_retry_after_header(running: Running, page: "Page", allowed: str) -> None:
    caller = Caller(page, allowed, running.url)

    *wrong, refused = [caller.calls("POST", "/api/auth/sign-in/email", credentials("guessed")) for _ in range(6)]

    assert [reply["status"] for reply in wrong] == [401] * 5
    assert refused["status"] == 429
    wait = json.loads(refused["text"])["retry_after"]
    assert 800 < wait <= 900
    assert [refused["headers"][name] for name in ("retry-after", "x-retry-after")] == [str(wait)] * 2


@pytest.mark.parametrize("credentials_sent", ["omit", "include"])
def test_another_origin_reads_nothing(running: Running, page: "Page", foreign: str, credentials_sent: str) -> None:
    caller = Caller(page, foreign, running.url, credentials_sent)
    sent: list[Call] = [
        ("POST", "/api/auth/sign-up", account("foreign")),
        ("POST", "/api/auth/sign-in/email", account("foreign")),
        ("GET", "/api/auth/get-session", None),
        ("GET", "/api/chat/sessions", None),
        ("DELETE", "/api/chat/history", None),
        ("POST", "/chat", {"query": QUESTION}),
        ("POST", "/chat/stream", {"query": QUESTION}),
    ]

    assert [caller.calls(*call) for call in sent] == [REFUSED] * len(sent)


FORGED: Final[tuple[tuple[str, dict[str, str]], ...]] = (
    ("/api/auth/delete-user", {"password": PASSWORD}),
    ("/api/auth/change-password", {"currentPassword": PASSWORD, "newPassword": "evil-horse"}),
    ("/api/auth/revoke-sessions", {}),
    ("/api/auth/sign-out", {}),
    ("/api/auth/update-user", {"name": "Eve"}),
    ("/api/chat/sessions", {"title": "Eve's"}),
    ("/chat", {"query": QUESTION}),
    ("/chat/stream", {"query": QUESTION}),
)
"""Requests that a page can send with cookies but without a preflight: a form, or JSON declared as text."""
SEND: Final = """async ([url, fields]) => {
    const send = body => fetch(url, {method: "POST", mode: "no-cors", credentials: "include", body});
    await send(new URLSearchParams(fields));
    await send(JSON.stringify(fields));
}"""


def test_another_port_of_the_same_host_cannot_write_with_a_cookie(
    running: Running, page: "Page", allowed: str, foreign: str
) -> None:
    """Browsers ignore the port for cookies, so the cookie is sent."""
    owner = Caller(page, allowed, running.url, credentials="include")
    signed_up = owner.reads("POST", "/api/auth/sign-up/email", account("owner"))

    page.goto(foreign.replace("127.0.0.1", "localhost"))
    for path, fields in FORGED:
        page.evaluate(SEND, [f"{running.url}{path}", fields])

    again = Caller(page, allowed, running.url, credentials="include")
    session = again.reads("GET", "/api/auth/get-session")
    assert (session["session"]["token"], session["user"]["name"]) == (signed_up["token"], "owner")
    assert again.reads("GET", "/api/chat/sessions")["total"] == 0
    assert again.reads("POST", "/api/auth/sign-in/email", credentials("owner"))["user"] == session["user"]
    assert [running.errors.count(f" POST {path} 403 ") for path, _ in FORGED] == [2] * len(FORGED)


def test_another_port_of_the_same_host_cannot_read_with_a_cookie(
    running: Running, page: "Page", allowed: str, foreign: str
) -> None:
    owner = Caller(page, allowed, running.url, credentials="include")
    owner.reads("POST", "/api/auth/sign-up/email", account("read"))
    stranger = Caller(page, foreign.replace("127.0.0.1", "localhost"), running.url, "include")

    for path in ("/api/auth/get-session", "/api/auth/account/export", "/api/chat/sessions"):
        logged = len(running.errors)
        assert stranger.calls("GET", path) == REFUSED
        eventually(lambda: f"GET {path} 200" in running.errors[logged:], "a line after the answer")  # noqa: B023
