"""Authentication on every route that knows readers."""

from datetime import timedelta

import pytest

from tests.accounts_in_memory import AccountsInMemory
from tests.web.apps import ORIGIN, Parts
from tests.web.reader_apps import ReaderParts, bearer, cookie

QUERY = {"query": "What does the inverted index map a word to?"}
ID = "0b4e3c8e-5f0c-4a39-9d5a-3f1e7f1f0a11"
ROUTES = [
    ("GET", "/api/chat/sessions"),
    ("POST", "/api/chat/sessions"),
    ("GET", f"/api/chat/sessions/{ID}"),
    ("PATCH", f"/api/chat/sessions/{ID}/title"),
    ("DELETE", f"/api/chat/sessions/{ID}"),
    ("GET", f"/api/chat/sessions/{ID}/export"),
    ("DELETE", "/api/chat/history"),
]


@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_without_accounts_their_routes_are_404(method: str, path: str) -> None:
    headers = {"Authorization": "Bearer anything"}

    reply = await getattr(Parts().app().test_client(), method.lower())(path, headers=headers)

    assert (reply.status_code, (await reply.get_json())["code"]) == (404, "accounts_off")


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "bearer   "])
async def test_an_empty_bearer_is_anonymous(header: str) -> None:
    reply = await ReaderParts().app().test_client().post("/chat", json=QUERY, headers={"Authorization": header})

    assert (reply.status_code, (await reply.get_json())["stored"]) == (200, False)


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
@pytest.mark.parametrize("kind", ["token", "signed_token", "access_token"])
async def test_each_kind_of_bearer_is_accepted(scheme: str, kind: str) -> None:
    parts = ReaderParts()
    issued = await parts.sign_up()
    headers = {"Authorization": f"{scheme} {getattr(issued, kind)}"}

    reply = await parts.app().test_client().get("/api/chat/sessions", headers=headers)

    assert reply.status_code == 200


async def test_the_session_cookie_is_accepted() -> None:
    parts = ReaderParts()
    issued = await parts.sign_up()

    reply = await parts.app().test_client().get("/api/chat/sessions", headers=cookie(issued))

    assert reply.status_code == 200


async def test_the_bearer_takes_precedence_over_the_cookie() -> None:
    parts = ReaderParts()
    ada, bob = await parts.sign_up(), await parts.sign_up("bob@example.com")
    await parts.conversations.create(bob.account.id, "Bob's")

    reply = await parts.app().test_client().get("/api/chat/sessions", headers=cookie(ada) | bearer(bob))

    assert (await reply.get_json())["total"] == 1


async def test_a_cookie_from_another_site_is_refused() -> None:
    parts = ReaderParts()
    headers = cookie(await parts.sign_up()) | {"Origin": "https://evil.example"}

    reply = await parts.app().test_client().delete("/api/chat/history", headers=headers)

    assert (reply.status_code, (await reply.get_json())["code"]) == (403, "invalid_origin")
    assert parts.conversations.calls == []


async def test_an_expired_access_token_is_reported_as_expired() -> None:
    parts = ReaderParts()
    issued = await parts.sign_up()
    parts.accounts.clock.forward(timedelta(days=31))
    headers = {"Authorization": f"Bearer {issued.access_token}", "Origin": ORIGIN}

    reply = await parts.app().test_client().post("/chat", json=QUERY, headers=headers)

    assert (reply.status_code, (await reply.get_json())["code"]) == (401, "token_expired")
    assert reply.headers["Access-Control-Allow-Origin"] == ORIGIN


async def test_a_closed_account_is_reported() -> None:
    parts = ReaderParts()
    issued = await parts.sign_up()
    await parts.accounts.services.accounts.set_active(issued.account.id, active=False)

    reply = await parts.app().test_client().post("/chat", json=QUERY, headers=bearer(issued))

    assert (reply.status_code, (await reply.get_json())["code"]) == (403, "account_inactive")


async def test_reading_conversations_does_not_extend_the_session() -> None:
    accounts = AccountsInMemory()
    parts = ReaderParts(accounts=accounts)
    issued = await parts.sign_up()
    accounts.clock.forward(timedelta(days=3))

    await parts.app().test_client().get("/api/chat/sessions", headers=bearer(issued))

    assert accounts.sessions.writes == 0


@pytest.mark.parametrize("path", ["/chat", "/chat/stream"])
async def test_a_server_without_anonymous_chat_asks_for_a_sign_in(path: str) -> None:
    parts = ReaderParts(anonymous_chat=False)
    issued = await parts.sign_up()
    client = parts.app().test_client()

    refused = await client.post(path, json=QUERY)
    problem = await refused.get_json()
    answered = await client.post(path, json=QUERY, headers=bearer(issued))

    assert (refused.status_code, problem["code"]) == (403, "sign_in_required")
    assert problem["detail"].startswith("Please sign in")
    assert answered.status_code == 200
    assert len(parts.model.prompts) == 1


async def test_without_accounts_everyone_may_ask_with_any_token() -> None:
    client = Parts(anonymous_chat=False).app().test_client()

    reply = await client.post("/chat", json=QUERY, headers={"Authorization": "Bearer anything"})

    assert (reply.status_code, (await reply.get_json())["session_id"]) == (200, None)
