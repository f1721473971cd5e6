"""Requests that would keep a careless server busy: bodies, headers, targets and hosts, for every route."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any, Final

from tests.web.all_routes.route_table import TABLE, Route

JSON: Final = "application/json"
FORM: Final = "application/x-www-form-urlencoded"
KIB: Final = 1024
NUMBERS: Final = count()
TINY: Final = {
    "numbers": b"1" * 30 + b",", "lists": b"[],", "objects": b"{},", "strings": b'"",', "constants": b"null,",
    "open brackets": b"[", "digits": b"1", "white space": b" ", "quotes": b'"', "escaped quotes": b'"\\"",',
    "not UTF-8": b"\xff", "escapes": b'"\\u00e9",',
}  # fmt: skip
FIELDS: Final = (
    "query", "selected_text", "session_id", "text", "title", "email", "name", "password", "token", "newPassword",
    "currentPassword", "image", "callbackURL", "technical_background", "target_language", "proficiency",
)  # fmt: skip
LONG: Final = {
    "letters": "a", "dots": "a.", "slashes": "/", "at signs": "a@", "combining marks": "a\u0300", "emoji": "\U0001f600",
    "ligatures": "\ufdfa", "controls": "\x01", "lines": "a\n", "marks": "`<[({$*_", "spaces": " ",
}  # fmt: skip
TEXTS: Final = {
    "words": "The robot walks. ", "marks": "`<[({$*_|#>\\", "links": "[a](b) ", "lists": "- a\n", "tables": "|a|b|\n",
    "code": "```\na\n", "single letters": " a", "dots": "a.", "tags": "<a b='c'>", "combining marks": "a\u0300",
    "Arabic": "\u0627\u0644 ", "numbers": "A1 ", "paths": "/a/b/c ", "placeholders": "<x1/>",
}  # fmt: skip
HEADERS: Final = {
    "Accept": "a/b;q=0.1,", "Cookie": "a=b;", "Authorization": "a.", "X-Forwarded-For": "1,", "Origin": "a",
    "Referer": "/", "User-Agent": "a(", "X-Request-Id": "a", "Content-Type": "a;b=c;", "Range": "0-1,",
    "If-None-Match": '"a",', "Accept-Language": "a,", "traceparent": "0-", "Sec-Fetch-Site": "a", "Expect": "a",
    "Upgrade": "h2c,", "Connection": "a,", "Transfer-Encoding": "chunked,", "Content-Length": "1",
}  # fmt: skip
TARGETS: Final = {
    "slashes": "/", "segments": "/a", "escapes": "/%25", "letters": "/%C3%A9", "queries": "?a&",
    "fields": "/read/?at=a.",
}  # fmt: skip
HOSTS: Final = ("..", "a" * 300, "[::1", "a:" + "9" * 5000, "a." * 5000, "@", "a, b")
SIZES: Final = (8 * KIB, 15 * KIB, 60 * KIB, 150 * KIB)


@dataclass(frozen=True)
class Hostile:
    name: str
    data: bytes


def network() -> str:
    """An address that was not used before, so that no limit refuses the request instead."""
    number = next(NUMBERS)
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


def request(
    method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None, *, host: str = "a"
) -> bytes:
    given = {"X-Forwarded-For": network(), **({"Content-Length": str(len(body))} if body else {}), **(headers or {})}
    lines = "".join(f"{name}: {value}\r\n" for name, value in given.items())
    return f"{method} {path} HTTP/1.1\r\nHost: {host}\r\n{lines}\r\n".encode("latin-1") + body


def post(path: str, body: Any, headers: Mapping[str, str] | None = None) -> bytes:
    return request("POST", path, json.dumps(body).encode(), {"Content-Type": JSON, **(headers or {})})


def hostile_bodies(credentials: Mapping[str, str]) -> Iterator[Hostile]:
    """For every route that reads JSON, with the credentials of a reader."""
    for route in (route for route in TABLE if route.body is not None):
        size = 5 * 2**19 - 100 if route.rule.endswith("/batch") else 250 * KIB
        for name, piece in TINY.items():
            data = b"[" + piece * (size // len(piece)) + b"1]"
            yield Hostile(f"{route} {name}", _sent(route, data, credentials))
        for name, letters in LONG.items():
            text = (letters * (size // len(letters.encode())))[: size // 3]
            data = json.dumps({**(route.body or {}), **_long_fields(route, text)}, ensure_ascii=False).encode()
            yield Hostile(f"{route} long {name}", _sent(route, data[:size], credentials))


def _long_fields(route: Route, text: str) -> dict[str, Any]:
    """One long field of those that the route has."""
    if "texts" in (route.body or {}):
        return {"texts": [text]}
    return {name: text for name in FIELDS if name in (route.body or {})}


def _sent(route: Route, data: bytes, credentials: Mapping[str, str]) -> bytes:
    return request(route.method, route.path("a"), data, {"Content-Type": JSON, **credentials})


def hostile_forms() -> Iterator[Hostile]:
    for piece in (b"a&", b"a=1&", b"email=%41", b"=", b"%", b"email=a+"):
        body = piece * (250 * KIB // len(piece))
        for path in ("/api/auth/sign-in/email", "/api/auth/sign-up/email", "/api/auth/sign-up"):
            yield Hostile(f"form {piece!r} {path}", request("POST", path, body, {"Content-Type": FORM}))


def hostile_heads() -> Iterator[Hostile]:
    for size in SIZES:
        for name, piece in HEADERS.items():
            value = piece * (size // len(piece))
            for path in ("/", "/api/auth/get-session"):
                yield Hostile(f"{name} of {size} bytes", request("GET", path, headers={name: value}))
        tiny = "".join("a:\r\n" for _ in range(size // 4))
        yield Hostile(f"headers of {size} bytes", f"GET / HTTP/1.1\r\nHost: a\r\n{tiny}\r\n".encode())
        for name, piece in TARGETS.items():
            yield Hostile(f"target with {name}, {size} bytes", request("GET", "/read" + piece * (size // len(piece))))
    for host in HOSTS:
        yield Hostile(f"host {host[:20]}", request("GET", "/", host=host))


def hostile_connections() -> Iterator[Hostile]:
    preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0"
    chunked = b"POST /chat HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    yield Hostile("HTTP/2 settings", preface + b"\0\0\0\4\0\0\0\0\0" * 20_000)
    yield Hostile("HTTP/2 pings", preface + b"\0\0\x08\6\0\0\0\0\0abcdefgh" * 20_000)
    yield Hostile("chunks of a byte", chunked + b"1\r\n \r\n" * 60_000 + b"0\r\n\r\n")
    yield Hostile("pipelined", request("GET", "/health") * 1000)
    yield Hostile("garbage", b"\0\xff" * 200_000)
    yield Hostile("line ends", b"\r\n" * 200_000)


def hostile_uploads(credentials: Mapping[str, str]) -> Iterator[Hostile]:
    part = b'--b\r\nContent-Disposition: form-data; name="files"; filename="a.md"\r\n\r\nx\r\n'
    broken = b'--b\r\nContent-Disposition: form-data; name="broken"\r\n\r\n['
    bodies = {
        "parts": part * 9000, "boundaries": b"--b\r\n" * 200_000, "headers": b"--b\r\n" + b"a: b\r\n" * 200_000,
        "lines": part[:-4] + b"\r\n" * 2**21, "broken pages": broken + b"[]," * 1_300_000 + b"[]]\r\n--b--\r\n",
    }  # fmt: skip
    for name, body in bodies.items():
        headers = {"Content-Type": "multipart/form-data; boundary=b", **credentials}
        yield Hostile(f"upload of {name}", request("POST", "/ingest", body, headers))


def hostile_texts() -> Iterator[Hostile]:
    """Valid requests with texts that take long to read."""
    for name, piece in TEXTS.items():
        text = (piece * (8000 // len(piece) + 1))[:8000]
        texts = [f"{number} {text}"[:8000] for number in range(50)]
        history = [{"role": "user", "content": f"{number} {text}"[:4000]} for number in range(20)]
        query = {"query": f"a {text}"[:4000]}
        yield Hostile(f"batch of {name}", post("/translate/batch", {"texts": texts, "target_language": "ur"}))
        yield Hostile(f"adjusting {name}", post("/adjust-content", {"text": text, "target_level": "beginner"}))
        yield Hostile(f"search for {name}", post("/search", query))
        yield Hostile(f"question of {name}", post("/chat", {**query, "selected_text": text, "history": history}))
        yield Hostile(f"stream of {name}", post("/chat/stream", {**query, "history": history}))
