"""Cross-site protection: routes that change data accept cookies only from trusted origins."""

from itertools import cycle
from typing import Final

import pytest

from tests.web.all_routes.checked_client import CheckedClient
from tests.web.all_routes.route_table import SIGN_INS, TABLE
from tests.web.apps import ORIGIN
from tests.web.wire import json_request

CHANGING: Final = [route for route in TABLE if route.changes]
COOKIES: Final = {
    "the session's": {"Cookie": "better-auth.session_token=@cookie"},
    "another program's": {"Cookie": "a=b"},
    "the session's with a bearer": {"Cookie": "better-auth.session_token=@cookie", "Authorization": "Bearer @token"},
}
FOREIGN: Final = {
    "foreign": {"Origin": "https://evil.example"},
    "foreign as our own": {"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"},
    "trusted in part": {"Origin": f"{ORIGIN}.evil.example"},
    "foreign referer": {"Referer": "https://evil.example/page"},
    "cross-site with a trusted referer's host": {"Referer": f"https://evil.example/{ORIGIN}"},
}
WITHOUT_ORIGIN: Final = {
    "null": {"Origin": "null"},
    "none": {},
    "none, cross-site": {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"},
    "none, same-site": {"Sec-Fetch-Site": "same-site"},
    "null, cross-site": {"Origin": "null", "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"},
}


@pytest.mark.parametrize("page", [*FOREIGN, *WITHOUT_ORIGIN])
@pytest.mark.parametrize("cookie", COOKIES)
def test_every_changing_route_rejects_cookies_from_untrusted_pages(
    app_client: CheckedClient, cookie: str, page: str
) -> None:
    headers = COOKIES[cookie] | (FOREIGN | WITHOUT_ORIGIN)[page]
    official = "INVALID_ORIGIN" if page in FOREIGN else "MISSING_OR_NULL_ORIGIN"
    before = app_client.rows()

    replies = {
        route: app_client.send(
            json_request(route.method, route.sample_path, route.body).with_headers(headers), app_client.lasting
        )
        for route in CHANGING
    }

    assert {str(route): reply.outcome for route, reply in replies.items()} == {
        str(route): (403, official if route.is_official else "invalid_origin") for route in CHANGING
    }
    assert {reply.headers.get("Access-Control-Allow-Origin") for reply in replies.values()} == {None}
    assert app_client.rows() == before


def test_the_origin_is_not_checked_without_a_cookie(app_client: CheckedClient) -> None:
    """Every route, from each page in turn."""
    free = [route for route in CHANGING if str(route) not in SIGN_INS]
    pages = cycle((FOREIGN | WITHOUT_ORIGIN).values())

    statuses = {
        str(route): app_client.send(
            json_request(route.method, route.sample_path, route.body).with_headers(
                {"Authorization": "Bearer @token"} | page
            ),
            app_client.reader(),
        ).status
        for route, page in zip(free, pages, strict=False)
    }

    assert statuses == {str(route): route.status for route in free}


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"])
@pytest.mark.parametrize("path", ["/nowhere", "/health", "/api/chat/nowhere", "/", "//chat", "/api/auth/nowhere"])
def test_the_origin_is_checked_before_the_route(app_client: CheckedClient, method: str, path: str) -> None:
    sent = json_request(method, path).with_headers(COOKIES["another program's"] | FOREIGN["foreign"])

    assert app_client.send(sent).outcome == (403, "INVALID_ORIGIN" if "auth" in path else "invalid_origin")
