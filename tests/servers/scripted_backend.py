"""A backend of the component whose answers a test writes event by event, and a host page at its origin."""

import gzip
import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import SimpleQueue
from typing import Any, Final
from urllib.parse import urlsplit

from tests.places import ROOT

Event = tuple[str, dict[str, Any]]

BUILT: Final = ROOT / "src" / "glossator" / "web" / "built"
PAGE: Final = """<!doctype html>
<html lang="{lang}"><head><meta charset="utf-8"><title>Guide</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<script src="{origin}/widget.js" defer></script></head>
<body><main><h1>Guide</h1><glossator-chat inline open></glossator-chat></main></body></html>
"""
STRICT: Final = (
    "default-src 'none'; script-src {origin}; connect-src {origin}; style-src 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
CONFIG: Final[dict[str, Any]] = {
    "service": "glossator",
    "version": "0",
    "origin_allowed": True,
    "book": {"title": "Guide", "url": "https://book.example/guide/", "loaded": True},
    "answers": "generated",
    "question_hosts": [],
    "feedback": {"kept": True},
    "auth": {"mode": "off", "sign_up": "closed", "forgotten_password": None},
    "limits": {"query": 4000, "selected_text": 8000, "history_entries": 20, "history_entry": 4000},
    "budget": {"spent": []},
    "support_url": None,
    "kept": [],
}


def citation(n: int, quote: str = "The proof.", **fields: Any) -> dict[str, Any]:
    found = {
        "n": n,
        "passage_id": f"passage-{n}",
        "title": "Guide",
        "heading": f"Section {n}",
        "url": f"https://book.example/guide/page#section-{n}",
        "quote": quote,
        "quotes": [],
        "score": 0.5,
    }
    return found | fields


def answer(response: str, *citations: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """The data of a `final` event."""
    found = {
        "response": response,
        "mode": "generated",
        "reason": None,
        "retrieval": "hybrid",
        "citations": list(citations),
        "nearest": [],
        "follow_ups": [],
        "sources": [],
        "grounding": {"score": 1.0, "sentences": [], "unsupported": []},
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "cost_usd": 0.0},
        "budget": None,
        "stored": False,
        "request_id": "request-1",
        "session_id": None,
        "message_id": None,
    }
    return found | fields


@dataclass
class ScriptedBackend:
    """`received` has the body of each POST. `policy` and `lang` are those of the host page."""

    origin: str = ""
    policy: str = ""
    lang: str = "en"
    received: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    events: SimpleQueue[Sequence[Event]] = field(default_factory=SimpleQueue)

    def forgets(self) -> None:
        """Leaves nothing of the last test; a stream that it left open gets no event of this one."""
        self.policy, self.lang = "", "en"
        self.received.clear()
        self.events = SimpleQueue()

    def sends(self, name: str, **data: Any) -> None:
        """The next event of the open stream, or of the next one. `final` and `error` end it."""
        self.sends_together((name, data))

    def sends_together(self, *events: Event) -> None:
        """In one piece of the network."""
        self.events.put(events)

    def answers(self, response: str, *citations: dict[str, Any], **fields: Any) -> None:
        self.sends("final", **answer(response, *citations, **fields))


class Handler(BaseHTTPRequestHandler):
    backend: ScriptedBackend

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if path == "/page":
            text = PAGE.format(origin=self.backend.origin, lang=self.backend.lang)
            policy = self.backend.policy.format(origin=self.backend.origin)
            self.reply(text.encode(), "text/html", **({"Content-Security-Policy": policy} if policy else {}))
        elif path.endswith(".js"):
            name = path.removeprefix("/widget-").removeprefix("/").partition("-")[0].removesuffix(".js")
            self.reply(
                gzip.compress((BUILT / f"{name}.js").read_bytes()), "text/javascript", **{"Content-Encoding": "gzip"}
            )
        elif path == "/config":
            self.reply(json.dumps(CONFIG).encode(), "application/json")
        else:
            self.reply(b'{"suggestions": []}', "application/json")

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.backend.received.setdefault(self.path, []).append(body)
        if self.path == "/chat/stream":
            self.stream()
        else:
            self.reply(b'{"passages": []}', "application/json")

    def stream(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        waiting, name = self.backend.events, ""
        while name not in ("final", "error"):
            events = waiting.get()
            self.wfile.write("".join(f"event: {name}\ndata: {json.dumps(data)}\n\n" for name, data in events).encode())
            name = events[-1][0]

    def reply(self, body: bytes, media_type: str, **headers: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", f"{media_type}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        return


@contextmanager
def scripted_backend() -> Iterator[ScriptedBackend]:
    backend = ScriptedBackend()
    handler = type("Scripted", (Handler,), {"backend": backend})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        backend.origin = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield backend
        finally:
            server.shutdown()
            thread.join()
