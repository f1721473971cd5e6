"""The official npm client against a running server: with cookies, and with bearers behind a foreign edge."""

import json
from collections.abc import Iterator
from typing import Any, Final

import pytest

from tests.better_auth.official_client import ORIGIN, official_reader, prints
from tests.processes import Running, Workplace
from tests.servers.edge_proxy import edge_proxy

WHAT_BOTH_SEE: Final = {
    "duplicate": {"status": 422, "code": "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL"},
    "wrongPassword": {"status": 401, "code": "INVALID_EMAIL_OR_PASSWORD"},
    "session": {"name": "Ada", "expiresIsDate": True, "createdIsRecent": True, "days": 7},
    "update": {"data": {"status": True}},
    "updated": "Ada L.",
    "changePassword": "Ada L.",
    "signIn": False,
    "sessions": 2,
    "revoke": {"data": {"status": True}},
    "revoked": None,
    "revokeOthers": {"data": {"status": True}},
    "stillSignedIn": "Ada L.",
    "signOut": {"data": {"success": True}},
    "signedOut": {"data": None},
    "closed": {"status": 401, "code": "UNAUTHORIZED"},
    "again": "Ada L.",
    "delete": {"data": {"success": True, "message": "User deleted"}},
    "deleted": {"status": 401, "code": "INVALID_EMAIL_OR_PASSWORD"},
}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    place = Workplace.made_in(tmp_path_factory.mktemp("home")).having(CORS_ALLOWED_ORIGINS=ORIGIN)
    with place.starts("dev") as running:
        running.is_loaded()
        yield running


def drive(node: str, **options: str) -> dict[str, Any]:
    return prints(node, "client.mjs", json.dumps(options))


def test_with_cookies_everything_matches_the_official_server(node: str, running: Running) -> None:
    seen = drive(node, baseURL=running.url, origin=ORIGIN, mode="cookie")

    assert seen.pop("signUp")["data"]["user"]["email"] == "ada-cookie@example.com"
    assert seen == WHAT_BOTH_SEE


def test_with_bearers_everything_matches_behind_an_edge_that_answers_preflights(node: str, running: Running) -> None:
    with edge_proxy(running.port) as edge:
        seen = drive(node, baseURL=edge, origin=ORIGIN, mode="bearer")

    assert seen.pop("signUp")["data"]["user"]["email"] == "ada-bearer@example.com"
    assert seen == WHAT_BOTH_SEE


@pytest.mark.parametrize(
    ("mode", "allowed_headers", "refused"),
    [
        ("cookie", "authorization, content-type", "preflight: no cookies"),
        ("bearer", "content-type", "preflight: header authorization"),
    ],
)
def test_headers_that_an_edge_does_not_allow_are_not_sent(
    node: str, running: Running, mode: str, allowed_headers: str, refused: str
) -> None:
    """As in a browser; otherwise the tests above would pass behind any edge."""
    with edge_proxy(running.port, allowed_headers) as edge, official_reader(node, edge, mode) as reader:
        person = {"email": f"edge-{mode}@example.com", "password": "correct-horse", "name": "Ada"}
        outcomes = [reader.tries("signUp", "email", **person), reader.tries("updateUser", name="Eve")]

    assert outcomes[-1] == {"status": 0, "code": refused}


def test_an_untrusted_page_cannot_sign_in(node: str, running: Running) -> None:
    reply = drive_one(node, running.url, "https://evil.example")

    assert reply == {"status": 403, "code": "INVALID_ORIGIN"}


def drive_one(node: str, base_url: str, origin: str) -> dict[str, Any]:
    """One sign-in of the official client from another page."""
    script = """
        import { createAuthClient } from "better-auth/client";
        const [baseURL, origin] = process.argv.slice(1);
        const client = createAuthClient({ baseURL, fetchOptions: { headers: { origin } } });
        const { error } = await client.signIn.email({ email: "ada@example.com", password: "correct-horse" });
        process.stdout.write(JSON.stringify({ status: error.status, code: error.code }));
    """
    return prints(node, "--input-type=module", "-e", script, base_url, origin)
