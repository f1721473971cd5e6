"""Ending a session invalidates all its credentials: immediately on that server, on others within the cache's time."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final

import pytest

from glossator.domain.accounts.services import AccountServices
from glossator.domain.accounts.sessions.credentials import IssuedSession
from tests.accounts_in_memory import ADA as REGISTRATION
from tests.accounts_in_memory import HOME
from tests.options import ACCOUNT_OPTIONS
from tests.web.auth.apps import ADA, AuthParts, Client, Reply

NEW: Final = "a-new-password"
CACHE: Final = timedelta(seconds=ACCOUNT_OPTIONS.session_cache_time)
CREDENTIALS: Final[dict[str, Callable[[Client, IssuedSession], Client]]] = {
    "raw bearer": lambda client, issued: client.bearing(issued.token),
    "signed bearer": lambda client, issued: client.bearing(issued.signed_token),
    "JWT": lambda client, issued: client.bearing(issued.access_token),
    "cookie": lambda client, issued: client.having(Cookie=f"better-auth.session_token={issued.cookie}"),
}
OWN: Final[dict[str, Callable[[Client, IssuedSession], Awaitable[Reply]]]] = {
    "sign-out": lambda own, _: own.post("sign-out", {}),
    "revoke-session": lambda own, issued: own.post("revoke-session", {"token": issued.token}),
    "revoke-sessions": lambda own, _: own.post("revoke-sessions", {}),
    "change-password": lambda own, _: own.post(
        "change-password", {"currentPassword": ADA["password"], "newPassword": NEW, "revokeOtherSessions": True}
    ),
    "delete-user": lambda own, _: own.post("delete-user", {"password": ADA["password"]}),
}
"""Actions of the reader; all but the first also work from another session."""
OPERATOR: Final[dict[str, Callable[[AccountServices, IssuedSession], Awaitable[None]]]] = {
    "revoke": lambda services, issued: services.sessions.revoke_all(issued.account.id),
    "deactivate": lambda services, issued: services.accounts.set_active(issued.account.id, active=False),
    "delete": lambda services, issued: services.accounts.remove(issued.account.id),
}
OPEN: Final = (True, 200, 200)
ENDED: Final = (False, 401, 401)
CLOSED: Final = (False, 403, 403)


class TwoServers:
    """One store behind both, each with what it remembers of sessions; an operator's services is a third process."""

    def __init__(self) -> None:
        self.parts = AuthParts()
        self.here = Client(self.parts.app())
        self.services = self.parts.accounts.restarted()
        self.parts.accounts.services = self.parts.accounts.restarted()
        self.there = Client(self.parts.app())

    async def sign_in(self) -> IssuedSession:
        return await self.services.accounts.sign_in(REGISTRATION.email, REGISTRATION.password, HOME)

    def wait(self) -> None:
        self.parts.accounts.clock.forward(CACHE)


async def opens(client: Client) -> tuple[bool, int, int]:
    """Whether the reader is signed in, and the statuses of two routes that need a reader."""
    session = await client.get("get-session")
    routes = [(await client.get(path)).status for path in ("verify", "/api/chat/sessions")]
    return "user" in (session.body or {}), routes[0], routes[1]


@pytest.mark.parametrize("credential", CREDENTIALS)
@pytest.mark.parametrize("ending", OWN)
async def test_a_credential_is_dead_once_its_session_has_ended(ending: str, credential: str) -> None:
    servers = TwoServers()
    issued = await servers.parts.sign_up()
    here, there = (CREDENTIALS[credential](server, issued) for server in (servers.here, servers.there))
    before = [await opens(client) for client in (here, there)]

    reply = await OWN[ending](here, issued)
    at_once = await opens(here)
    servers.wait()

    assert (before, reply.status) == ([OPEN, OPEN], 200)
    assert (at_once, await opens(there)) == (ENDED, ENDED)


@pytest.mark.parametrize("credential", CREDENTIALS)
@pytest.mark.parametrize("ending", [ending for ending in OWN if ending != "sign-out"])
async def test_another_session_of_the_reader_can_end_it(ending: str, credential: str) -> None:
    servers = TwoServers()
    issued, other = await servers.parts.sign_up(), await servers.sign_in()
    here, there = (CREDENTIALS[credential](server, issued) for server in (servers.here, servers.there))
    before = [await opens(client) for client in (here, there)]

    reply = await OWN[ending](servers.here.bearing(other.token), issued)
    at_once = await opens(here)
    servers.wait()

    assert (before, reply.status) == ([OPEN, OPEN], 200)
    assert (at_once, await opens(there)) == (ENDED, ENDED)


@pytest.mark.parametrize("credential", CREDENTIALS)
@pytest.mark.parametrize(("action", "after"), [("revoke", ENDED), ("deactivate", CLOSED), ("delete", ENDED)])
async def test_the_operator_ends_sessions_on_every_server(
    action: str, after: tuple[bool, int, int], credential: str
) -> None:
    servers = TwoServers()
    issued = await servers.parts.sign_up()
    clients = [CREDENTIALS[credential](server, issued) for server in (servers.here, servers.there)]
    before = [await opens(client) for client in clients]

    await OPERATOR[action](servers.services, issued)
    servers.wait()

    assert before == [OPEN, OPEN]
    assert [await opens(client) for client in clients] == [after, after]
