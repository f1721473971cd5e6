"""Sends invalid fields, invalid JSON and invalid ids to every route."""

from typing import Any, Final
from urllib.parse import quote

import pytest

from tests.web.all_routes.checked_client import CheckedClient
from tests.web.all_routes.invalid_fields import ABSENT, CASES, FIELDS, INVALID_JSON, INVALID_NAMES, STATUSES, WITH_BODY
from tests.web.all_routes.route_table import TABLE, Route
from tests.web.apps import ORIGIN
from tests.web.wire import WireRequest, json_request

SIGNED_IN: Final = {"Authorization": "Bearer @token", "Origin": ORIGIN}


def test_every_route_with_a_body_is_covered() -> None:
    assert set(FIELDS) == {str(route) for route in WITH_BODY}


@pytest.mark.parametrize(("route", "field", "values", "code"), CASES)
def test_an_invalid_field_is_named(
    app_client: CheckedClient, route: Route, field: str, values: list[Any], code: str
) -> None:
    reader, answers = app_client.lasting, {}
    for value in values:
        sent = json_request(route.method, route.sample_path, with_field(route, field, value))
        answers[repr(value)[:60]] = app_client.send(sent.with_headers(SIGNED_IN), reader)

    outcomes = {value: reply.outcome for value, reply in answers.items()}
    assert outcomes == dict.fromkeys(answers, route.outcome(STATUSES.get(code, 400), code))
    if code in {"invalid_field", "field_refused"}:
        named = {value: invalid_field(reply.body).split(".")[0] for value, reply in answers.items()}
        assert named == dict.fromkeys(answers, field)


def invalid_field(problem: Any) -> str:
    """The name of the field. An error of JSON-RPC has it in its message."""
    error = problem.get("error")
    if error is None:
        return str(problem["fields"][0]["field"])
    return str(error["param"] if "param" in error else error["message"].partition(":")[0])


def with_field(route: Route, field: str, value: object) -> dict[str, object]:
    others = {name: text for name, text in (route.body or {}).items() if name != field}
    return others if value == ABSENT else {**others, field: value}


@pytest.mark.parametrize(("number", "kind"), list(enumerate(INVALID_JSON)))
def test_every_route_rejects_invalid_json(
    app_client: CheckedClient, number: int, kind: tuple[bytes, str, int, str]
) -> None:
    """Each kind is sent to a third of the routes, and each route gets a third of them."""
    (data, media, status, code), reader, routes = kind, app_client.lasting, WITH_BODY[number % 3 :: 3]
    sent = {route: WireRequest(route.method, route.sample_path, (("Content-Type", media),), data) for route in routes}

    replies = {route: app_client.send(request.with_headers(SIGNED_IN), reader) for route, request in sent.items()}

    outcomes = {str(route): reply.outcome for route, reply in replies.items()}
    assert outcomes == {str(route): route.outcome(status, code) for route in routes}
    assert {reply.headers.get("Access-Control-Allow-Origin") for reply in replies.values()} == {ORIGIN}


@pytest.mark.parametrize("route", [route for route in TABLE if "<" in route.rule], ids=str)
def test_an_invalid_id_is_not_found(app_client: CheckedClient, route: Route) -> None:
    reader = app_client.lasting
    key = "Bearer @admin" if route.access == "admin" else "Bearer @token"
    sent = [json_request(route.method, route.path(quote(name, safe="")), route.body) for name in INVALID_NAMES]

    replies = [app_client.send(request.with_headers({"Authorization": key}), reader) for request in sent]

    assert [reply.status for reply in replies] == [404] * len(INVALID_NAMES)


@pytest.mark.parametrize(
    ("path", "body", "detail"),
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
def test_an_invalid_field_has_a_readable_detail(
    app_client: CheckedClient, path: str, body: object, detail: str
) -> None:
    assert app_client.send(json_request("POST", path, body)).body["detail"] == detail


def test_a_text_that_cannot_be_stored_has_a_readable_detail(app_client: CheckedClient) -> None:
    sent = json_request("POST", "/api/auth/update-user", {"name": "ENC:x"}).with_headers(SIGNED_IN)

    assert app_client.send(sent, app_client.reader()).body["detail"] == "The name must not begin with ENC:."
