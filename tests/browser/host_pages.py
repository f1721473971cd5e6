"""A documentation site on another origin, with the component on its pages, and a backend that sleeps."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import urlsplit

from tests.servers.edge_proxy import Edge

PAGE: Final = """<!doctype html>
<html lang="{lang}" dir="{dir}"><head><meta charset="utf-8"><title>Guide</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<script src="{backend}/widget.js" defer></script></head>
<body><main><h1>Guide</h1>
<p id="text">A search engine always returns something, even for a question about cooking.</p>
<p><a href="/other" id="link">Another page</a> <input aria-label="A field of the page"></p>
<glossator-chat {attributes}></glossator-chat></main></body></html>
"""
STRICT: Final = (
    "default-src 'none'; script-src {backend}; connect-src {backend}; style-src 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)


@dataclass
class HostSite:
    """Serves `pages` by path; a test may change them."""

    origin: str
    pages: dict[str, tuple[str, Mapping[str, str]]] = field(default_factory=dict)

    def adds(self, path: str, backend: str, attributes: str = "", *, lang: str = "en", policy: str = "") -> str:
        """Adds a page with the component and returns its address."""
        text = PAGE.format(backend=backend, attributes=attributes, lang=lang, dir="rtl" if lang == "ur" else "ltr")
        headers = {"Content-Security-Policy": policy.format(backend=backend)} if policy else {}
        self.pages[path] = (text, headers)
        return self.origin + path


@contextmanager
def host_site() -> Iterator[HostSite]:
    """Its origin is the address of the loopback interface; `localhost` with the same port is another origin."""
    site = HostSite("")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            text, headers = site.pages.get(urlsplit(self.path).path, ("", {}))
            body = text.encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            for name, value in ({"Content-Type": "text/html; charset=utf-8"} | dict(headers)).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            return

    with serving(Handler) as site.origin:
        yield site


@dataclass
class Sleeper:
    """A proxy like that of a sleeping Space: it responds 503 without a CORS header while `asleep`."""

    origin: str = ""
    asleep: bool = True


@contextmanager
def sleeper(port: int) -> Iterator[Sleeper]:
    state = Sleeper()

    class Handler(Edge):
        upstream = f"http://127.0.0.1:{port}"
        allowed_headers = "authorization, content-type"

        def forward(self) -> None:
            if not state.asleep or self.path == "/widget.js":
                super().forward()
                return
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(503)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", "0")
            self.end_headers()

    with serving(Handler) as state.origin:
        yield state


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
