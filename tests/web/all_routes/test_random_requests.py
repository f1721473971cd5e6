"""Random requests to every route cause no server error and leak no data of another reader."""

import json
from random import Random
from typing import Final
from urllib.parse import quote
from zlib import crc32

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from tests.web.all_routes.checked_client import CheckedClient
from tests.web.all_routes.route_table import TABLE, Route
from tests.web.apps import ORIGIN
from tests.web.wire import WireRequest, json_request

SAFE: Final = ("GET", "HEAD", "OPTIONS", "TRACE")
METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND")
IDS: Final = ("@conversation", "@deleted", "@unknown", "@other")
HOSTILE: Final = (
    "", "\0", "a\x1bb", "a\nb", "\u202eabc", "\u0627\u0644\u0633", "\U0001f600", "' OR 1=1 --",
    "'; DROP TABLE users; --", "%s", "{}", "../../etc/passwd", "ENC:" + "A" * 40, "x" * 8100, "1e9", "-1", "true",
    "null", "all", "text", "https://evil.example/",
)  # fmt: skip
WORDS: Final = (*HOSTILE, *IDS, "@token", "@theirs", "@email", "@new", "@password")
TEXTS: Final = st.one_of(st.sampled_from(WORDS), st.text(max_size=40))
NUMBERS: Final = st.one_of(
    st.integers(), st.floats(allow_nan=True), st.sampled_from([-1, 0, 10**9, 10**29, 10**31, -(2**63), 1e308])
)
LEAVES: Final = st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS)
VALUES: Final = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=5,
)
RAW: Final = st.one_of(
    st.binary(max_size=60),
    st.sampled_from([
        b"", b"{", b"[" * 5000, b'{"a":' * 5000, b'{"query": "\\ud800"}', b'{"a": 1, "a": 2}', b'{"query": "\xff"}',
        b"\xef\xbb\xbf{}", b"1" * 5000, b"email=@email&password=@password", b'{"a": "' + b"x" * 300_000 + b'"}',
        b"--b\r\nContent-Disposition: form-data; name=\"files\"; filename=\"../a.md\"\r\n\r\n# A\r\n--b--\r\n",
        b"--b\r\nContent-Disposition: form-data; name=\"archive\"; filename=\"a.zip\"\r\n\r\nPK\x03\x04\r\n--b--\r\n",
    ]),
)  # fmt: skip
COOKIE: Final = {"Cookie": "better-auth.session_token=@cookie", "Origin": ORIGIN}
CREDENTIALS: Final = st.sampled_from([
    {"Authorization": "Bearer @token"}, COOKIE, {"Authorization": "Bearer @signed"}, {},
    {"Authorization": "Bearer @admin"}, COOKIE | {"Authorization": "Bearer @jwt"}, COOKIE,
    {"Authorization": "bearer @jwt"},
])  # fmt: skip
"""Hypothesis draws the first and the last most often."""
SIGNED_IN: Final = ({"Authorization": "Bearer @token"}, {"Authorization": "Bearer @jwt"}, COOKIE)
HEADERS: Final = st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f")
UNUSUAL_HEADERS: Final = st.dictionaries(
    st.sampled_from([
        "Authorization", "Cookie", "Accept", "Content-Encoding", "Content-Type", "Origin", "Referer", "Sec-Fetch-Site",
        "Sec-Fetch-Mode", "User-Agent", "X-Request-Id", "X-Forwarded-For", "Access-Control-Request-Method", "Range",
        "If-None-Match", "Accept-Language", "X-HTTP-Method-Override", "Host", "Transfer-Encoding", "Expect",
    ]),
    st.one_of(
        st.text(HEADERS, max_size=60),
        st.sampled_from([
            "null", "Basic YTpi", "Bearer", "Bearer a.b.c", "Bearer " + "x" * 9000, "better-auth.session_token=a.b",
            "*", "=;=;,", "cross-site", "navigate", ORIGIN, "https://evil.example", "http://[", "text/html",
            "charset=\xff", "application/json; charset=utf-16", "multipart/form-data", "bytes=0-", "gzip", "\xff\xfe",
            "1, 2, ::1",
        ]),
    ),
    max_size=3,
)  # fmt: skip
MEDIA: Final = st.sampled_from(["application/x-www-form-urlencoded", "multipart/form-data; boundary=b", "text/plain"])
QUERIES: Final = st.lists(
    st.tuples(
        st.one_of(
            st.sampled_from([
                "limit", "offset", "format", "token", "disableRefresh", "probe", "plan", "rebuild", "rollback",
                "replace", "allow_empty", "keep_top", "callbackURL",
            ]),
            TEXTS,
        ),
        st.one_of(TEXTS, st.integers().map(str)),
    ),
    max_size=3,
)  # fmt: skip


