"""Responses while the password queue is full, and while a reader is locked out."""

from typing import Any, Final

import pytest

from tests.accounts_in_memory import ADA as REGISTRATION
from tests.accounts_in_memory import FullWorkers
from tests.web.apps import ORIGIN
from tests.web.auth.apps import ADA, CREDENTIALS, AuthParts

PASSWORD: Final = ADA["password"]
NEW: Final = {"email": "grace@example.com", "name": "Grace", "password": "correct-horse"}
HASHING: Final[list[tuple[str, dict[str, Any]]]] = [
    ("sign-up", NEW),
    ("sign-up/email", NEW),
    ("sign-up", ADA),
    ("sign-up/email", ADA),
    ("sign-in/email", CREDENTIALS),
    ("sign-in/email", {"email": NEW["email"], "password": PASSWORD}),
    ("change-password", {"currentPassword": PASSWORD, "newPassword": "a-new-password"}),
    ("verify-password", {"password": PASSWORD}),
    ("delete-user", {"password": PASSWORD}),
    ("account/export", {"password": PASSWORD}),
    ("reset-password", {"newPassword": "a-new-password", "token": "unknown"}),
]


@pytest.mark.parametrize(("path", "body"), HASHING)
async def test_a_full_queue_is_reported_with_retry_after_before_any_lookup(path: str, body: dict[str, Any]) -> None:
    """Also for a taken address and an unknown token, since hashing comes first."""
    parts = AuthParts()
    issued = await parts.sign_up()
    parts.accounts.services = parts.accounts.restarted(workers=FullWorkers())
    client = parts.client if path.startswith("sign-") else parts.client.bearing(issued.token)

    reply = await client.post(path, body)

    assert reply.outcome == (503, "OVERLOADED")
    assert (reply.headers["Retry-After"], reply.headers["X-Retry-After"]) == ("20", "20")
    assert reply.body["retry_after"] == 20
    assert reply.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert len(parts.accounts.accounts.rows) == 1
    assert not parts.accounts.failures.rows


@pytest.mark.parametrize("path", ["get-session", "verify"])
async def test_a_reader_locked_out_of_signing_in_stays_signed_in(path: str) -> None:
    parts = AuthParts()
    reader = await parts.signed_up()
    wrong = {**CREDENTIALS, "password": "wrong-password"}
    attempts = [(await parts.client.post("sign-in/email", wrong)).status for _ in range(6)]

    locked = [await parts.client.post("sign-in/email", CREDENTIALS)]
    locked += [await reader.post("verify-password", {"password": PASSWORD})]

    assert attempts == [401] * 5 + [429]
    assert [reply.outcome for reply in locked] == [(429, "TOO_MANY_FAILURES")] * 2
    assert (await reader.get(path)).status == 200


@pytest.mark.parametrize("email", [REGISTRATION.email, "nobody@example.com"])
async def test_a_full_queue_counts_no_failure(email: str) -> None:
    parts = AuthParts()
    await parts.sign_up()
    parts.accounts.services = parts.accounts.restarted(workers=FullWorkers())

    for _ in range(6):
        reply = await AuthParts(accounts=parts.accounts).client.post("sign-in/email", {**CREDENTIALS, "email": email})

    assert reply.outcome == (503, "OVERLOADED")
