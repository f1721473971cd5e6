"""Grids of what no route may stumble over: every field of every route, every body that is no JSON, every address."""

from typing import Any, Final
from urllib.parse import quote

import pytest

from tests.web.apps import ORIGIN
from tests.web.whole.apps import House
from tests.web.whole.bad_fields import ABSENT, CASES, FIELDS, NO_JSON, NO_NAMES, STATUSES, TAKING
from tests.web.whole.routes import TABLE, Route
from tests.web.wire import Sent, json_sent

SIGNED_IN: Final = {"Authorization": "Bearer @token", "Origin": ORIGIN}


def test_the_grid_knows_every_route_that_takes_a_body() -> None:
    assert set(FIELDS) == {str(route) for route in TAKING}


@pytest.mark.parametrize(("route", "field", "values", "code"), CASES)
def test_what_a_field_refuses_is_told(house: House, route: Route, field: str, values: list[Any], code: str) -> None:
    reader, answers = house.reader(), {}
    for value in values:
        sent = json_sent(route.method, route.sample_path, with_field(route, field, value))
        answers[repr(value)[:60]] = house.sends(sent.having(SIGNED_IN), reader)

    outcomes = {value: reply.outcome for value, reply in answers.items()}
    assert outcomes == dict.fromkeys(answers, route.told(STATUSES.get(code, 400), code))
    if code in {"invalid_field", "field_refused"}:
        named = {value: reply.body["fields"][0]["field"].split(".")[0] for value, reply in answers.items()}
        assert named == dict.fromkeys(answers, field)


def with_field(route: Route, field: str, value: object) -> dict[str, object]:
    others = {name: text for name, text in (route.body or {}).items() if name != field}
    return others if value == ABSENT else {**others, field: value}


@pytest.mark.parametrize(("data", "media", "status", "code"), NO_JSON)
def test_what_is_no_json_object_is_refused_by_every_route(
    house: House, data: bytes, media: str, status: int, code: str
) -> None:
    reader = house.reader()
    sent = {route: Sent(route.method, route.sample_path, (("Content-Type", media),), data) for route in TAKING}

    replies = {route: house.sends(request.having(SIGNED_IN), reader) for route, request in sent.items()}

    outcomes = {str(route): reply.outcome for route, reply in replies.items()}
    assert outcomes == {str(route): route.told(status, code) for route in TAKING}
    assert {reply.headers.get("Access-Control-Allow-Origin") for reply in replies.values()} == {ORIGIN}


@pytest.mark.parametrize("route", [route for route in TABLE if "<" in route.rule], ids=str)
def test_what_stands_at_no_address_is_not_found(house: House, route: Route) -> None:
    reader = house.reader()
    key = "Bearer @admin" if route.access == "admin" else "Bearer @token"
    sent = [json_sent(route.method, route.path(quote(name, safe="")), route.body) for name in NO_NAMES]

    replies = [house.sends(request.having({"Authorization": key}), reader) for request in sent]

    assert [reply.status for reply in replies] == [404] * len(NO_NAMES)


@pytest.mark.parametrize(
    ("path", "body", "told"),
    [
        ("/chat", {"query": " "}, "The question must not be empty."),
        ("/chat", {"query": "x" * 4001}, "The question must have at most 4000 characters, it has 4001."),
        ("/chat", {"query": "a\0b"}, "The question must not contain control characters."),
        ("/chat/stream", {"query": 1}, "The question must be text."),
        ("/search", {}, "The question is required."),
        ("/api/auth/sign-up", {"email": "a@example.com", "password": "x" * 8}, "The name is required."),
        ("/api/auth/sign-in/email", {"email": None, "password": "x"}, "The e-mail address must be text."),
        ("/api/auth/sign-in/email", {"email": "a@example.com", "password": 1}, "The password must be text."),
        ("/translate", {"text": "x" * 8001}, "The text must have at most 8000 characters, it has 8001."),
        ("/translate/batch", {"texts": ["a\x1b"]}, "texts.0: must not contain control characters."),
    ],
)
def test_what_a_reader_fills_in_is_told_in_a_sentence(house: House, path: str, body: object, told: str) -> None:
    assert house.sends(json_sent("POST", path, body)).body["detail"] == told


def test_a_text_that_cannot_be_stored_is_told_in_a_sentence(house: House) -> None:
    sent = json_sent("POST", "/api/auth/update-user", {"name": "ENC:x"}).having(SIGNED_IN)

    assert house.sends(sent, house.reader()).body["detail"] == "The name must not begin with ENC:."
