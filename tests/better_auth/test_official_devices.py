"""One account on several devices, each with the official client: which sessions end and which stay open.

With cookies, and with bearers behind an edge that answers preflights.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

import pytest

from tests.better_auth.official_client import ORIGIN, OfficialReader, official_reader
from tests.commands.accounts.test_accounts import accounts
from tests.processes import Running, Workplace
from tests.servers.edge_proxy import edge_proxy

PASSWORD: Final = "correct-horse"
NEW_PASSWORD: Final = "better-horse"
DONE: Final = {"data": {"status": True}}
WRONG: Final = {"status": 401, "code": "INVALID_EMAIL_OR_PASSWORD"}
FOREIGN: Final = {"headers": {"origin": "https://evil.example"}}


@dataclass(frozen=True)
class Ada:
    client: OfficialReader
    email: str

    def signs_up(self) -> OfficialReader:
        device = self.client.on(f"{self.email} at home")
        device.does("signUp", "email", email=self.email, password=PASSWORD, name="Ada")
        return device

    def signs_in(self, place: str) -> OfficialReader:
        device = self.client.on(f"{self.email} {place}")
        device.does("signIn", "email", email=self.email, password=PASSWORD)
        return device

    def tries_to_sign_in(self, password: str) -> dict[str, Any]:
        tried = self.client.on(f"{self.email} {password}")
        return tried.tries("signIn", "email", email=self.email, password=password)


def name_on(device: OfficialReader) -> str | None:
    session = device.does("getSession")
    return None if session is None else str(session["user"]["name"])


def token_of(device: OfficialReader) -> str:
    return str(device.does("getSession")["session"]["token"])


@pytest.fixture(scope="module")
def place_of_all(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    place = Workplace.made_in(tmp_path_factory.mktemp("home"))
    return place.having(GLOSSATOR_ENV="embedded", CORS_ALLOWED_ORIGINS=ORIGIN)


@pytest.fixture(scope="module")
def running(place_of_all: Workplace) -> Iterator[Running]:
    with place_of_all.starts("dev") as running:
        running.is_loaded()
        yield running


@pytest.fixture(scope="module", params=["cookie", "bearer"])
def client(request: pytest.FixtureRequest, node: str, running: Running) -> Iterator[OfficialReader]:
    with edge_proxy(running.port) as edge:
        url = edge if request.param == "bearer" else running.url
        with official_reader(node, url, request.param) as client:
            yield client


@pytest.fixture
def ada(client: OfficialReader) -> Ada:
    return Ada(client, f"{uuid4().hex}@example.com")


def test_revoking_all_sessions_includes_the_own_one(ada: Ada) -> None:
    home, phone = ada.signs_up(), ada.signs_in("phone")

    assert home.tries("revokeSessions") == DONE

    assert [name_on(device) for device in (home, phone)] == [None, None]
    assert home.tries("listSessions")["status"] == 401
    assert name_on(ada.signs_in("phone")) == "Ada"


def test_revoking_the_other_sessions_keeps_the_own_one(ada: Ada) -> None:
    home, phone, library = ada.signs_up(), ada.signs_in("phone"), ada.signs_in("library")

    assert phone.tries("revokeOtherSessions") == DONE

    assert [name_on(device) for device in (home, phone, library)] == [None, "Ada", None]
    assert [session["token"] for session in phone.does("listSessions")] == [token_of(phone)]


def test_only_own_sessions_can_be_revoked(ada: Ada, client: OfficialReader) -> None:
    home, phone = ada.signs_up(), ada.signs_in("phone")
    stranger = Ada(client, f"stranger-{ada.email}").signs_up()
    listed = {session["token"]: session for session in home.does("listSessions")}

    assert set(listed) == {token_of(home), token_of(phone)}
    assert {session["userAgent"] for session in listed.values()} == {"node"}
    assert home.tries("revokeSession", token=token_of(stranger)) == DONE
    assert home.tries("revokeSession", token=token_of(phone)) == DONE
    assert [name_on(device) for device in (home, phone, stranger)] == ["Ada", None, "Ada"]


def test_a_new_password_keeps_other_sessions_unless_they_are_revoked(ada: Ada) -> None:
    home, phone = ada.signs_up(), ada.signs_in("phone")
    old = token_of(home)

    kept = home.does("changePassword", currentPassword=PASSWORD, newPassword=NEW_PASSWORD)
    both = [name_on(device) for device in (home, phone)]
    ended = home.does(
        "changePassword", currentPassword=NEW_PASSWORD, newPassword="third-horse", revokeOtherSessions=True
    )

    assert (kept["token"], both) == (None, ["Ada", "Ada"])
    assert ended["token"] == token_of(home) != old
    assert [name_on(device) for device in (home, phone)] == ["Ada", None]
    assert ada.tries_to_sign_in(NEW_PASSWORD) == WRONG
    assert ada.tries_to_sign_in("third-horse")["data"]["user"]["email"] == ada.email


def test_a_wrong_current_password_changes_and_deletes_nothing(ada: Ada) -> None:
    home, phone = ada.signs_up(), ada.signs_in("phone")

    change = home.tries("changePassword", currentPassword="x", newPassword=NEW_PASSWORD, revokeOtherSessions=True)
    delete = home.tries("deleteUser", password="x")

    assert [change, delete] == [{"status": 400, "code": "INVALID_PASSWORD"}] * 2
    assert [name_on(device) for device in (home, phone)] == ["Ada", "Ada"]
    assert ada.tries_to_sign_in(NEW_PASSWORD) == WRONG


def test_the_operators_token_sets_a_new_password_once_and_ends_every_session(ada: Ada, place_of_all: Workplace) -> None:
    home = ada.signs_up()
    asked = home.tries("requestPasswordReset", email=ada.email)
    token = json.loads(accounts(place_of_all, "reset-password", ada.email, "--json").output)["token"]

    short = home.tries("resetPassword", newPassword="short", token=token)
    done = [home.tries("resetPassword", newPassword=NEW_PASSWORD, token=token) for _ in range(2)]

    assert asked == {"status": 400, "code": "RESET_PASSWORD_DISABLED"}
    assert short == {"status": 400, "code": "PASSWORD_TOO_SHORT"}
    assert done == [DONE, {"status": 400, "code": "INVALID_TOKEN"}]
    assert name_on(home) is None
    assert ada.tries_to_sign_in(PASSWORD) == WRONG
    assert ada.tries_to_sign_in(NEW_PASSWORD)["data"]["user"]["email"] == ada.email


def test_a_deleted_account_is_signed_out_on_every_device_and_its_address_is_free(ada: Ada) -> None:
    home, phone = ada.signs_up(), ada.signs_in("phone")

    assert phone.does("deleteUser", password=PASSWORD)["success"] is True

    assert [name_on(device) for device in (home, phone)] == [None, None]
    assert ada.tries_to_sign_in(PASSWORD) == WRONG
    assert name_on(ada.signs_up()) == "Ada"


def test_each_form_of_a_sessions_bearer_is_accepted(ada: Ada, client: OfficialReader) -> None:
    session = ada.signs_up().does("getSession")["session"]
    forms = {"raw": session["token"], "of the page": session["accessToken"], "of nobody": "x" * 32}
    stranger = client.on(f"{ada.email} elsewhere")

    seen = {
        form: stranger.does("getSession", fetchOptions={"auth": {"type": "Bearer", "token": token}})
        for form, token in forms.items()
    }

    assert {form: found and found["user"]["email"] for form, found in seen.items()} == {
        "raw": ada.email,
        "of the page": ada.email,
        "of nobody": None,
    }


FORGED: Final[dict[str, dict[str, Any]]] = {
    "updateUser": {"name": "Eve"},
    "changePassword": {"currentPassword": PASSWORD, "newPassword": NEW_PASSWORD, "revokeOtherSessions": True},
    "revokeSessions": {},
    "revokeOtherSessions": {},
    "signOut": {},
    "deleteUser": {"password": PASSWORD},
}


@pytest.mark.parametrize("client", ["cookie"], indirect=True)
@pytest.mark.parametrize("call", FORGED)
def test_a_cookie_sent_by_an_untrusted_page_has_no_effect(ada: Ada, call: str) -> None:
    home, phone = ada.signs_up(), ada.signs_in("phone")

    refused = home.tries(call, **FORGED[call], fetchOptions=FOREIGN)

    assert refused == {"status": 403, "code": "INVALID_ORIGIN"}
    assert [name_on(device) for device in (home, phone)] == ["Ada", "Ada"]
    assert ada.tries_to_sign_in(PASSWORD)["data"]["user"]["name"] == "Ada"
