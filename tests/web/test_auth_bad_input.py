"""Grids of what no route may stumble over: every answer is a problem that a page of ours can read, never a 5xx."""

from typing import Any

import pytest

from tests.web.apps import ORIGIN
from tests.web.auth_apps import ADA, AuthParts

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
POSTS = [path for path, _, _ in FIELDS] + ["sign-out", "revoke-sessions", "revoke-other-sessions"]
REQUIRED = [
    (path, body, field)
    for path, body, field in CASES
    if field in body and path not in {"update-user", "delete-user"} and (path, field) != ("reset-password", "token")
]


@pytest.mark.parametrize(("path", "body", "field"), CASES)
async def test_no_text_in_no_field_is_a_fault_of_ours(path: str, body: dict[str, Any], field: str) -> None:
    parts = AuthParts()
    for number, text in enumerate(TEXTS):
        login = await parts.sign_up(f"reader{number}@example.com")
        reply = await parts.client.bearing(login.token).post(path, {**body, field: text})

        assert reply.status in {200, 400, 401, 403, 422, 429}, (text, reply)
        if reply.status != 200:
            assert isinstance(reply.body["detail"], str), text
            assert reply.body["detail"] == reply.body["message"]
            assert reply.body["code"] == reply.body["code"].upper()


@pytest.mark.parametrize(("path", "body", "field"), REQUIRED)
@pytest.mark.parametrize("value", ["absent", 1, None, [], {}])
async def test_a_missing_or_wrong_field_is_named(path: str, body: dict[str, Any], field: str, value: Any) -> None:
    client = await AuthParts().signed_up()
    sent = {name: text for name, text in {**body, field: value}.items() if text != "absent"}

    reply = await client.post(path, sent)

    assert reply.outcome == (400, "VALIDATION_ERROR")
    assert reply.body["fields"][0]["field"] == field
    assert reply.body["detail"].startswith(f"{field}: ")


@pytest.mark.parametrize(
    ("data", "media", "status", "code"),
    [
        (b"{", "application/json", 400, "BAD_REQUEST"),
        (b"\xff\xfe", "application/json", 400, "BAD_REQUEST"),
        (b'{"password": "\\ud800"}', "application/json", 400, "BAD_REQUEST"),
        (b'{"password": NaN}', "application/json", 400, "BAD_REQUEST"),
        (b'{"a": 1, "a": 2}', "application/json", 400, "BAD_REQUEST"),
        (b"[" * 100_000, "application/json", 400, "BAD_REQUEST"),
        (b"[]", "application/json", 400, "VALIDATION_ERROR"),
        (b"null", "application/json", 400, "VALIDATION_ERROR"),
        (b'"text"', "application/json", 400, "VALIDATION_ERROR"),
        (b"{}", "text/plain", 415, "UNSUPPORTED_MEDIA_TYPE"),
        (b"<a/>", "application/xml", 415, "UNSUPPORTED_MEDIA_TYPE"),
        (b'{"a": "' + b"x" * 300_000 + b'"}', "application/json", 413, "BODY_TOO_LARGE"),
    ],
)
@pytest.mark.parametrize("path", POSTS)
async def test_what_is_no_json_object_is_refused_with_cors(
    path: str, data: bytes, media: str, status: int, code: str
) -> None:
    parts = AuthParts()
    login = await parts.sign_up()
    headers = {"Origin": ORIGIN, "Content-Type": media, "Authorization": f"Bearer {login.token}"}

    client = parts.app().test_client(use_cookies=False)
    reply = await client.post(f"/api/auth/{path}", data=data, headers=headers)

    assert (reply.status_code, (await reply.get_json())["code"]) == (status, code)
    assert reply.content_type == "application/json"
    assert reply.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert reply.headers["Access-Control-Allow-Credentials"] == "true"


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
async def test_what_is_not_there_is_404(method: str, path: str) -> None:
    reply = await AuthParts().client.sends(method, path)

    assert reply.outcome == (404, "NOT_FOUND")
    assert reply.headers["Access-Control-Allow-Origin"] == ORIGIN


@pytest.mark.parametrize("path", ["profile", "verify", "list-sessions", "account/export"])
async def test_a_route_of_readers_is_closed_to_others(path: str) -> None:
    reply = await AuthParts().client.get(path)

    assert reply.outcome == (401, "UNAUTHORIZED")
    assert reply.headers["Access-Control-Allow-Origin"] == ORIGIN


async def test_nothing_of_a_reader_goes_to_the_log(caplog: pytest.LogCaptureFixture) -> None:
    parts = AuthParts()
    with caplog.at_level("DEBUG"):
        client = await parts.signed_up(name="Zaphodine", password="password-zaphodine")
        await client.post("verify-password", {"password": "password-zaphodina"})
        await client.post("profile/update", {"learning_goals": "zaphodine"})
        await client.post("update-user", {"name": "ENC:zaphodine"})
        await parts.client.post("sign-in/email", {"email": "zaphodine@example.com", "password": "zaphodine"})

    assert "zaphodin" not in caplog.text.lower()
    assert client.headers["Authorization"].removeprefix("Bearer ") not in caplog.text
