import logging
from typing import Any

import pytest

from glossator.web.http.request_head import MAX_HEADER_BYTES, MAX_HEADERS, MAX_TARGET_BYTES, find_fault
from tests.servers.app_server import serving_app
from tests.servers.raw_http import Response, exchange
from tests.web.apps import Parts

HOSTS = ["..", "a..b", ".a", "a" * 64, "a b", "a/b", "a@b", "a:b", "[::1", "\u0663.example", "a,b", "'", "a:1:2"]
GOOD_HOSTS = ["localhost", "localhost:8080", "a_b.example.", "[::1]:80", "127.0.0.1", "A.hf.space", ""]
TARGETS = ["?x", "*", "ftp://a/b", "http://[/x", "x"]


def scope(*headers: tuple[bytes, bytes], path: str = "/health", query: bytes = b"") -> dict[str, Any]:
    return {"type": "http", "path": path, "query_string": query, "headers": headers}


def status_of(given: dict[str, Any]) -> int:
    problem = find_fault(given)
    return 200 if problem is None else problem.status


@pytest.mark.parametrize("host", HOSTS)
def test_what_is_no_host_name_is_refused(host: str) -> None:
    assert status_of(scope((b"host", host.encode()))) == 400


@pytest.mark.parametrize("host", GOOD_HOSTS)
def test_a_host_name_is_accepted(host: str) -> None:
    assert status_of(scope((b"host", host.encode()))) == 200


@pytest.mark.parametrize("target", TARGETS)
def test_a_target_without_a_path_is_refused(target: str) -> None:
    assert status_of(scope(path=target)) == 400


@pytest.mark.parametrize("target", ["/", "/read/caf\u00e9", "http://a.example/health"])
def test_a_path_is_accepted(target: str) -> None:
    assert status_of(scope(path=target)) == 200


@pytest.mark.parametrize(
    ("given", "status"),
    [
        (scope(path="/" + "a" * (MAX_TARGET_BYTES - 1)), 200),
        (scope(path="/" + "a" * MAX_TARGET_BYTES), 414),
        (scope(query=b"a" * MAX_TARGET_BYTES), 414),
        (scope(*[(b"a", b"")] * MAX_HEADERS), 200),
        (scope(*[(b"a", b"")] * (MAX_HEADERS + 1)), 431),
        (scope((b"accept", b"a" * (MAX_HEADER_BYTES - 6))), 200),
        (scope((b"accept", b"a" * (MAX_HEADER_BYTES - 5))), 431),
    ],
)
def test_sizes_are_limited(given: dict[str, Any], status: int) -> None:
    assert status_of(given) == status


@pytest.mark.parametrize(
    ("head", "status", "code"),
    [
        ("GET /health HTTP/1.1\r\nHost: ..\r\n\r\n", 400, "bad_request"),
        ("GET ?x HTTP/1.1\r\nHost: a\r\n\r\n", 400, "bad_request"),
        (f"GET /{'a' * 9000} HTTP/1.1\r\nHost: a\r\n\r\n", 414, "target_too_long"),
        ("GET / HTTP/1.1\r\nHost: a\r\n" + "a: b\r\n" * 101 + "\r\n", 431, "headers_too_large"),
    ],
)
async def test_a_refusal_is_a_logged_problem(
    head: str, status: int, code: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        async with serving_app(Parts().app()) as address:
            reply: Response = await exchange(address, head.encode())

    assert (reply.status, reply.body["code"]) == (status, code)
    assert reply.body["detail"] in caplog.text
    assert reply.headers["x-request-id"] == reply.body["request_id"]
