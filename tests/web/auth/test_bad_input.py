"""Invalid input to the routes of accounts."""

from typing import Any

import pytest

from tests.web.apps import ORIGIN
from tests.web.auth.apps import ADA, AuthParts

CHANGE = {"currentPassword": "correct-horse", "newPassword": "better-horse"}
TEXTS: list[Any] = [
    None, 1, 1.5, True, [], {}, ["a"], "", " ", "x" * 10_000, "a\0b", "a\x1bb", "\u202eabc", "\U0001f600" * 400,
    "ENC:x", "ENC:" + "A" * 40, "'; DROP TABLE users; --", "1e9", "../../etc/passwd", "<script>", "\u0627\u0644\u0633",
]  # fmt: skip
FIELDS = [
    ("sign-up/email", ADA, ("email", "name", "password", "image", "rememberMe", "callbackURL", "proficiency")),
    ("sign-up", ADA, ("email", "name", "password", "proficiency")),
    ("sign-in/email", ADA, ("email", "password", "rememberMe", "callbackURL")),
    ("update-user", {"name": "Ada"}, ("name", "image", "proficiency", "email")),
    ("change-password", CHANGE, ("currentPassword", "newPassword", "revokeOtherSessions")),
    ("verify-password", {"password": "correct-horse"}, ("password",)),
    ("revoke-session", {"token": "a"}, ("token",)),
    ("delete-user", {}, ("password", "callbackURL")),
    ("reset-password", {"token": "a", "newPassword": "better-horse"}, ("token", "newPassword")),
    ("profile/update", {}, ("technical_background", "hardware_access", "learning_goals")),
    ("account/export", {}, ("password",)),
]
CASES = [(path, body, field) for path, body, fields in FIELDS for field in fields]


@pytest.mark.parametrize(("path", "body", "field"), CASES)
async def test_no_input_in_any_field_causes_a_server_error(path: str, body: dict[str, Any], field: str) -> None:
    parts = AuthParts()
    for number, text in enumerate(TEXTS):
        issued = await parts.sign_up(f"reader{number}@example.com")
        reply = await parts.client.bearing(issued.token).post(path, {**body, field: text})

        assert reply.status in {200, 400, 401, 403, 422, 429}, (text, reply)
        if reply.status != 200:
            assert isinstance(reply.body["detail"], str), text
            assert reply.body["detail"] == reply.body["message"]
            assert reply.body["code"] == reply.body["code"].upper()


@pytest.mark.parametrize("data", [b"\xff=\xff", b"email=%ff&password=%ff", b"email=%ED%A0%80&password=a", b"", b"&&&="])
async def test_a_bad_form_is_refused(data: bytes) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Origin": ORIGIN}

    client = AuthParts().app().test_client(use_cookies=False)
    reply = await client.post("/api/auth/sign-in/email", data=data, headers=headers)

    assert reply.status_code == 400


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "nowhere"),
        ("GET", ""),
        ("GET", "ok/"),
        ("GET", "/ok"),
        ("GET", "sign-in/email"),
        ("POST", "get-session"),
        ("PUT", "update-user"),
        ("DELETE", "delete-user"),
        ("POST", "change-email"),
        ("POST", "sign-in/social"),
        ("GET", "reset-password/token?callbackURL=/"),
        ("POST", "forget-password"),
        ("GET", "token"),
        ("GET", "jwks"),
    ],
)
async def test_unknown_routes_are_404(method: str, path: str) -> None:
    reply = await AuthParts().client.sends(method, path)

    assert reply.outcome == (404, "NOT_FOUND")
    assert reply.headers["Access-Control-Allow-Origin"] == ORIGIN


async def test_no_personal_data_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    parts = AuthParts()
    with caplog.at_level("DEBUG"):
        client = await parts.signed_up(name="Zaphodine", password="password-zaphodine")
        await client.post("verify-password", {"password": "password-zaphodina"})
        await client.post("profile/update", {"learning_goals": "zaphodine"})
        await client.post("update-user", {"name": "ENC:zaphodine"})
        await parts.client.post("sign-in/email", {"email": "zaphodine@example.com", "password": "zaphodine"})

    assert "zaphodin" not in caplog.text.lower()
    assert client.headers["Authorization"].removeprefix("Bearer ") not in caplog.text
