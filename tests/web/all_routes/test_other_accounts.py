"""No route shows or changes another reader's data."""

from typing import Final

import pytest

from tests.web.all_routes.checked_client import CheckedClient
from tests.web.all_routes.route_table import TABLE, Route
from tests.web.all_routes.test_route_table import CREDENTIALS
from tests.web.wire import Reply, WireRequest, json_request

WITH_ID: Final = [route for route in TABLE if "<session_id>" in route.rule or "session_id" in (route.body or {})]
FOREIGN_IDS: Final = ["@other", "@deleted", "@their-account", "@their-session", "@their-message", "@own-message"]
TOKENS: Final = [
    "@theirs",
    "@their-signed",
    "@their-jwt",
    "@their-session",
    "unknown",
    "",
    "\0",
    "\u202e",
    "x" * 8_000,
]


def request_for(route: Route, conversation: str) -> WireRequest:
    body = {**(route.body or {})} | ({"session_id": conversation} if "session_id" in (route.body or {}) else {})
    path = route.path(*[conversation] * route.rule.count("<"))
    return json_request(route.method, path, None if route.body is None else body)


def comparable(reply: Reply) -> tuple[int, dict[str, object]]:
    return reply.status, {name: text for name, text in reply.body.items() if name != "request_id"}


@pytest.mark.parametrize("route", WITH_ID, ids=str)
@pytest.mark.parametrize("kind", CREDENTIALS)
def test_a_foreign_id_gets_the_same_reply_as_an_unknown_id(app_client: CheckedClient, route: Route, kind: str) -> None:
    reader, before = app_client.reader(), app_client.rows(*app_client.other.ids)
    unknown = app_client.send(request_for(route, "@unknown").with_headers(CREDENTIALS[kind]), reader)

    replies = {
        name: app_client.send(request_for(route, name).with_headers(CREDENTIALS[kind]), reader) for name in FOREIGN_IDS
    }

    assert unknown.outcome == (404, "conversation_not_found")
    assert {name: comparable(reply) for name, reply in replies.items()} == dict.fromkeys(
        FOREIGN_IDS, comparable(unknown)
    )
    assert app_client.rows(*app_client.other.ids) == before


@pytest.mark.parametrize("token", TOKENS, ids=lambda token: token[:20])
def test_a_foreign_session_is_not_revoked(app_client: CheckedClient, token: str) -> None:
    before = app_client.rows(*app_client.other.ids)
    sent = json_request("POST", "/api/auth/revoke-session", {"token": token}).with_headers(CREDENTIALS["raw"])

    reply = app_client.send(sent, app_client.reader())

    assert (reply.status, reply.body, reply.headers.get_list("Set-Cookie")) == (200, {"status": True}, [])
    assert app_client.rows(*app_client.other.ids) == before


@pytest.mark.parametrize("route", [route for route in TABLE if route.changes], ids=str)
def test_no_route_changes_data_of_another_reader(app_client: CheckedClient, route: Route) -> None:
    before = app_client.rows(*app_client.other.ids)

    app_client.send(
        json_request(route.method, route.sample_path, route.body).with_headers(CREDENTIALS["raw"]), app_client.reader()
    )

    assert app_client.rows(*app_client.other.ids) == before
    assert {table for table, rows in before.items() if rows} >= {"public.users", "public.chat_messages"}


@pytest.mark.parametrize(("path", "status"), [("sign-up", 400), ("sign-up/email", 422)])
def test_signing_up_with_a_taken_e_mail_changes_nothing(app_client: CheckedClient, path: str, status: int) -> None:
    before = app_client.rows(*app_client.other.ids)
    body = {"email": app_client.other.issued.account.email.upper(), "name": "Eve", "password": "another-horse"}

    reply = app_client.send(json_request("POST", f"/api/auth/{path}", body))

    assert reply.outcome == (status, "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL")
    assert app_client.rows(*app_client.other.ids) == before
