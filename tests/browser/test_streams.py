"""Streamed answers in a browser: read while they are generated, and stored when the page disconnects."""

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final
from uuid import uuid4

import pytest

from tests.browser.callers import Caller
from tests.processes import Running, Workplace, eventually, writing_model
from tests.servers.edge_proxy import edge_proxy

if TYPE_CHECKING:
    from playwright.sync_api import Page

QUESTION: Final = "Why does Mars look red?"
READ_SOME: Final = """async ([url, token, body]) => {
    const leaving = new AbortController();
    const headers = {"content-type": "application/json", authorization: `Bearer ${token}`};
    const reply = await fetch(url, {method: "POST", headers, body, signal: leaving.signal});
    const reader = reply.body.getReader(), decoder = new TextDecoder();
    let text = "";
    while (!/event: delta\\n.*\\n\\n/.test(text)) text += decoder.decode((await reader.read()).value, {stream: true});
    leaving.abort();
    return text;
}"""
"""Disconnects after the first text."""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, allowed: str) -> Iterator[Running]:
    with writing_model(delay=10.0) as (url, _):
        place = Workplace.made_in(tmp_path_factory.mktemp("home"))
        with place.having(CORS_ALLOWED_ORIGINS=allowed, OPENAI_BASE_URL=url).starts("dev") as running:
            running.is_loaded()
            yield running


def sign_up(page: "Page", origin: str, server: str) -> Caller:
    caller = Caller(page, origin, server)
    person = {"email": f"{uuid4().hex}@example.com", "name": "Ada", "password": "correct-horse"}
    caller.token = caller.reads("POST", "/api/auth/sign-up", person)["session"]["accessToken"]
    return caller


def read_first_text(page: "Page", server: str, token: str) -> str:
    return str(page.evaluate(READ_SOME, [f"{server}/chat/stream", token, json.dumps({"query": QUESTION})]))


@pytest.mark.parametrize("way", ["direct", "behind an edge"])
def test_a_page_reads_an_answer_while_it_is_generated(running: Running, page: "Page", allowed: str, way: str) -> None:
    with ExitStack() as stack:
        server = running.url if way == "direct" else stack.enter_context(edge_proxy(running.port))
        text = read_first_text(page, server, sign_up(page, allowed, server).token)

    assert re.findall("event: (.*)", text) == ["start", "sources", "delta"]


def test_a_partial_answer_is_in_the_history_after_the_page_disconnects(
    running: Running, page: "Page", allowed: str
) -> None:
    caller = sign_up(page, allowed, running.url)

    text = read_first_text(page, running.url, caller.token)

    eventually(lambda: caller.reads("GET", "/api/chat/sessions")["total"], "the conversation is stored")
    [conversation] = caller.reads("GET", "/api/chat/sessions")["sessions"]
    question, answer = caller.reads("GET", f"/api/chat/sessions/{conversation['id']}")["messages"]
    *_, said = re.findall("data: (.*)", text)
    assert question["content"] == QUESTION
    assert answer["content"] == json.loads(said)["text"].strip()
