"""The current session, and a reader's sessions, over HTTP."""

from dataclasses import dataclass
from datetime import timedelta

import pytest

from glossator.domain.accounts.account import Account, LoginSession
from glossator.domain.errors import Unavailable
from tests.accounts_in_memory import MemorySessions
from tests.web.apps import ORIGIN
from tests.web.auth.apps import ADA, CREDENTIALS, AuthParts, Client
from tests.web.auth.wrong_tokens import token_of

DAY = timedelta(days=1)
KEYS = {"id", "userId", "token", "expiresAt", "createdAt", "updatedAt", "ipAddress", "userAgent"}


async def test_the_session_is_the_official_object_with_the_fields_of_the_existing_frontend() -> None:
    parts = AuthParts()
    issued = await parts.sign_up()

    session = (await parts.client.bearing(issued.token).get("get-session")).body["session"]

    assert set(session) == KEYS | {"accessToken", "tokenType"}
    assert session["token"] == issued.token
    assert session["expiresAt"] == "2026-01-08T12:00:00.000Z"
    assert (session["ipAddress"], session["userAgent"]) == ("192.0.2.1", "Firefox")


@pytest.mark.parametrize("kind", ["token", "signed_token", "cookie", "access_token"])
@pytest.mark.parametrize("path", ["get-session", "verify", "profile", "list-sessions"])
async def test_every_kind_of_bearer_is_accepted_by_every_route(kind: str, path: str) -> None:
    parts = AuthParts()
    issued = await parts.sign_up()

    assert (await parts.client.bearing(getattr(issued, kind)).get(path)).status == 200


async def test_verify_returns_the_reader() -> None:
    parts = AuthParts()
    issued = await parts.sign_up()

    reply = await parts.client.bearing(issued.access_token).get("verify")

    user = {"id": issued.account.id, "email": "ada@example.com", "name": "Ada", "proficiency": "pro"}
    assert reply.body == {"valid": True, "user": user}


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "bearer  "])
async def test_an_anonymous_session_is_null(header: str) -> None:
    reply = await AuthParts().client.having(Authorization=header).get("get-session")

    assert (reply.status, reply.body, reply.cookies) == (200, None, [])


async def test_a_deleted_account_is_401() -> None:
    parts = AuthParts()
    issued = await parts.sign_up()
    await parts.accounts.services.accounts.remove(issued.account.id)

    reply = await parts.client.bearing(issued.access_token).get("verify")

    assert reply.outcome == (401, "INVALID_TOKEN")


async def test_a_token_of_the_existing_deployment_is_returned_as_session() -> None:
    parts = AuthParts()
    issued = await parts.sign_up()
    exp = int(parts.accounts.clock().timestamp()) + 1800
    token = token_of({"sub": "x", "user_id": issued.account.id, "exp": exp})

    reply = await parts.client.bearing(token).get("get-session")

    assert reply.body["session"] == {
        "userId": issued.account.id,
        "accessToken": token,
        "tokenType": "Bearer",
        "expiresAt": "2026-01-01T12:30:00.000Z",
    }
    assert reply.body["user"]["name"] == "Ada"
    assert (await parts.client.bearing(token).post("delete-user")).outcome == (400, "SESSION_EXPIRED")


async def test_the_bearer_takes_precedence_over_the_cookie() -> None:
    parts = AuthParts()
    ada = await parts.sign_up()
    bob = await parts.sign_up("bob@example.com")
    client = parts.client.having(Cookie=f"better-auth.session_token={ada.cookie}")

    right = await client.bearing(bob.token).get("get-session")
    wrong = await client.bearing("nonsense").get("get-session")

    assert right.body["user"]["email"] == "bob@example.com"
    assert (wrong.body, wrong.cookies) == (None, [])


async def test_a_cookie_of_another_server_is_not_expired() -> None:
    client = AuthParts().client.having(Cookie="better-auth.session_token=abc.def; other=1")

    reply = await client.get("get-session")

    assert (reply.status, reply.body, reply.cookies) == (200, None, [])


async def test_after_a_day_the_session_is_extended_and_the_cookie_sent_again() -> None:
    parts = AuthParts()
    issued = await parts.sign_up()
    client = parts.client.having(Cookie=f"better-auth.session_token={issued.cookie}")
    parts.accounts.clock.forward(DAY)

    kept = await client.get("get-session?disableRefresh=true")
    moved = await client.get("get-session")
    again = await client.get("get-session")

    assert (kept.body["session"]["expiresAt"], kept.cookies) == ("2026-01-08T12:00:00.000Z", [])
    assert moved.body["session"]["expiresAt"] == "2026-01-09T12:00:00.000Z"
    assert moved.cookies[0].startswith(f"better-auth.session_token={issued.cookie}; Max-Age=604800;")
    assert again.cookies == []


async def test_an_expired_session_is_null_and_expires_the_cookies() -> None:
    parts = AuthParts()
    issued = await parts.sign_up()
    parts.accounts.clock.forward(7 * DAY)

    reply = await parts.client.having(Cookie=f"better-auth.session_token={issued.cookie}").get("get-session")

    assert (reply.status, reply.body, len(reply.cookies)) == (200, None, 3)


