"""What a page of another site gets from `/chat`: an allowed one reads answers and errors, another one nothing."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.processes import Running, Workplace

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.timeout(60)
CHAT: Final = """async ([url, body]) => {
    try {
        const headers = {"content-type": "application/json"};
        const reply = await fetch(url, {method: "POST", credentials: "include", headers, body: JSON.stringify(body)});
        const text = await reply.text();
        return {status: reply.status, id: reply.headers.get("x-request-id"), text};
    } catch (error) {
        return {refused: error.message};
    }
}"""


class BlankPage(BaseHTTPRequestHandler):
    """A site that has nothing to do with us."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        return


@contextmanager
def site() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), BlankPage) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def allowed() -> Iterator[str]:
    with site() as origin:
        yield origin


@pytest.fixture(scope="module")
def foreign() -> Iterator[str]:
    with site() as origin:
        yield origin


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, allowed: str) -> Iterator[Running]:
    place = Workplace.made_in(tmp_path_factory.mktemp("home")).having(PLUGINS="local_models,qdrant_edge")
    with place.having(CORS_ALLOWED_ORIGINS=allowed).starts("dev") as running:
        running.is_loaded()
        yield running


def chat(page: "Page", origin: str, url: str, body: dict[str, object]) -> dict[str, Any]:
    page.goto(origin)
    return dict(page.evaluate(CHAT, [url, body]))


@pytest.mark.parametrize("route", ["/chat", "/chat/stream"])
def test_an_allowed_page_reads_answers(running: Running, page: "Page", allowed: str, route: str) -> None:
    reply = chat(page, allowed, f"{running.url}{route}", {"query": "Why does Mars look red?"})

    assert reply["status"] == 200
    assert "rusty iron" in reply["text"]
    assert len(reply["id"]) == 32


@pytest.mark.parametrize(("query", "code"), [("", "invalid_field"), ("x" * 300_000, "body_too_large")])
@pytest.mark.parametrize("route", ["/chat", "/chat/stream"])
def test_an_allowed_page_reads_errors(
    running: Running, page: "Page", allowed: str, route: str, query: str, code: str
) -> None:
    reply = chat(page, allowed, f"{running.url}{route}", {"query": query})

    assert json.loads(reply["text"])["code"] == code


@pytest.mark.parametrize("route", ["/chat", "/chat/stream"])
def test_another_page_reads_nothing(running: Running, page: "Page", foreign: str, route: str) -> None:
    reply = chat(page, foreign, f"{running.url}{route}", {"query": "Why does Mars look red?"})

    assert reply == {"refused": "Failed to fetch"}
