"""What is another reader's is not there, on every route that takes an id, and nothing of his is ever changed."""

from typing import Final

import pytest

from tests.web.whole.apps import House
from tests.web.whole.routes import TABLE, Route
from tests.web.whole.test_routes import WAYS
from tests.web.wire import Reply, Sent, json_sent

OF_ONE: Final = [route for route in TABLE if "<session_id>" in route.rule or "session_id" in (route.body or {})]
NOT_OWN: Final = ["@other", "@deleted", "@their-account", "@their-session", "@their-message", "@own-message"]
TOKENS: Final = [
    "@theirs",
    "@their-signed",
    "@their-jwt",
    "@their-session",
    "unknown",
    "",
    "\0",
    "\u202e",
    "x" * 100_000,
]


def asking_for(route: Route, conversation: str) -> Sent:
    body = {**(route.body or {})} | ({"session_id": conversation} if "session_id" in (route.body or {}) else {})
    path = route.path(*[conversation] * route.rule.count("<"))
    return json_sent(route.method, path, None if route.body is None else body)


def told(reply: Reply) -> tuple[int, dict[str, object]]:
    return reply.status, {name: text for name, text in reply.body.items() if name != "request_id"}


@pytest.mark.parametrize("route", OF_ONE, ids=str)
@pytest.mark.parametrize("way", WAYS)
def test_what_is_not_ones_own_is_told_like_what_never_was(house: House, route: Route, way: str) -> None:
    reader, before = house.reader(), house.rows(*house.other.ids)
    unknown = house.sends(asking_for(route, "@unknown").having(WAYS[way]), reader)

    replies = {name: house.sends(asking_for(route, name).having(WAYS[way]), reader) for name in NOT_OWN}

    assert unknown.outcome == (404, "conversation_not_found")
    assert {name: told(reply) for name, reply in replies.items()} == dict.fromkeys(NOT_OWN, told(unknown))
    assert house.rows(*house.other.ids) == before


@pytest.mark.parametrize("token", TOKENS, ids=lambda token: token[:20])
def test_the_session_of_another_is_not_revoked(house: House, token: str) -> None:
    before = house.rows(*house.other.ids)
    sent = json_sent("POST", "/api/auth/revoke-session", {"token": token}).having(WAYS["raw"])

    reply = house.sends(sent, house.reader())

    assert (reply.status, reply.body, reply.headers.get_list("Set-Cookie")) == (200, {"status": True}, [])
    assert house.rows(*house.other.ids) == before


@pytest.mark.parametrize("route", [route for route in TABLE if route.changes], ids=str)
def test_whatever_a_reader_does_nothing_of_another_changes(house: House, route: Route) -> None:
    before = house.rows(*house.other.ids)

    house.sends(json_sent(route.method, route.sample_path, route.body).having(WAYS["raw"]), house.reader())

    assert house.rows(*house.other.ids) == before
    assert {table for table, rows in before.items() if rows} >= {"public.users", "public.chat_messages"}


@pytest.mark.parametrize(("path", "status"), [("sign-up", 400), ("sign-up/email", 422)])
def test_signing_up_with_the_address_of_another_changes_nothing_of_his(house: House, path: str, status: int) -> None:
    before = house.rows(*house.other.ids)
    body = {"email": house.other.issued.account.email.upper(), "name": "Eve", "password": "another-horse"}

    reply = house.sends(json_sent("POST", f"/api/auth/{path}", body))

    assert reply.outcome == (status, "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL")
    assert house.rows(*house.other.ids) == before