def escaped(text: str) -> str:
    """Quotes for a URL, but keeps placeholders."""
    return quote(text, safe="@", errors="replace")


NAMES: Final = st.one_of(
    st.sampled_from(IDS),
    st.sampled_from(("@other", "@conversation")),
    st.one_of(st.sampled_from(HOSTILE[1:]), st.text(min_size=1, max_size=40)).map(escaped),
)


def one_in_eight(draw: st.DrawFn) -> bool:
    """True in one of eight draws; Hypothesis skews other ways to weight a choice."""
    return draw(st.booleans()) and draw(st.booleans()) and draw(st.booleans())


@st.composite
def bodies(draw: st.DrawFn, route: Route) -> bytes:
    """A valid body with some fields changed, or any other bytes."""
    if one_in_eight(draw):
        return draw(RAW)
    if one_in_eight(draw):
        return json.dumps(draw(VALUES)).encode()
    sample = {**(route.body or {})}
    names = st.one_of(st.sampled_from(sorted(sample) or ["query"]), TEXTS)
    return json.dumps(
        sample | draw(st.dictionaries(names, st.one_of(VALUES, st.sampled_from(IDS)), max_size=2))
    ).encode()


@st.composite
def requests(draw: st.DrawFn, route: Route) -> WireRequest:
    method = draw(st.sampled_from(METHODS)) if one_in_eight(draw) else route.method
    names = [draw(NAMES) for _ in range(route.rule.count("<"))]
    query = "&".join(f"{escaped(name)}={escaped(text)}" for name, text in draw(QUERIES))
    content = draw(bodies(route)) if route.body is not None or one_in_eight(draw) else b""
    media = draw(MEDIA) if one_in_eight(draw) else "application/json"
    headers = draw(CREDENTIALS) | ({"Content-Type": media} if content else {})
    unusual = draw(UNUSUAL_HEADERS) if one_in_eight(draw) else {}
    path = route.path(*names)
    return WireRequest(method, f"{path}?{query}" if query else path, tuple((headers | unusual).items()), content)


@pytest.mark.parametrize("route", TABLE, ids=str)
def test_random_requests_cause_no_server_error(
    app_client: CheckedClient, caplog: pytest.LogCaptureFixture, route: Route
) -> None:
    @seed(crc32(str(route).encode()))
    @settings(max_examples=8, suppress_health_check=list(HealthCheck))
    @given(sent=requests(route))
    def check(sent: WireRequest) -> None:
        app_client.send(sent, app_client.reader() if sent.method not in SAFE else app_client.lasting)
        app_client.assert_clean_logs(caplog)

    before = app_client.rows(*app_client.other.ids)
    check()
    assert app_client.rows(*app_client.other.ids) == before


@pytest.mark.parametrize("order", range(5))
def test_concurrent_requests_of_one_reader_cause_no_server_error(app_client: CheckedClient, order: int) -> None:
    """Asks, signs out, changes the password, revokes sessions and deletes the account, all at the same time."""
    random = Random(order)
    routes = random.sample(TABLE, len(TABLE)) + random.sample(TABLE, len(TABLE))
    sent = [json_request(route.method, route.sample_path, route.body) for route in routes]

    replies = app_client.send_all(
        [request.with_headers(random.choice(SIGNED_IN)) for request in sent], app_client.reader()
    )

    assert 200 in {reply.status for reply in replies}
