"""A streamed answer in a browser: it is read while it is written, and what was said is kept when its reader leaves."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final

import pytest

from tests.browser.callers import Caller, site
from tests.processes import Running, Workplace, eventually, writing_model
from tests.servers.edge_proxy import edge_proxy

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.timeout(60)
QUESTION: Final = "Why does Mars look red?"
ADA: Final = {"name": "Ada", "password": "correct-horse"}
LEAVE: Final = """async ([url, token, body]) => {
    const leaving = new AbortController();
    const headers = {"content-type": "application/json", authorization: `Bearer ${token}`};
    const reply = await fetch(url, {method: "POST", headers, body, signal: leaving.signal});
    const reader = reply.body.getReader(), decoder = new TextDecoder();
    let text = "";
    while (!text.includes("event: delta")) text += decoder.decode((await reader.read()).value, {stream: true});
    leaving.abort();
    return text;
}"""


@pytest.fixture(scope="module")
def allowed() -> Iterator[str]:
    with site() as origin:
        yield origin


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, allowed: str) -> Iterator[Running]:
    with writing_model(delay=0.1) as (url, _):
        place = Workplace.made_in(tmp_path_factory.mktemp("home"))
        with place.having(CORS_ALLOWED_ORIGINS=allowed, OPENAI_BASE_URL=url).starts("dev") as running:
            running.is_loaded()
            yield running


@pytest.mark.parametrize("way", ["direct", "behind an edge"])
def test_a_page_reads_an_answer_while_it_is_written(running: Running, page: "Page", allowed: str, way: str) -> None:
    with ExitStack() as stack:
        server = running.url if way == "direct" else stack.enter_context(edge_proxy(running.port))
        caller = Caller(page, allowed, server)
        email = f"{way.replace(' ', '-')}@example.com"
        caller.token = caller.reads("POST", "/api/auth/sign-up", {**ADA, "email": email})["session"]["accessToken"]
        pieces = caller.calls("POST", "/chat/stream", {"query": QUESTION})["pieces"]

    assert "event: start" in pieces[0]
    assert "event: final" not in pieces[0]
    assert "event: final" in pieces[-1]
    assert len([piece for piece in pieces if "event: delta" in piece]) > 2


def test_what_was_said_before_a_page_left_is_in_the_history(running: Running, page: "Page", allowed: str) -> None:
    caller = Caller(page, allowed, running.url)
    person = {**ADA, "email": "leaves@example.com"}
    caller.token = caller.reads("POST", "/api/auth/sign-up", person)["session"]["accessToken"]

    page.evaluate(LEAVE, [f"{running.url}/chat/stream", caller.token, f'{{"query": "{QUESTION}"}}'])

    eventually(lambda: caller.reads("GET", "/api/chat/sessions")["total"], "the conversation is stored")
    [conversation] = caller.reads("GET", "/api/chat/sessions")["sessions"]
    question, answer = caller.reads("GET", f"/api/chat/sessions/{conversation['id']}")["messages"]
    assert question["content"] == QUESTION
    whole = caller.reads("POST", "/chat", {"query": QUESTION, "format": "markdown"})["response"]
    assert answer["content"]
    assert len(answer["content"]) < len(whole)
