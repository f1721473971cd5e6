"""A server with sign-up closed and anonymous questions off."""

import signal
from collections.abc import Iterator
from typing import Any, Final

import httpx
import pytest

from tests.processes import Workplace

ADA: Final = {"email": "ada@example.com", "name": "Ada", "password": "correct horse battery"}
EVE: Final = {**ADA, "email": "eve@example.com"}
QUESTION: Final = {"query": "Why does Mars look red?"}
DESK: Final = "Ask at the library's desk, room 4."
CLOSED: Final = {
    "AUTH__SIGN_UP": "closed",
    "AUTH__ANONYMOUS_CHAT": "false",
    "AUTH__FORGOTTEN_PASSWORD": DESK,
}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A client of a server that was closed after Ada signed up."""
    place = Workplace.made_in(tmp_path_factory.mktemp("closed")).having(GLOSSATOR_ENV="embedded")
    with place.starts("serve") as opened:
        opened.serves()
        with opened.client() as early:
            early.post("/api/auth/sign-up/email", json=ADA).raise_for_status()
        opened.signalled(signal.SIGTERM)
    with place.having(**CLOSED).starts("dev") as running:
        running.is_loaded()
        with running.client() as client:
            yield client


def post(client: httpx.Client, path: str, body: object, token: str = "") -> tuple[int, dict[str, Any]]:
    client.cookies.clear()
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    reply = client.post(path, json=body, headers=headers)
    return reply.status_code, reply.json()


@pytest.mark.parametrize("path", ["/api/auth/sign-up/email", "/api/auth/sign-up"])
@pytest.mark.parametrize("body", [EVE, ADA], ids=["a new address", "a known address"])
def test_sign_up_is_closed_and_reveals_no_accounts(client: httpx.Client, path: str, body: dict[str, str]) -> None:
    status, problem = post(client, path, body)

    assert (status, problem["code"]) == (403, "SIGN_UP_CLOSED")
    assert problem["detail"] == problem["message"] == "Sign-up is closed."


@pytest.mark.parametrize("path", ["/chat", "/chat/stream"])
def test_an_anonymous_question_requires_signing_in(client: httpx.Client, path: str) -> None:
    status, problem = post(client, path, QUESTION)

    assert (status, problem["code"]) == (403, "sign_in_required")
    assert problem["detail"] == "Please sign in to ask the book: this service answers only signed-in readers."


def test_an_existing_reader_can_sign_in_and_ask(client: httpx.Client) -> None:
    _, login = post(client, "/api/auth/sign-in/email", {name: ADA[name] for name in ("email", "password")})

    assert post(client, "/api/auth/sign-out", {})[0] == 200
    status, answer = post(client, "/chat", QUESTION, login["session"]["accessToken"])
    assert (status, answer["stored"]) == (200, True)


def test_a_password_reset_request_shows_the_configured_message(client: httpx.Client) -> None:
    status, problem = post(client, "/api/auth/request-password-reset", {"email": ADA["email"]})

    assert (status, problem["code"]) == (400, "RESET_PASSWORD_DISABLED")
    assert problem["detail"] == problem["message"] == DESK


def test_config_shows_all_three_options(client: httpx.Client) -> None:
    assert client.get("/config").json()["auth"] == {
        "mode": "required",
        "sign_up": "closed",
        "forgotten_password": DESK,
    }
