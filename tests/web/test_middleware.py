import asyncio
import logging
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

import httpx
import pytest
from quart.testing import WebsocketResponseError
from werkzeug.datastructures import Headers

from glossator.web.http.context import WebOptions
from tests.servers.app_server import serving_app
from tests.web.apps import ORIGIN, Parts

QUERY = b'{"query": "index"}'
JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("method", "path", "data", "headers", "status", "code"),
    [
        ("GET", "/nowhere", b"", {}, 404, "not_found"),
        ("GET", "/chat", b"", {}, 405, "method_not_allowed"),
        ("POST", "/chat", b"{", JSON, 400, "invalid_json"),
        ("POST", "/chat", b'{"query": "a", "query": "b"}', JSON, 400, "invalid_json"),
        ("POST", "/chat", QUERY, {"Content-Type": "text/plain"}, 415, "unsupported_media_type"),
        ("POST", "/chat", QUERY, {}, 415, "unsupported_media_type"),
        ("POST", "/chat", b'{"query": "' + b"x" * 300_000 + b'"}', JSON, 413, "body_too_large"),
        ("GET", "/assets/secret.txt", b"", {}, 404, "not_found"),
    ],
)
async def test_every_error_is_a_problem_document(
    method: str, path: str, data: bytes, headers: dict[str, str], status: int, code: str
) -> None:
    client = Parts().app().test_client()

    async with client.request(path, method=method, headers=Headers({**headers, "Origin": ORIGIN})) as connection:
        await connection.send(data)
        await connection.send_complete()
    reply = await connection.as_response()
    problem = await reply.get_json()

    assert reply.status_code == status
    assert reply.content_type == "application/problem+json"
    assert {"type", "title", "status", "detail", "code", "request_id"} <= set(problem)
    assert (problem["code"], problem["status"]) == (code, status)
    assert problem["request_id"] == reply.headers["X-Request-Id"]
    assert reply.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert reply.headers["Referrer-Policy"] == "no-referrer"


async def test_a_wrong_method_lists_the_allowed_ones() -> None:
    reply = await Parts().app().test_client().get("/chat")

    assert "POST" in reply.headers["Allow"]


async def test_an_unexpected_error_reveals_no_details(caplog: pytest.LogCaptureFixture) -> None:
    parts = Parts()
    parts.index.live_number = 99

    reply = await parts.app().test_client().post("/chat", json={"query": "index"})
    problem = await reply.get_json()

    assert (reply.status_code, problem["code"]) == (500, "internal_error")
    assert "KeyError" not in str(problem)
    assert "KeyError" in caplog.text


async def test_an_allowed_origin_may_call_with_credentials() -> None:
    reply = (
        await Parts()
        .app()
        .test_client()
        .options(
            "/chat",
            headers={
                "Origin": ORIGIN,
                "Access-Control-Request-Method": "POST",
                "Access-Control-Request-Headers": "content-type",
            },
        )
    )

    assert reply.status_code == 200
    assert reply.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert reply.headers["Access-Control-Allow-Credentials"] == "true"
    assert reply.headers["Access-Control-Max-Age"] == "600"
    assert "Origin" in reply.headers["Vary"]


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "https://BOOK.example", "http://book.example"])
async def test_another_origin_gets_no_cors_header(origin: str) -> None:
    reply = await Parts().app().test_client().get("/health", headers={"Origin": origin})

    assert "Access-Control-Allow-Origin" not in reply.headers


async def test_a_stream_carries_cors_headers_too() -> None:
    reply = await Parts().app().test_client().post("/chat/stream", json={"query": "index"}, headers={"Origin": ORIGIN})

    assert reply.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "x-request-id" in reply.headers["Access-Control-Expose-Headers"].lower()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Cookie": "a=b"}, 403),
        ({"Cookie": "a=b", "Origin": "https://evil.example"}, 403),
        ({"Cookie": "a=b", "Origin": "null"}, 403),
        ({"Cookie": "a=b", "Referer": "https://evil.example/page"}, 403),
        ({"Cookie": "a=b", "Referer": f"{ORIGIN}/page"}, 200),
        ({"Cookie": "a=b", "Origin": ORIGIN}, 200),
        ({"Origin": "https://evil.example"}, 200),
    ],
)
async def test_cookies_are_accepted_only_from_trusted_origins(headers: dict[str, str], status: int) -> None:
    reply = await Parts().app().test_client().post("/chat", json={"query": "index"}, headers=headers)

    assert reply.status_code == status


async def test_the_clients_own_request_id_is_logged_and_never_used(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        reply = await Parts().app().test_client().get("/health", headers={"X-Request-Id": "client-id-0001"})

    assert "client-id-0001" in caplog.text
    assert reply.headers["X-Request-Id"] != "client-id-0001"


async def test_logs_contain_no_question(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        await Parts().app().test_client().post("/chat", json={"query": "a very private question"})

    assert "private" not in caplog.text


@pytest.mark.parametrize("path", ["/health", "/chat", "/api/auth/ok", "/nowhere", "/read/%00"])
async def test_web_sockets_are_rejected(path: str, caplog: pytest.LogCaptureFixture) -> None:
    client = Parts().app().test_client()

    with pytest.raises(WebsocketResponseError) as refused:
        async with client.websocket(path, headers={"Cookie": "a=b", "Origin": "https://evil.example"}) as socket:
            await socket.receive()
    problem = await refused.value.response.get_json()

    assert (refused.value.response.status_code, problem["code"]) == (404, "not_found")
    assert problem["request_id"] == refused.value.response.headers["X-Request-Id"]
    assert "ERROR" not in caplog.text


async def test_a_refusal_before_the_body_has_arrived_keeps_the_connection() -> None:
    async with serving_app(Parts().app()) as url:
        reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(url).port)
        writer.write(b"POST /chat HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n")
        async with httpx.AsyncClient(base_url=url, trust_env=False) as other:
            await other.get("/health")  # meanwhile the server has refused the first request

        writer.write(b"{}")
        refused = await reader.readuntil(b"\r\n\r\n")
        writer.write(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        rest = await reader.read()
        writer.close()

    assert refused.startswith(b"HTTP/1.1 415 ")
    assert b"HTTP/1.1 200 " in rest


@pytest.mark.parametrize("ancestors", ["'self'", "'self' https://huggingface.co https://*.hf.space"])
async def test_pages_say_who_may_show_them_in_a_frame(ancestors: str) -> None:
    @dataclass
    class Framed(Parts):
        def web_options(self) -> WebOptions:
            return replace(super().web_options(), frame_ancestors=ancestors)

    reply = await Framed().app().test_client().get("/", headers={"Accept": "text/html"})

    assert reply.headers["Content-Security-Policy"].endswith(f"; frame-ancestors {ancestors}")
