"""Sends raw requests to an app, and checks what holds for every reply."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import httpx
from quart import Quart

from glossator.web.http.errors.programs import is_for_programs

PROBLEM: Final = {"type", "title", "status", "detail", "code", "request_id"}
BASE: Final = "http://localhost"


@dataclass(frozen=True)
class WireRequest:
    method: str
    path: str
    headers: tuple[tuple[str, str], ...] = ()
    content: bytes = b""

    def with_headers(self, headers: Mapping[str, str]) -> "WireRequest":
        return replace(self, headers=(*self.headers, *headers.items()))

    def fill(self, placeholders: Mapping[str, str]) -> "WireRequest":
        """Replaces placeholders such as `@token` with their values."""
        path, content, headers = self.path, self.content, self.headers
        for placeholder, value in placeholders.items():
            path, content = path.replace(placeholder, value), content.replace(placeholder.encode(), value.encode())
            headers = tuple((name, text.replace(placeholder, value)) for name, text in headers)
        return WireRequest(self.method, path, headers, content)


def json_request(method: str, path: str, body: object = None) -> WireRequest:
    """Without a body when `body` is None."""
    if body is None:
        return WireRequest(method, path)
    return WireRequest(method, path, (("Content-Type", "application/json"),), json.dumps(body).encode())


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
        """Status and problem code; the code is empty on success."""
        return self.status, problem_code(self.body) if self.status >= 400 else ""


def problem_code(body: Any) -> str:
    """Of a problem in any of our forms."""
    error = body.get("error", body)
    return str(error.get("data", error)["code"])


async def send_request(app: Quart, sent: WireRequest) -> Reply:
    """The complete reply; a stream is read to its end."""
    headers = [(name.encode(), text.encode("latin-1", "replace")) for name, text in sent.headers]
    request = httpx.Request(sent.method, f"{BASE}{sent.path}", headers=headers, content=sent.content)

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await app(scope, receive, send)

    response = await httpx.ASGITransport(application).handle_async_request(request)
    content = await response.aread()
    return Reply(response.status_code, response.headers, content.decode())


async def send_concurrently(app: Quart, requests: Sequence[WireRequest]) -> list[Reply]:
    return await asyncio.gather(*(send_request(app, sent) for sent in requests))


def assert_valid_reply(sent: WireRequest, reply: Reply) -> None:
    """No server error; problems have the form that pages and both account clients expect."""
    assert reply.status < 500, reply
    assert reply.headers["X-Request-Id"]
    for_a_browser = sent.path.startswith("/read/") and reply.headers["Content-Type"].startswith("text/html")
    if reply.status < 400 or sent.method == "HEAD" or for_a_browser:
        return
    if is_for_programs(sent.path.partition("?")[0]):
        assert reply.headers["Content-Type"] == "application/json", reply
        assert reply.body["error"]["message"]
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
