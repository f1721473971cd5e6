"""Sign-up, sign-in, sign-out and account changes, as both clients call them."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from glossator.web.http.session_cookies import CookieOptions
from tests.accounts_in_memory import AccountsInMemory
from tests.options import ACCOUNT_OPTIONS, COOKIE_OPTIONS
from tests.web.apps import ORIGIN, Parts
from tests.web.auth.apps import ADA, CREDENTIALS, AuthParts, Client

VECTOR = (
    "better-auth.session_token=B8dE3xKJm8GAF0wAwaIINYNvDMbZoOlJ."
    "BRdaDVGRQP%2BF9%2B6Ve0k3NTldjurPuAowh9%2FgKWYqBY8%3D; Max-Age=604800; Path=/; HttpOnly; SameSite=Lax"
)
USER = {
    "name": "Ada",
    "email": "ada@example.com",
    "emailVerified": False,
    "image": None,
    "createdAt": "2026-01-01T12:00:00.000Z",
    "updatedAt": "2026-01-01T12:00:00.000Z",
    "proficiency": "pro",
    "technical_background": "",
    "hardware_access": "",
    "learning_goals": "",
}


async def test_signing_up_returns_the_fields_of_both_clients() -> None:
    reply = await AuthParts().client.post("sign-up/email", ADA)
    user, session = reply.body["user"], reply.body["session"]

    assert reply.status == 200
    assert reply.headers["Content-Type"] == "application/json"
    assert {**USER, "id": user["id"]} == user
    assert session["tokenType"] == "Bearer"
    assert session["expiresAt"] == "2026-01-08T12:00:00.000Z"
    assert session["accessToken"].count(".") == 2
    assert set(reply.body) == {"token", "user", "session"}


async def test_a_response_with_a_session_has_the_official_cookie_and_header() -> None:
    parts = AuthParts()
    reply = await parts.client.post("sign-up/email", ADA)

    signer = parts.accounts.services.cookies
    token = reply.body["token"]

    assert reply.cookies == [
        f"better-auth.session_token={signer.sign(token)}; Max-Age=604800; Path=/; HttpOnly; SameSite=Lax"
    ]
    assert reply.headers["set-auth-token"] == signer.sign_unencoded(token)
    assert "set-auth-token" in reply.headers["Access-Control-Expose-Headers"]
    assert (reply.headers["Cache-Control"], reply.headers["Pragma"]) == ("no-store", "no-cache")


def test_the_cookie_is_that_of_the_official_server() -> None:
    value = AccountsInMemory().services.cookies.sign("B8dE3xKJm8GAF0wAwaIINYNvDMbZoOlJ")

    assert COOKIE_OPTIONS.line("better-auth.session_token", value, 604800) == VECTOR


@pytest.mark.parametrize(
    ("options", "name", "attributes"),
    [
        (
            CookieOptions(secure=True, same_site="lax"),
            "__Secure-better-auth.session_token",
            "HttpOnly; Secure; SameSite=Lax",
        ),
        (
            CookieOptions(secure=True, same_site="none"),
            "__Secure-better-auth.session_token",
            "Secure; SameSite=None",
        ),
    ],
)
async def test_a_secure_cookie_has_its_prefix_and_is_read_back(
    options: CookieOptions, name: str, attributes: str
) -> None:
    parts = AuthParts(cookies=options)
    line = (await parts.client.post("sign-up/email", ADA)).cookies[0]

    session = await parts.client.having(Cookie=line.partition(";")[0]).get("get-session")

    assert line.startswith(f"{name}=")
    assert line.endswith(attributes)
    assert session.body["user"]["name"] == "Ada"


@pytest.mark.parametrize(
    ("secure", "name"), [(True, "better-auth.session_token"), (False, "__Secure-better-auth.session_token")]
)
async def test_a_cookie_with_the_other_name_is_ignored(secure: bool, name: str) -> None:
    parts = AuthParts(cookies=replace(COOKIE_OPTIONS, secure=secure))
    issued = await parts.sign_up()

    assert (await parts.client.having(Cookie=f"{name}={issued.cookie}").get("get-session")).body is None


async def test_cookies_without_remember_end_with_the_browser() -> None:
    parts = AuthParts()
    await parts.client.post("sign-up/email", ADA)

    reply = await parts.client.post("sign-in/email", {**CREDENTIALS, "rememberMe": False})

    flag = parts.accounts.services.cookies.sign("true")
    assert reply.cookies[0].endswith("; Path=/; HttpOnly; SameSite=Lax")
    assert "Max-Age" not in reply.cookies[0]
    assert reply.cookies[1] == f"better-auth.dont_remember={flag}; Path=/; HttpOnly; SameSite=Lax"
    assert reply.body["session"]["expiresAt"] == "2026-01-02T12:00:00.000Z"


@pytest.mark.parametrize(("path", "status"), [("sign-up/email", 422), ("sign-up", 400)])
async def test_a_taken_address_is_reported_in_each_clients_format(path: str, status: int) -> None:
    parts = AuthParts()
    await parts.client.post("sign-up/email", ADA)

    reply = await parts.client.post(path, {**ADA, "email": "ADA@example.com"})

    assert reply.outcome == (status, "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL")
    assert reply.body["detail"] == reply.body["message"]


async def test_signing_in_does_not_reveal_which_of_the_two_was_wrong() -> None:
    parts = AuthParts()
    await parts.client.post("sign-up/email", ADA)

    wrong = await parts.client.post("sign-in/email", {**CREDENTIALS, "password": "wrong-horse"})
    unknown = await parts.client.post("sign-in/email", {**CREDENTIALS, "email": "nobody@example.com"})

    assert wrong.outcome == unknown.outcome == (401, "INVALID_EMAIL_OR_PASSWORD")
    assert wrong.body["detail"] == unknown.body["detail"]


async def test_the_existing_frontend_signs_up_in_and_out_in_its_own_format() -> None:
    """Plain requests without cookies; it stores `session.accessToken` and shows `detail`."""
    parts = AuthParts()
    form = {**ADA, "proficiency": "beginner"}

    signed_up = await parts.client.post("sign-up", form)
    page = parts.client.bearing(signed_up.body["session"]["accessToken"])
    await page.post("profile/update", {"learning_goals": "search"})
    session = await page.get("get-session")
    refused = await parts.client.post("sign-up", form)

    assert signed_up.body["user"]["proficiency"] == "beginner"
    assert session.body["user"]["learning_goals"] == "search"
    assert session.body["session"]["tokenType"] == "Bearer"
    assert isinstance(refused.body["detail"], str)


async def test_a_form_of_the_official_server_signs_in() -> None:
    parts = AuthParts()
    await parts.client.post("sign-up/email", ADA)

    reply = (
        await parts.app()
        .test_client(use_cookies=False)
        .post(
            "/api/auth/sign-in/email",
            data="email=ada%40example.com&password=correct-horse&rememberMe=false",
            headers={"Content-Type": "application/x-www-form-urlencoded", "Origin": ORIGIN},
        )
    )

    assert reply.status_code == 200
    assert len(reply.headers.getlist("Set-Cookie")) == 2


@pytest.mark.parametrize("url", ["/welcome?tab=1#top", f"{ORIGIN}/welcome"])
async def test_a_trusted_callback_is_returned(url: str) -> None:
    parts = AuthParts()
    await parts.client.post("sign-up/email", ADA)

    reply = await parts.client.post("sign-in/email", {**CREDENTIALS, "callbackURL": url})

    assert reply.status == 200
    assert (reply.body["redirect"], reply.body["url"], reply.headers["Location"]) == (True, url, url)


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "/%2fevil.example",
        f"{ORIGIN}@evil.example/",
        f"{ORIGIN}\\@evil.example/",
        f"{ORIGIN}.evil.example/",
        "javascript:alert(1)",
        "/a\nSet-Cookie: a=b",
        "http://[",
        "",
    ],
)
async def test_an_untrusted_callback_is_refused(url: str) -> None:
    reply = await AuthParts().client.post("sign-in/email", {**CREDENTIALS, "callbackURL": url})

    assert reply.outcome == (403, "INVALID_CALLBACK_URL")


async def test_signing_out_ends_the_session_and_expires_the_cookies() -> None:
    parts = AuthParts()
    issued = await parts.sign_up()
    client = parts.client.bearing(issued.access_token)

    reply = await client.post("sign-out")
    after = await parts.client.having(Cookie=f"better-auth.session_token={issued.cookie}").get("get-session")

    assert (reply.status, reply.body) == (200, {"success": True})
    assert reply.cookies == [
        f"better-auth.{name}=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax"
        for name in ("session_token", "session_data", "dont_remember")
    ]
    assert after.body is None


@pytest.mark.parametrize("stale", ["Bearer nonsense", "Bearer a.b", "Bearer a.b.c", "Bearer a.b.c.d", "Basic YTpi"])
async def test_signing_out_by_cookie_succeeds_with_an_invalid_bearer(stale: str) -> None:
    parts = AuthParts()
    issued = await parts.sign_up()
    client = parts.client.having(Cookie=f"better-auth.session_token={issued.cookie}", Authorization=stale)

    reply = await client.post("sign-out", {})

    assert (reply.status, reply.body, len(reply.cookies)) == (200, {"success": True}, 3)
    assert not parts.accounts.sessions.rows


async def test_signing_out_ends_the_sessions_of_bearer_and_cookie() -> None:
    parts = AuthParts()
    by_bearer, by_cookie, other = await parts.sign_up(), *[await parts.accounts.sign_in() for _ in range(2)]
    client = parts.client.bearing(by_bearer.access_token)

    await client.having(Cookie=f"better-auth.session_token={by_cookie.cookie}").post("sign-out", {})

    assert list(parts.accounts.sessions.rows.values()) == [other.session]


@pytest.mark.parametrize("kind", ["token", "signed_token", "access_token", "cookie"])
async def test_a_closed_accounts_session_ends_at_sign_out(kind: str) -> None:
    parts = AuthParts()
    issued = await parts.sign_up()
    await parts.accounts.services.accounts.set_active(issued.account.id, active=False)
    by_cookie = parts.client.having(Cookie=f"better-auth.session_token={issued.cookie}")
    client = by_cookie if kind == "cookie" else parts.client.bearing(getattr(issued, kind))

    reply = await client.post("sign-out", {})
    await parts.accounts.services.accounts.set_active(issued.account.id, active=True)

    assert (reply.status, reply.body) == (200, {"success": True})
    assert not parts.accounts.sessions.rows
    assert (await parts.client.bearing(issued.token).get("get-session")).body is None


@pytest.mark.parametrize("token", ["", "nonsense", "a.b", "a.b.c"])
async def test_signing_out_without_a_session_succeeds(token: str) -> None:
    reply = await AuthParts().client.bearing(token).post("sign-out", {})

    assert (reply.status, reply.body) == (200, {"success": True})


async def test_an_update_changes_only_the_sent_fields() -> None:
    client = await AuthParts().signed_up(image="https://pictures.example/ada")

    reply = await client.post("update-user", {"name": " Ada L. ", "unknown": 1, "proficiency": None})
    user = (await client.get("get-session")).body["user"]

    assert (reply.status, reply.body) == (200, {"status": True})
    assert len(reply.cookies) == 1
    assert (user["name"], user["image"], user["proficiency"]) == ("Ada L.", "https://pictures.example/ada", "pro")


async def test_an_image_of_null_is_removed() -> None:
    client = await AuthParts().signed_up(image="https://pictures.example/ada")

    await client.post("update-user", {"image": None})

    assert (await client.get("get-session")).body["user"]["image"] is None


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 400, "NO_FIELDS_TO_UPDATE"),
        ({"name": None}, 400, "NO_FIELDS_TO_UPDATE"),
        ({"email": "b@example.com"}, 400, "EMAIL_CAN_NOT_BE_UPDATED"),
        ({"name": 1}, 400, "VALIDATION_ERROR"),
        ({"name": "ENC:x"}, 422, "VALIDATION_ERROR"),
        ({"name": "x" * 400}, 422, "VALIDATION_ERROR"),
        ({"proficiency": ""}, 422, "VALIDATION_ERROR"),
        ({"image": "x" * 4000}, 422, "VALIDATION_ERROR"),
    ],
)
async def test_a_bad_update_is_refused(body: dict[str, Any], status: int, code: str) -> None:
    client = await AuthParts().signed_up()

    assert (await client.post("update-user", body)).outcome == (status, code)


async def test_a_changed_password_keeps_sessions_by_default() -> None:
    client = await AuthParts().signed_up()

    reply = await client.post("change-password", {"currentPassword": "correct-horse", "newPassword": "better-horse"})

    assert (reply.status, reply.body["token"], reply.cookies) == (200, None, [])
    assert (await client.get("get-session")).body["user"]["name"] == "Ada"


async def test_a_changed_password_ends_every_session_on_request() -> None:
    parts = AuthParts()
    client = await parts.signed_up()

    reply = await client.post(
        "change-password",
        {"currentPassword": "correct-horse", "newPassword": "better-horse", "revokeOtherSessions": True},
    )

    assert len(reply.cookies) == 1
    assert (await client.get("get-session")).body is None
    assert (await parts.client.bearing(reply.body["token"]).get("get-session")).body is not None


@pytest.mark.parametrize(
    ("current", "new", "code"),
    [
        ("wrong-horse", "better-horse", "INVALID_PASSWORD"),
        ("correct-horse", "short", "PASSWORD_TOO_SHORT"),
        ("correct-horse", "x" * 129, "PASSWORD_TOO_LONG"),
    ],
)
async def test_an_invalid_password_change_is_refused(current: str, new: str, code: str) -> None:
    client = await AuthParts().signed_up()

    reply = await client.post("change-password", {"currentPassword": current, "newPassword": new})

    assert reply.outcome == (400, code)


async def test_a_password_is_verified() -> None:
    client = await AuthParts().signed_up()

    right = await client.post("verify-password", {"password": "correct-horse"})
    wrong = await client.post("verify-password", {"password": "wrong-horse"})

    assert right.body == {"status": True}
    assert wrong.outcome == (400, "INVALID_PASSWORD")


async def test_a_deleted_account_cannot_sign_in() -> None:
    parts = AuthParts()
    client = await parts.signed_up()

    reply = await client.post("delete-user", {})
    again = await parts.client.post("sign-in/email", CREDENTIALS)

    assert (reply.status, reply.body) == (200, {"success": True, "message": "User deleted"})
    assert len(reply.cookies) == 3
    assert again.outcome == (401, "INVALID_EMAIL_OR_PASSWORD")


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "delete-user"), ("POST", "account/export"), ("GET", "account/export")]
)
async def test_after_a_day_deletion_and_export_need_the_password(method: str, path: str) -> None:
    parts = AuthParts()
    client = await parts.signed_up()
    parts.accounts.clock.forward(timedelta(days=1))

    refused = await client.sends(method, path)
    wrong = await client.post(path, {"password": "wrong-horse"})
    right = await client.post(path, {"password": "correct-horse"})

    assert refused.outcome == (400, "SESSION_EXPIRED")
    assert wrong.outcome == (400, "INVALID_PASSWORD")
    assert right.status == 200


async def test_a_forgotten_password_is_replaced_once_with_the_operators_token() -> None:
    parts = AuthParts()
    client = await parts.signed_up()
    token = await parts.accounts.services.passwords.issue_reset_token("ada@example.com")

    refused = await parts.client.post("request-password-reset", {"email": "ada@example.com"})
    short = await parts.client.post("reset-password", {"token": token, "newPassword": "short"})
    right = await parts.client.post(f"reset-password?token={token}", {"newPassword": "better-horse"})
    again = await parts.client.post("reset-password", {"token": token, "newPassword": "better-horse"})

    assert refused.outcome == (400, "RESET_PASSWORD_DISABLED")
    assert refused.body["message"] == "Write to the library."
    assert short.outcome == (400, "PASSWORD_TOO_SHORT")
    assert (right.status, right.body) == (200, {"status": True})
    assert again.outcome == (400, "INVALID_TOKEN")
    assert (await client.get("get-session")).body is None


@pytest.mark.parametrize("path", ["sign-up", "sign-up/email"])
async def test_closed_sign_up_refuses_new_accounts(path: str) -> None:
    closed = AuthParts(accounts=AccountsInMemory(replace(ACCOUNT_OPTIONS, sign_up_open=False)))

    reply = await closed.client.post(path, ADA)

    assert reply.outcome == (403, "SIGN_UP_CLOSED")
    assert reply.body["detail"] == "Sign-up is closed."


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "get-session"), ("GET", "verify"), ("GET", "profile"), ("POST", "update-user")]
)
async def test_a_closed_account_is_refused_everywhere(method: str, path: str) -> None:
    parts = AuthParts()
    client = await parts.signed_up()
    account_id = next(iter(parts.accounts.accounts.rows))
    await parts.accounts.services.accounts.set_active(account_id, active=False)

    assert (await client.sends(method, path)).outcome == (403, "ACCOUNT_INACTIVE")
    assert (await parts.client.post("sign-in/email", CREDENTIALS)).outcome == (403, "ACCOUNT_INACTIVE")


async def test_five_wrong_passwords_block_the_next_with_both_headers() -> None:
    parts = AuthParts()
    await parts.client.post("sign-up/email", ADA)
    for _ in range(5):
        await parts.client.post("sign-in/email", {**CREDENTIALS, "password": "wrong-horse"})

    reply = await parts.client.post("sign-in/email", CREDENTIALS)

    assert reply.outcome == (429, "TOO_MANY_FAILURES")
    assert reply.headers["Retry-After"] == reply.headers["X-Retry-After"] == "900"
    assert reply.body["retry_after"] == 900


async def test_a_profile_update_keeps_missing_fields() -> None:
    client = await AuthParts().signed_up()

    before = await client.get("profile")
    await client.post("profile/update", {"technical_background": "libraries", "hardware_access": "a laptop"})
    await client.post("profile/update", {"hardware_access": "", "learning_goals": None})
    after = await client.get("profile")

    assert before.body == {"profile": None}
    assert after.body == {"profile": {"technical_background": "libraries", "hardware_access": "", "learning_goals": ""}}


async def test_without_accounts_the_routes_are_404() -> None:
    reply = await Client(Parts().app()).post("sign-in/email", CREDENTIALS)

    assert reply.outcome == (404, "ACCOUNTS_OFF")
