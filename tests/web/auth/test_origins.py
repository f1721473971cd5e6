"""CSRF protection: which pages may send cookies, and sign-ins."""

import pytest

from tests.web.apps import ORIGIN
from tests.web.auth.apps import ADA, CREDENTIALS, AuthParts, Client

COOKIE = {"Cookie": "anything=1"}
OWN = "http://localhost"
MISSING = "MISSING_OR_NULL_ORIGIN"
INVALID = "INVALID_ORIGIN"
BLOCKED = "CROSS_SITE_NAVIGATION_LOGIN_BLOCKED"
PAGES = [
    ({"Origin": ORIGIN}, None),
    ({"Origin": "", "Referer": f"{ORIGIN}/page?a=b"}, None),
    ({"Origin": "https://evil.example"}, INVALID),
    ({"Origin": f"{ORIGIN}.evil.example"}, INVALID),
    ({"Origin": f"{ORIGIN}:443"}, INVALID),
    ({"Origin": ORIGIN.upper()}, INVALID),
    ({"Origin": f"{ORIGIN}/"}, INVALID),
    ({"Origin": "*"}, INVALID),
    ({"Origin": "null"}, MISSING),
    ({"Origin": "", "Referer": "https://evil.example/page"}, INVALID),
    ({"Origin": "", "Referer": f"https://evil.example/{ORIGIN}"}, INVALID),
    ({"Origin": "", "Referer": f"{ORIGIN}@evil.example/"}, INVALID),
    ({"Origin": "", "Referer": "http://["}, MISSING),
    ({"Origin": "https://evil.example", "Referer": f"{ORIGIN}/page"}, INVALID),
    ({"Origin": OWN, "Sec-Fetch-Site": "same-origin"}, None),
    ({"Origin": "null", "Sec-Fetch-Site": "same-origin"}, None),
    ({"Origin": OWN}, INVALID),
    ({"Origin": OWN, "Sec-Fetch-Site": "same-site"}, INVALID),
    ({"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"}, INVALID),
    ({"Origin": "https://localhost", "Sec-Fetch-Site": "same-origin"}, None),
    ({"Origin": "https://localhost", "Host": "localhost:443", "Sec-Fetch-Site": "same-origin"}, None),
    ({"Origin": "https://localhost:8443", "Host": "localhost:8443", "Sec-Fetch-Site": "same-origin"}, None),
    ({"Origin": "https://localhost"}, INVALID),
    ({"Origin": "https://localhost", "Sec-Fetch-Site": "same-site"}, INVALID),
    ({"Origin": "https://localhost:8443", "Sec-Fetch-Site": "same-origin"}, INVALID),
    ({"Origin": "https://localhost", "Host": "localhost:8080", "Sec-Fetch-Site": "same-origin"}, INVALID),
    ({"Origin": "https://evil.localhost", "Sec-Fetch-Site": "same-origin"}, INVALID),
    ({"Origin": "ftp://localhost", "Sec-Fetch-Site": "same-origin"}, INVALID),
    ({"Origin": "https://localhost@evil.example", "Sec-Fetch-Site": "same-origin"}, INVALID),
]


@pytest.mark.parametrize(("headers", "code"), [*PAGES, ({"Origin": ""}, MISSING)])
@pytest.mark.parametrize(("method", "path"), [("POST", "sign-out"), ("POST", "nowhere"), ("DELETE", "ok")])
async def test_cookies_are_accepted_only_from_trusted_pages(
    method: str, path: str, headers: dict[str, str], code: str | None
) -> None:
    reply = await Client(AuthParts().app(), {**COOKIE, **headers}).sends(method, path)

    assert (reply.body.get("code") if reply.status == 403 else None) == code


@pytest.mark.parametrize(("headers", "code"), PAGES)
@pytest.mark.parametrize("path", ["sign-up/email", "sign-in/email", "sign-up"])
async def test_foreign_pages_cannot_sign_in(path: str, headers: dict[str, str], code: str | None) -> None:
    parts = AuthParts()
    await parts.sign_up("other@example.com")

    reply = await Client(parts.app(), headers).post(path, ADA)

    assert (reply.body.get("code") if reply.status == 403 else None) == code
    assert len(parts.accounts.accounts.rows) == (1 if code or path == "sign-in/email" else 2)


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"Origin": "", "Sec-Fetch-Mode": "cors"}, MISSING),
        ({"Origin": ORIGIN, "Sec-Fetch-Mode": "cors"}, None),
        ({"Origin": ORIGIN, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"}, None),
        ({"Origin": ORIGIN, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}, BLOCKED),
        ({"Origin": "", "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}, BLOCKED),
        ({"Origin": "", "Sec-Fetch-Dest": "empty"}, MISSING),
        ({"Origin": ""}, None),
    ],
)
async def test_any_browser_header_triggers_the_origin_check(headers: dict[str, str], code: str | None) -> None:
    parts = AuthParts()
    await parts.client.post("sign-up/email", ADA)

    reply = await Client(parts.app(), headers).post("sign-in/email", CREDENTIALS)

    assert (reply.status, reply.body.get("code")) == ((403, code) if code else (200, None))


async def test_a_bearer_without_a_cookie_is_accepted_from_any_origin() -> None:
    client = (await AuthParts().signed_up()).having(Origin="https://evil.example")

    reply = await client.post("update-user", {"name": "Ada L."})

    assert reply.status == 200
    assert "Access-Control-Allow-Origin" not in reply.headers


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
async def test_reading_is_never_refused(method: str) -> None:
    client = AuthParts().client.having(Cookie="a=b", Origin="https://evil.example")

    assert (await client.sends(method, "ok")).status == 200