async def test_sessions_are_listed_newest_first_with_their_tokens() -> None:
    parts = AuthParts()
    client = await parts.signed_up()
    parts.accounts.clock.forward(timedelta(hours=1))
    second = await parts.client.post("sign-in/email", CREDENTIALS)

    listed = (await client.get("list-sessions")).body

    assert [set(session) for session in listed] == [KEYS, KEYS]
    assert listed[0]["token"] == second.body["token"]


async def test_an_old_session_cannot_list() -> None:
    parts = AuthParts()
    client = await parts.signed_up()
    parts.accounts.clock.forward(DAY)

    assert (await client.get("list-sessions")).outcome == (403, "SESSION_NOT_FRESH")


async def test_one_session_is_revoked_by_its_token() -> None:
    parts = AuthParts()
    client = await parts.signed_up()
    other = await parts.client.post("sign-in/email", CREDENTIALS)

    reply = await client.post("revoke-session", {"token": other.body["token"]})

    assert (reply.body, reply.cookies) == ({"status": True}, [])
    assert (await parts.client.bearing(other.body["token"]).get("get-session")).body is None
    assert (await client.get("get-session")).body is not None


async def test_the_callers_own_session_is_revoked_with_its_cookies() -> None:
    parts = AuthParts()
    client = await parts.signed_up()
    token = (await client.get("get-session")).body["session"]["token"]

    reply = await client.post("revoke-session", {"token": token})

    assert len(reply.cookies) == 3
    assert (await client.get("get-session")).body is None


async def test_sessions_of_other_accounts_cannot_be_revoked() -> None:
    parts = AuthParts()
    ada = await parts.signed_up()
    bob = await parts.sign_up("bob@example.com")

    reply = await ada.post("revoke-session", {"token": bob.token})

    assert (reply.status, reply.body, reply.cookies) == (200, {"status": True}, [])
    assert (await parts.client.bearing(bob.token).get("get-session")).body is not None


@pytest.mark.parametrize(
    ("path", "own", "cookies"), [("revoke-sessions", False, 3), ("revoke-other-sessions", True, 0)]
)
async def test_all_sessions_are_revoked_with_or_without_the_callers_own(path: str, own: bool, cookies: int) -> None:
    parts = AuthParts()
    client = await parts.signed_up()
    other = parts.client.bearing((await parts.client.post("sign-in/email", CREDENTIALS)).body["token"])

    reply = await client.post(path, {})

    assert (reply.body, len(reply.cookies)) == ({"status": True}, cookies)
    assert (await other.get("get-session")).body is None
    assert ((await client.get("get-session")).body is not None) is own


@dataclass
class UnavailableSessions(MemorySessions):
    """The database is unavailable for the first `failures` look-ups."""

    failures: int = 0

    async def by_token(self, token_hash: bytes) -> tuple[LoginSession, Account] | None:
        if self.failures:
            self.failures -= 1
            raise Unavailable("database", "is restarting")
        return await super().by_token(token_hash)


async def signed_in_before_an_outage(parts: AuthParts, failures: int) -> Client:
    """A client that signed up before server and database restarted."""
    issued, memory = await parts.sign_up(), parts.accounts
    memory.sessions = UnavailableSessions(memory.accounts, memory.clock, failures=failures)
    memory.services = memory.restarted()
    return parts.client.bearing(issued.token)


@pytest.mark.parametrize("path", ["get-session", "verify"])
async def test_a_short_database_outage_signs_nobody_out(path: str) -> None:
    client = await signed_in_before_an_outage(AuthParts(patience=5.0), failures=2)

    assert (await client.get(path)).status == 200


@pytest.mark.parametrize("path", ["get-session", "verify"])
async def test_a_long_database_outage_is_reported(path: str) -> None:
    client = await signed_in_before_an_outage(AuthParts(patience=0.0), failures=99)

    reply = await client.get(path)

    assert reply.outcome == (503, "UNAVAILABLE")
    assert (reply.headers["Retry-After"], reply.headers["X-Retry-After"]) == ("5", "5")
    assert reply.headers["Access-Control-Allow-Origin"] == ORIGIN


async def test_a_draining_server_does_not_wait_for_the_database() -> None:
    parts = AuthParts(patience=60.0)
    parts.draining.set()
    client = await signed_in_before_an_outage(parts, failures=99)

    assert (await client.get("get-session")).outcome == (503, "UNAVAILABLE")


async def test_reading_the_session_is_one_query_and_not_rate_limited() -> None:
    parts = AuthParts()
    client = await parts.signed_up()
    parts.accounts.clock.forward(timedelta(seconds=6))
    before = parts.accounts.sessions.reads

    replies = [await client.get("get-session") for _ in range(200)]

    assert {reply.status for reply in replies} == {200}
    assert parts.accounts.sessions.reads == before + 1
    assert parts.accounts.accounts.reads == 0


async def test_a_client_cannot_choose_its_token() -> None:
    parts = AuthParts()
    chosen = "A" * 32

    reply = await parts.client.bearing(chosen).post("sign-up/email", {**ADA, "token": chosen})

    assert reply.body["token"] != chosen
    assert (await parts.client.bearing(chosen).get("get-session")).body is None
