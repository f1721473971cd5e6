"""The route table is complete and correct, and replies are as the description of the API says."""

from collections import Counter

import pytest

from tests.web.all_routes.checked_client import OWN_WORD, CheckedClient
from tests.web.all_routes.described import assert_described
from tests.web.all_routes.route_table import TABLE, Route, served_routes
from tests.web.apps import ORIGIN, Parts
from tests.web.wire import json_request

every_route = pytest.mark.parametrize("route", TABLE, ids=str)
CREDENTIALS = {
    "raw": {"Authorization": "Bearer @token"},
    "signed": {"Authorization": "bearer @signed"},
    "JWT": {"Authorization": "Bearer @jwt"},
    "cookie": {"Cookie": "better-auth.session_token=@cookie", "Origin": ORIGIN},
}


def test_the_table_lists_exactly_the_routes_of_the_app() -> None:
    assert Counter(map(str, TABLE)) == Counter(served_routes(Parts().app()))


@every_route
@pytest.mark.parametrize("kind", CREDENTIALS)
def test_a_signed_in_reader_gets_the_expected_status(app_client: CheckedClient, route: Route, kind: str) -> None:
    sent = json_request(route.method, route.sample_path, route.body).with_headers(CREDENTIALS[kind])

    reply = app_client.send(sent, app_client.reader_of(route))

    assert reply.status == route.status
    assert_described(str(route), reply)


@pytest.mark.parametrize("route", [route for route in TABLE if route.access == "reader"], ids=str)
def test_reader_routes_require_a_session(app_client: CheckedClient, route: Route) -> None:
    reply = app_client.send(json_request(route.method, route.sample_path, route.body))

    assert reply.outcome == (401, "UNAUTHORIZED" if route.is_official else "unauthorized")
    assert reply.body["detail"] == "Please sign in first."
    assert reply.headers["Cache-Control"] == "no-store"
    assert_described(str(route), reply)


@pytest.mark.parametrize("route", [route for route in TABLE if route.access in {"optional", "ended"}], ids=str)
def test_other_routes_answer_without_a_session(app_client: CheckedClient, route: Route) -> None:
    reply = app_client.send(json_request(route.method, route.sample_path, route.body))

    assert reply.status == route.status
    assert OWN_WORD not in reply.text
    assert_described(str(route), reply)


def test_the_client_detects_another_readers_text(app_client: CheckedClient) -> None:
    sent = json_request("GET", "/api/chat/sessions/@conversation").with_headers(CREDENTIALS["raw"])

    with pytest.raises(AssertionError, match="quokkaberry"):
        app_client.send(sent, app_client.other)
