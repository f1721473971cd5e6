"""The rule of origins on every route that changes something: with a cookie it is only taken from a trusted page."""

from typing import Final

import pytest

from tests.web.apps import ORIGIN
from tests.web.whole.apps import House
from tests.web.whole.routes import SIGN_INS, TABLE
from tests.web.wire import json_sent

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
NAMELESS: Final = {
    "null": {"Origin": "null"},
    "none": {},
    "none, cross-site": {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"},
    "none, same-site": {"Sec-Fetch-Site": "same-site"},
    "null, cross-site": {"Origin": "null", "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"},
}


@pytest.mark.parametrize("page", [*FOREIGN, *NAMELESS])
@pytest.mark.parametrize("cookie", COOKIES)
def test_a_cookie_from_another_page_does_nothing_anywhere(house: House, cookie: str, page: str) -> None:
    headers = COOKIES[cookie] | (FOREIGN | NAMELESS)[page]
    official = "INVALID_ORIGIN" if page in FOREIGN else "MISSING_OR_NULL_ORIGIN"
    reader, before = house.reader(), house.rows()

    replies = {
        route: house.sends(json_sent(route.method, route.sample_path, route.body).having(headers), reader)
        for route in CHANGING
    }

    assert {str(route): reply.outcome for route, reply in replies.items()} == {
        str(route): (403, official if route.is_official else "invalid_origin") for route in CHANGING
    }
    assert {reply.headers.get("Access-Control-Allow-Origin") for reply in replies.values()} == {None}
    assert house.rows() == before


@pytest.mark.parametrize("page", [*FOREIGN, *NAMELESS])
def test_without_a_cookie_the_page_is_not_asked_for(house: House, page: str) -> None:
    headers = {"Authorization": "Bearer @token"} | (FOREIGN | NAMELESS)[page]
    free = [route for route in CHANGING if str(route) not in SIGN_INS]

    statuses = {
        str(route): house.sends(
            json_sent(route.method, route.sample_path, route.body).having(headers), house.reader()
        ).status
        for route in free
    }

    assert statuses == {str(route): route.status for route in free}


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"])
@pytest.mark.parametrize("path", ["/nowhere", "/health", "/api/chat/nowhere", "/", "//chat", "/api/auth/nowhere"])
def test_the_rule_asks_for_no_route(house: House, method: str, path: str) -> None:
    sent = json_sent(method, path).having(COOKIES["another program's"] | FOREIGN["foreign"])

    assert house.sends(sent).outcome == (403, "INVALID_ORIGIN" if "auth" in path else "invalid_origin")
