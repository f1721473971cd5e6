"""Invalid credentials, on every route that authenticates: always an error, never silently anonymous."""

import time
from collections.abc import Sequence
from typing import Final

import pytest

from glossator.domain.accounts.sessions.credentials import IssuedSession
from tests.storage.accounts.people import a_session, an_account
from tests.web.all_routes.checked_client import CheckedClient, SignedInReader
from tests.web.all_routes.route_table import TABLE, Route
from tests.web.apps import ORIGIN
from tests.web.auth.wrong_tokens import EXPIRED, wrong_tokens
from tests.web.wire import Reply, json_request

AUTHENTICATING: Final = [
    route for route in TABLE if route.access in {"optional", "ended", "reader"} and str(route) != "POST /ask"
]
"""`POST /ask` takes a form and returns a page."""
WITHOUT_AN_ANSWER: Final = {"POST /feedback": (404, "answer_not_found")}
SCHEMES: Final = [
    "Basic YTpi",
    "Digest",
    "nonsense",
    "Token @token",
    "@token",
    "Bearer\t@token",
    "Bearer, Bearer @token",
]
_ACCOUNT: Final = an_account()
NOBODY: Final = IssuedSession(_ACCOUNT, a_session(_ACCOUNT), "a", "a.b", "a.b", "a.b.c")
COOKIE: Final = "better-auth.session_token"
NO_SESSION: Final = {
    "unsigned": f"{COOKIE}=@token",
    "wrongly signed": f"{COOKIE}=@token.BRdaDVGRQP%2BF9%2B6Ve0k3NTldjurPuAowh9%2FgKWYqBY8%3D",
    "a JWT": f"{COOKIE}=@jwt",
    "empty": f"{COOKIE}=",
    "nameless": "@cookie",
    "another name": "session_token=@cookie",
    "a name for secure ones": f"__Secure-{COOKIE}=@cookie",
    "a wrong one before": f"{COOKIE}=a.b; {COOKIE}=@cookie",
    "cut": f"{COOKIE}=@cookie"[:-1] + "\0",
    "not ASCII": f"{COOKIE}=\u00e9\u00ff.\u00e9",
    "percent": f"{COOKIE}=%00.%ff",
    "15 KB": f"{COOKIE}=" + "x" * 15_000,
}
SESSION: Final = {
    "as it was set": f"{COOKIE}=@cookie",
    "decoded": f"{COOKIE}=@signed",
    "a wrong one behind": f"{COOKIE}=@cookie; {COOKIE}=a.b",
    "among others": f"a=b; {COOKIE}=@cookie; =; c",
}


def answers(
    app_client: CheckedClient, reader: SignedInReader, headers: dict[str, str], routes: Sequence[Route] = AUTHENTICATING
) -> dict[Route, Reply]:
    """The responses of routes that authenticate, to a request that is otherwise valid."""
    return {
        route: app_client.send(json_request(route.method, route.sample_path, route.body).with_headers(headers), reader)
        for route in routes
    }


def assert_refused(replies: dict[Route, Reply], code: str) -> None:
    """Signing out always succeeds; an anonymous session is `null` and its cookies are expired."""
    outcomes = {str(route): reply.outcome for route, reply in replies.items()}
    assert outcomes == {
        str(route): (route.status, "") if route.access == "ended" else route.outcome(401, code) for route in replies
    }
    sessions = [reply for route, reply in replies.items() if route.rule == "/api/auth/get-session"]
    assert [(reply.body, len(reply.headers.get_list("Set-Cookie"))) for reply in sessions] == [(None, 3)] * len(
        sessions
    )


def assert_anonymous(replies: dict[Route, Reply]) -> None:
    outcomes = {str(route): reply.outcome for route, reply in replies.items()}
    assert outcomes == {
        str(route): route.outcome(401, "unauthorized")
        if route.access == "reader"
        else WITHOUT_AN_ANSWER.get(str(route), (route.status, ""))
        for route in AUTHENTICATING
    }
    [session] = [reply for route, reply in replies.items() if route.rule == "/api/auth/get-session"]
    assert (session.body, session.headers.get_list("Set-Cookie")) == (None, [])


@pytest.mark.parametrize(("number", "name"), list(enumerate(wrong_tokens(NOBODY, NOBODY, 0))))
def test_an_invalid_token_is_refused_everywhere(app_client: CheckedClient, number: int, name: str) -> None:
    """Each is sent to a quarter of the routes, and each route gets a quarter of them."""
    reader, seen = app_client.reader(), len(app_client.parts.model.prompts)
    token = wrong_tokens(reader.issued, app_client.other.issued, int(time.time()))[name]

    replies = answers(app_client, reader, {"Authorization": f"Bearer {token}"}, AUTHENTICATING[number % 4 :: 4])

    assert_refused(replies, "token_expired" if name in EXPIRED else "invalid_token")
    assert len(app_client.parts.model.prompts) == seen


@pytest.mark.parametrize("header", SCHEMES)
def test_another_scheme_is_refused_everywhere(app_client: CheckedClient, header: str) -> None:
    assert_refused(answers(app_client, app_client.reader(), {"Authorization": header}), "invalid_token")


@pytest.mark.parametrize("header", ["", "Bearer", "bearer ", "Bearer   "])
def test_an_empty_bearer_is_anonymous_everywhere(app_client: CheckedClient, header: str) -> None:
    assert_anonymous(answers(app_client, app_client.reader(), {"Authorization": header}))


@pytest.mark.parametrize("name", NO_SESSION)
def test_a_cookie_of_another_server_is_anonymous_everywhere(app_client: CheckedClient, name: str) -> None:
    assert_anonymous(answers(app_client, app_client.reader(), {"Cookie": NO_SESSION[name], "Origin": ORIGIN}))


def test_a_cookie_of_a_session_that_has_ended_is_refused_everywhere(app_client: CheckedClient) -> None:
    headers, reader = {"Cookie": f"{COOKIE}=@cookie", "Origin": ORIGIN}, app_client.reader()
    app_client.send(json_request("POST", "/api/auth/sign-out").with_headers(headers), reader)

    assert_refused(answers(app_client, reader, headers), "invalid_token")


@pytest.mark.parametrize("token", ["a.b.c", "nonsense"])
def test_a_wrong_bearer_takes_precedence_over_a_valid_cookie_everywhere(app_client: CheckedClient, token: str) -> None:
    headers = {"Cookie": f"{COOKIE}=@cookie", "Origin": ORIGIN, "Authorization": f"Bearer {token}"}
    replies = answers(app_client, app_client.reader(), headers)

    outcomes = {str(route): reply.outcome for route, reply in replies.items()}
    assert outcomes == {
        str(route): (route.status, "") if route.access == "ended" else route.outcome(401, "invalid_token")
        for route in AUTHENTICATING
    }


@pytest.mark.parametrize("name", SESSION)
@pytest.mark.parametrize("path", ["/api/auth/verify", "/api/auth/profile", "/api/chat/sessions"])
def test_a_cookie_is_accepted_encoded_or_decoded(app_client: CheckedClient, path: str, name: str) -> None:
    headers = {"Cookie": SESSION[name], "Origin": ORIGIN}

    assert app_client.send(json_request("GET", path).with_headers(headers), app_client.reader()).status == 200
