"""The page at `/sign-in`: its forms need no script, and its cookie signs in to our own pages alone."""

# ruff: noqa: RUF001 - texts in Urdu

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlencode

import pytest
from werkzeug.datastructures import Headers

from glossator.domain.book.pages.parsing import parse_page
from tests.web.auth.apps import ADA, CREDENTIALS, AuthParts
from tests.web.reader_apps import cookie
from tests.web.reading.test_home import BROWSER

Shown = tuple[int, str, Headers]
OWN_FORM = {**BROWSER, "Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}


async def post(
    parts: AuthParts, path: str, fields: Mapping[str, str], headers: Mapping[str, str] = OWN_FORM
) -> tuple[int, str, Headers]:
    reply = await parts.app().test_client().post(path, headers={**OWN_FORM, **headers}, data=urlencode(fields))
    return reply.status_code, await reply.get_data(as_text=True), reply.headers


async def page(parts: AuthParts, path: str = "/sign-in", **headers: str) -> str:
    reply = await parts.app().test_client().get(path, headers={**BROWSER, **headers})
    return await reply.get_data(as_text=True)


async def test_a_new_reader_is_signed_in_on_our_pages() -> None:
    parts = AuthParts()

    status, _, headers = await post(parts, "/sign-up", ADA)
    signed_in = {"Cookie": headers["Set-Cookie"].partition(";")[0]}

    assert (status, headers["Location"], headers["Cache-Control"]) == (303, "/", "no-store")
    assert "Signed in as <bdi>Ada</bdi>" in await page(parts, **signed_in)
    assert " signed-in=" in await page(parts, "/", **signed_in)
    assert " signed-in=" not in await page(parts, "/")


async def test_a_reader_signs_in_and_out() -> None:
    parts = AuthParts()
    issued = await parts.sign_up()

    status, _, headers = await post(parts, "/sign-in", CREDENTIALS)
    out = await post(parts, "/sign-out", {}, cookie(issued))

    assert (status, "HttpOnly" in headers["Set-Cookie"]) == (303, True)
    assert (out[0], out[2]["Clear-Site-Data"]) == (303, '"storage"')
    assert "Max-Age=0" in out[2].getlist("Set-Cookie")[0]
    assert "Signed in as" not in await page(parts, Cookie=cookie(issued)["Cookie"])


@pytest.mark.parametrize(
    ("path", "fields", "status", "said"),
    [
        ("/sign-in", {"email": "eve@example.com", "password": "wrong-horse"}, 401, "Invalid email or password"),
        ("/sign-in", {"email": "eve@example.com"}, 422, "The password is required."),
        ("/sign-up", {**ADA, "password": "short"}, 400, "The password is too short"),
        ("/sign-up", {**ADA, "email": "no-mail"}, 400, "This is not a valid e-mail address."),
    ],
)
async def test_the_error_is_above_the_form(path: str, fields: dict[str, str], status: int, said: str) -> None:
    shown = await post(AuthParts(), path, fields)

    assert shown[0] == status
    assert f'role="alert">{said}' in shown[1]
    assert "Set-Cookie" not in shown[2]


async def test_the_typed_e_mail_stays_in_the_form() -> None:
    shown = await post(AuthParts(), "/sign-in", {"email": '"><b>@example.com', "password": "wrong-horse"})

    assert 'value="&#34;&gt;&lt;b&gt;@example.com"' in shown[1]


@pytest.mark.parametrize("path", ["/sign-in", "/sign-up"])
async def test_another_site_can_sign_nobody_in(path: str) -> None:
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Origin": "https://elsewhere.example"}

    shown = await post(AuthParts(), path, ADA, headers)

    assert (shown[0], "Set-Cookie" in shown[2]) == (403, False)


async def test_the_cookie_of_an_ended_session_is_deleted_by_a_page_that_is_shown_all_the_same() -> None:
    parts = AuthParts()
    issued = await parts.sign_up()
    await post(parts, "/sign-out", {}, cookie(issued))

    reply = await parts.app().test_client().get("/", headers={**BROWSER, "Cookie": cookie(issued)["Cookie"]})

    assert reply.status_code == 200
    assert "Max-Age=0" in reply.headers.getlist("Set-Cookie")[0]


async def test_nobody_signs_up_where_that_is_closed() -> None:
    html = await page(AuthParts(sign_up_open=False))

    assert 'action="/sign-in"' in html
    assert 'action="/sign-up"' not in html


async def test_an_urdu_book_says_in_urdu_what_went_wrong() -> None:
    parts = AuthParts()
    stored = parts.index.stored[1]
    stored.build = replace(stored.build, title="شہد کی مکھیاں کیسے رہتی ہیں")
    stored.pages = {"index.md": parse_page("index.md", "# مکھیاں\n\nیہ کتاب مکھیوں کے بارے میں ہے۔")}

    _, html, _ = await post(parts, "/sign-in", {"email": "eve@example.com", "password": "wrong-horse"})

    assert 'role="alert">ای میل یا پاس ورڈ درست نہیں۔' in html
