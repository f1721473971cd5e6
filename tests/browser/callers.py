"""Calls the server from a page of another origin, as a frontend does."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from playwright.sync_api import Page

CALL: Final = """async ([url, method, body, type, token, credentials]) => {
    const headers = {};
    if (body !== null) headers["content-type"] = type;
    if (token) headers.authorization = `Bearer ${token}`;
    try {
        const reply = await fetch(url, {method, headers, credentials, body: body === null ? undefined : body});
        const shown = Object.fromEntries(reply.headers);
        const pieces = [], decoder = new TextDecoder();
        for (let reader = reply.body.getReader(), read; !(read = await reader.read()).done; )
            pieces.push(decoder.decode(read.value, {stream: true}));
        return {status: reply.status, headers: shown, pieces, text: pieces.join("")};
    } catch (error) {
        return {refused: error.message};
    }
}"""


class BlankPage(BaseHTTPRequestHandler):
    """Serves a blank page as another site."""

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


class Caller:
    """`credentials` is the fetch option for cookies, `token` the bearer token that the page has stored."""

    def __init__(self, page: "Page", origin: str, server: str, credentials: str = "omit") -> None:
        page.goto(origin)
        self._page = page
        self._server = server
        self._credentials = credentials
        self.keeps_token = credentials == "omit"
        self.token = ""

    def calls(self, method: str, path: str, body: Any = None, media_type: str = "application/json") -> dict[str, Any]:
        """`status`, `headers`, `text` and its `pieces`, or `refused` with the browser's error."""
        text = None if body is None else json.dumps(body)
        options = [f"{self._server}{path}", method, text, media_type, self.token, self._credentials]
        return dict(self._page.evaluate(CALL, options))

    def reads(self, method: str, path: str, body: Any = None) -> Any:
        reply = self.calls(method, path, body)
        assert reply.get("status") == 200, reply
        return json.loads(reply["text"])

    def hears(self, path: str, body: Any) -> dict[str, Any]:
        """The last event of a stream."""
        reply = self.calls("POST", path, body)
        assert reply.get("status") == 200, reply
        *_, name, data = reply["text"].strip().splitlines()
        assert name == "event: final"
        return dict(json.loads(data.removeprefix("data: ")))
