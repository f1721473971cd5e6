"""Requests as they go over the wire, whatever stands in them, and what every answer has to be."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import httpx
from quart import Quart

PROBLEM: Final = {"type", "title", "status", "detail", "code", "request_id"}
BASE: Final = "http://localhost"


@dataclass(frozen=True)
class Sent:
    method: str
    path: str
    headers: tuple[tuple[str, str], ...] = ()
    content: bytes = b""

    def having(self, headers: Mapping[str, str]) -> "Sent":
        return replace(self, headers=(*self.headers, *headers.items()))

    def filled(self, marks: Mapping[str, str]) -> "Sent":
        """With what stands for something of the reader who asks."""
        path, content, headers = self.path, self.content, self.headers
        for mark, meant in marks.items():
            path, content = path.replace(mark, meant), content.replace(mark.encode(), meant.encode())
            headers = tuple((name, text.replace(mark, meant)) for name, text in headers)
        return Sent(self.method, path, headers, content)


def json_sent(method: str, path: str, body: object = None) -> Sent:
    """None is no body."""
    if body is None:
        return Sent(method, path)
    return Sent(method, path, (("Content-Type", "application/json"),), json.dumps(body).encode())


@dataclass(frozen=True)
class Reply:
    status: int
    headers: httpx.Headers
    text: str

    @property
    def body(self) -> Any:
        return json.loads(self.text)

    @property
    def outcome(self) -> tuple[int, str]:
        """The code is empty where all went well."""
        return self.status, self.body["code"] if self.status >= 400 else ""


async def answered(app: Quart, sent: Sent) -> Reply:
    """The whole answer; a stream is read to its end."""
    headers = [(name.encode(), text.encode("latin-1", "replace")) for name, text in sent.headers]
    request = httpx.Request(sent.method, f"{BASE}{sent.path}", headers=headers, content=sent.content)

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await app(scope, receive, send)

    response = await httpx.ASGITransport(application).handle_async_request(request)
    content = await response.aread()
    return Reply(response.status_code, response.headers, content.decode())


async def answered_at_once(app: Quart, requests: Sequence[Sent]) -> list[Reply]:
    return await asyncio.gather(*(answered(app, sent) for sent in requests))


def assert_in_form(sent: Sent, reply: Reply) -> None:
    """No fault of ours, and a problem is one that pages and both clients can read."""
    assert reply.status < 500, reply
    assert reply.headers["X-Request-Id"]
    for_a_browser = sent.path.startswith("/read/") and reply.headers["Content-Type"].startswith("text/html")
    if reply.status < 400 or sent.method == "HEAD" or for_a_browser:
        return
    official = sent.path.startswith("/api/auth/")
    problem = reply.body
    assert reply.headers["Content-Type"] == ("application/json" if official else "application/problem+json"), reply
    assert problem.keys() >= PROBLEM, reply
    assert (problem["status"], problem["request_id"]) == (reply.status, reply.headers["X-Request-Id"])
    assert isinstance(problem["detail"], str)
    assert problem["detail"]
    assert problem["code"] == (problem["code"].upper() if official else problem["code"].lower())
    if official:
        assert problem["message"] == problem["detail"]
    if sent.path == "/chat":
        assert (problem["response"], problem["session_id"]) == (problem["detail"], None)
