import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest

from glossator.commands.server.http1 import MAX_HEAD_BYTES
from glossator.commands.server.serving import serve_app, serve_connections
from glossator.kernel.draining import Draining
from tests.servers.raw_http import exchange, read_response
from tests.web.apps import Parts

HEALTH = b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n"
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\4\0\0\0\0\0" * 1000


@asynccontextmanager
async def served() -> AsyncIterator[str]:
    draining = Draining()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        serving = asyncio.create_task(serve_app(Parts().app(), listener, draining))
        await asyncio.sleep(0)
        yield address
        draining.set()
        await serving


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (b"nonsense\r\n\r\n", 400, "bad_request"),
        (b"GET / HTTP/1.1\r\n\r\n", 400, "bad_request"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400, "bad_request"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n", 400, "bad_request"),
        (b"GET / HTTP/1.1\r\nHost: a\r\na b: c\r\n\r\n", 400, "bad_request"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: \x00\r\n\r\n", 400, "bad_request"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 2 * MAX_HEAD_BYTES + b"\r\n\r\n", 431, "headers_too_large"),
        (b"GET / HTTP/1.1\r\nHost: a\r\n" + b"a:\r\n" * MAX_HEAD_BYTES + b"\r\n", 431, "headers_too_large"),
        (PREFACE, 400, "bad_request"),
    ],
)
async def test_a_malformed_request_gets_a_logged_problem(
    data: bytes, status: int, code: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with served() as address:
        reply = await exchange(address, data)

    assert (reply.status, reply.body["code"]) == (status, code)
    assert reply.headers["x-request-id"] == reply.body["request_id"]
    assert f"request_refused: {status}" in caplog.text


async def test_a_client_that_offers_http2_is_answered_in_http1() -> None:
    async with served() as address:
        reply = await exchange(address, HEALTH[:-2] + b"Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n")

    assert (reply.status, reply.body) == (200, {"status": "healthy"})


async def test_requests_on_one_connection_are_answered_in_order() -> None:
    body = json.dumps({"texts": ["x" * 8000] * 51, "target_language": "ur"}).encode()
    head = f"POST /translate/batch HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    async with served() as address:
        reader, writer = await asyncio.open_connection(urlsplit(address).hostname, urlsplit(address).port)
        writer.write(HEALTH + head.encode() + b"\r\n\r\n" + body + HEALTH)
        replies = [(await read_response(reader)).status for _ in range(3)]
        writer.close()

    assert replies == [200, 422, 200]


async def broken(scope: Any, receive: Any, send: Any) -> None:
    raise ZeroDivisionError


async def test_an_error_that_the_app_does_not_handle_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    draining = Draining()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        serving = asyncio.create_task(serve_connections(broken, listener, draining))
        reply = await exchange(address, HEALTH)
        draining.set()
        await serving

    assert reply.status == 500
    assert "ZeroDivisionError" in caplog.text
