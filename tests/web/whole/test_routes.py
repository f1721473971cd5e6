"""The table of routes that every grid is made of: it is whole, and what it says of each route is so."""

from collections import Counter

import pytest

from tests.web.apps import ORIGIN, Parts
from tests.web.whole.apps import OWN_WORD, House
from tests.web.whole.routes import TABLE, Route, routes_of
from tests.web.wire import json_sent

every_route = pytest.mark.parametrize("route", TABLE, ids=str)
WAYS = {
    "raw": {"Authorization": "Bearer @token"},
    "signed": {"Authorization": "bearer @signed"},
    "JWT": {"Authorization": "Bearer @jwt"},
    "cookie": {"Cookie": "better-auth.session_token=@cookie", "Origin": ORIGIN},
}


def test_every_route_stands_in_the_table_and_no_other() -> None:
    assert Counter(map(str, TABLE)) == Counter(routes_of(Parts().app()))


@every_route
@pytest.mark.parametrize("way", WAYS)
def test_a_signed_in_reader_is_answered(house: House, route: Route, way: str) -> None:
    sent = json_sent(route.method, route.sample_path, route.body).having(WAYS[way])

    assert house.sends(sent, house.reader()).status == route.status


@pytest.mark.parametrize("route", [route for route in TABLE if route.access == "reader"], ids=str)
def test_a_route_of_readers_is_closed_to_others(house: House, route: Route) -> None:
    reply = house.sends(json_sent(route.method, route.sample_path, route.body))

    assert reply.outcome == (401, "UNAUTHORIZED" if route.is_official else "unauthorized")
    assert reply.body["detail"] == "Please sign in first."
    assert reply.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("route", [route for route in TABLE if route.access in {"anybody", "nobody"}], ids=str)
def test_somebody_unknown_is_answered_elsewhere(house: House, route: Route) -> None:
    reply = house.sends(json_sent(route.method, route.sample_path, route.body))

    assert reply.status == route.status
    assert OWN_WORD not in reply.text


def test_what_the_other_reader_wrote_would_be_seen(house: House) -> None:
    sent = json_sent("GET", "/api/chat/sessions/@conversation").having(WAYS["raw"])

    with pytest.raises(AssertionError, match="quokkaberry"):
        house.sends(sent, house.other)
