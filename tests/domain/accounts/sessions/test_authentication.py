import json
from dataclasses import replace
from datetime import timedelta

import jwt
import pytest

from glossator.domain.accounts.account import SignedIn
from glossator.domain.accounts.errors import AccountInactive, InvalidToken, TokenExpired
from glossator.domain.accounts.services import AccountServices
from glossator.domain.accounts.sessions.credentials import IssuedSession
from tests.accounts_in_memory import ADA, ELSEWHERE, HOME, SECRET, START, AccountsInMemory
from tests.options import ACCOUNT_OPTIONS

KINDS = ["raw", "signed", "encoded", "jwt", "cookie"]


@pytest.fixture
def memory() -> AccountsInMemory:
    return AccountsInMemory()


async def asked(services: AccountServices, issued: IssuedSession, kind: str) -> SignedIn | None:
    forms = {"raw": issued.token, "signed": issued.signed_token, "encoded": issued.cookie, "jwt": issued.access_token}
    return await services.authentication.authenticate(
        bearer=forms.get(kind), cookie=issued.cookie if kind == "cookie" else None
    )


def legacy_token(memory: AccountsInMemory, account_id: str, *, minutes: float = 30, **extra: object) -> str:
    claims = {"sub": "0" * 64, "user_id": account_id, "exp": int(memory.clock().timestamp() + minutes * 60)} | extra
    return jwt.PyJWS().encode(json.dumps(claims).encode(), SECRET, algorithm="HS256")


@pytest.mark.parametrize("kind", KINDS)
async def test_every_kind_of_credential_authenticates(memory: AccountsInMemory, kind: str) -> None:
    issued = await memory.sign_up()

    assert await asked(memory.services, issued, kind) == SignedIn(issued.account, issued.session)


@pytest.mark.parametrize("bearer", [None, ""])
@pytest.mark.parametrize("cookie", [None, ""])
async def test_without_credentials_the_request_is_anonymous(
    memory: AccountsInMemory, bearer: str | None, cookie: str | None
) -> None:
    assert await memory.services.authentication.authenticate(bearer=bearer, cookie=cookie) is None


@pytest.mark.parametrize(
    "bearer", ["x", "B8dE3xKJm8GAF0wAwaIINYNvDMbZoOlJ", "a.b", "a.b.c", "a.b.c.d", "\ud800", "\0", "a" * 100_000]
)
async def test_a_wrong_bearer_is_an_error_even_with_a_valid_cookie(memory: AccountsInMemory, bearer: str) -> None:
    issued = await memory.sign_up()

    with pytest.raises(InvalidToken):
        await memory.services.authentication.authenticate(bearer=bearer, cookie=issued.cookie)


@pytest.mark.parametrize("cookie", ["x", "a.b", "a.b.c", "\ud800", "%00", "a" * 100_000])
async def test_a_cookie_of_another_server_is_ignored(memory: AccountsInMemory, cookie: str) -> None:
    assert await memory.services.authentication.authenticate(cookie=cookie) is None


async def test_a_session_id_is_not_a_credential(memory: AccountsInMemory) -> None:
    issued = await memory.sign_up()

    with pytest.raises(InvalidToken):
        await memory.services.authentication.authenticate(bearer=issued.session.id)


async def test_a_session_id_in_a_token_of_another_account_is_refused(memory: AccountsInMemory) -> None:
    issued = await memory.sign_up()
    claims = jwt.decode(issued.access_token, SECRET, algorithms=["HS256"], options={"verify_exp": False})
    forged = legacy_token(memory, "somebody-else", **{key: claims[key] for key in ("sub", "sid", "iat", "exp")})

    with pytest.raises(InvalidToken):
        await memory.services.authentication.authenticate(bearer=forged)


@pytest.mark.parametrize("kind", KINDS)
async def test_an_ended_session_is_refused_immediately(memory: AccountsInMemory, kind: str) -> None:
    issued = await memory.sign_up()
    signed_in = await asked(memory.services, issued, kind)
    assert signed_in is not None

    await memory.services.sessions.sign_out(signed_in)

    with pytest.raises(InvalidToken):
        await asked(memory.services, issued, kind)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_session_ended_by_another_process_is_refused_after_5_seconds(
    memory: AccountsInMemory, kind: str
) -> None:
    issued = await memory.sign_up()
    await asked(memory.services, issued, kind)
    await memory.restarted().sessions.end(issued.session)

    memory.clock.forward(timedelta(seconds=5))

    with pytest.raises(InvalidToken):
        await asked(memory.services, issued, kind)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_session_expires_after_seven_days_without_a_visit(memory: AccountsInMemory, kind: str) -> None:
    issued = await memory.sign_up()
    await asked(memory.services, issued, kind)

    memory.clock.forward(timedelta(days=7))

    with pytest.raises(InvalidToken):
        await asked(memory.services, issued, kind)


async def test_an_expired_access_token_is_reported_as_expired(memory: AccountsInMemory) -> None:
    issued = await memory.sign_up()
    memory.clock.forward(timedelta(days=30))

    with pytest.raises(TokenExpired):
        await asked(memory.services, issued, "jwt")


@pytest.mark.parametrize("kind", KINDS)
async def test_a_new_secret_ends_all_sessions(memory: AccountsInMemory, kind: str) -> None:
    issued = await memory.sign_up()
    services = memory.restarted(secret="another-secret-for-the-same-database")

    try:
        signed_in = await asked(services, issued, kind)
    except InvalidToken:
        signed_in = None

    assert signed_in is None


@pytest.mark.parametrize("kind", KINDS)
async def test_an_inactive_account_is_reported(memory: AccountsInMemory, kind: str) -> None:
    issued = await memory.sign_up()
    await memory.services.accounts.set_active(issued.account.id, active=False)

    with pytest.raises(AccountInactive):
        await asked(memory.services, issued, kind)


async def test_a_burst_of_requests_is_one_query(memory: AccountsInMemory) -> None:
    issued = await memory.sign_up()

    for kind in KINDS * 5:
        await asked(memory.services, issued, kind)

    assert (memory.sessions.reads, memory.accounts.reads, memory.sessions.writes) == (1, 0, 0)


async def test_visits_extend_the_session_at_most_once_a_day(memory: AccountsInMemory) -> None:
    issued = await memory.sign_up()
    renewed = []
    for _ in range(4 * 24):
        memory.clock.forward(timedelta(hours=1))
        signed_in = await asked(memory.services, issued, "cookie")
        assert signed_in is not None
        renewed.append(signed_in.renewed)

    assert signed_in is not None
    assert signed_in.session is not None
    assert signed_in.session.expires_at == memory.clock() + timedelta(days=7)
    assert sum(renewed) == memory.sessions.writes == 4
    assert not any(renewed[:23])


async def test_authenticating_without_extend_writes_nothing(memory: AccountsInMemory) -> None:
    issued = await memory.sign_up()
    memory.clock.forward(timedelta(days=6))

    signed_in = await memory.services.authentication.authenticate(cookie=issued.cookie, extend=False)

    assert signed_in == SignedIn(issued.account, issued.session)
    assert memory.sessions.writes == 0


async def test_a_session_without_remember_lasts_one_day(memory: AccountsInMemory) -> None:
    await memory.sign_up()
    issued = await memory.sign_in(remember=False)
    memory.clock.forward(timedelta(hours=23))
    signed_in = await asked(memory.services, issued, "cookie")
    assert signed_in is not None
    assert not signed_in.renewed

    memory.clock.forward(timedelta(hours=1))

    with pytest.raises(InvalidToken):
        await asked(memory.services, issued, "cookie")


async def test_a_token_of_the_existing_deployment_opens_its_account_without_a_session(memory: AccountsInMemory) -> None:
    issued = await memory.sign_up()

    signed_in = await memory.services.authentication.authenticate(bearer=legacy_token(memory, issued.account.id))

    assert signed_in == SignedIn(issued.account, token_expires_at=START + timedelta(minutes=30))


async def test_such_a_token_is_refused_after_its_account_is_deleted(memory: AccountsInMemory) -> None:
    issued = await memory.sign_up()
    token = legacy_token(memory, issued.account.id)
    await memory.services.accounts.remove(issued.account.id)

    with pytest.raises(InvalidToken):
        await memory.services.authentication.authenticate(bearer=token)


async def test_such_a_token_is_refused_for_an_inactive_account(memory: AccountsInMemory) -> None:
    issued = await memory.sign_up()
    memory.change(issued.account.id, is_active=False)

    with pytest.raises(AccountInactive):
        await memory.services.authentication.authenticate(bearer=legacy_token(memory, issued.account.id))


@pytest.mark.parametrize("minutes", [31.1, 60, 1e6])
async def test_such_a_token_must_not_expire_far_ahead(memory: AccountsInMemory, minutes: float) -> None:
    issued = await memory.sign_up()

    with pytest.raises(InvalidToken):
        await memory.services.authentication.authenticate(
            bearer=legacy_token(memory, issued.account.id, minutes=minutes)
        )


async def test_the_operator_can_disable_all_such_tokens(memory: AccountsInMemory) -> None:
    issued = await memory.sign_up()
    services = memory.restarted(replace(ACCOUNT_OPTIONS, legacy_tokens=False))

    with pytest.raises(InvalidToken):
        await services.authentication.authenticate(bearer=legacy_token(memory, issued.account.id))


@pytest.mark.parametrize("ending", ["change-password", "revoke-sessions", "revoke-other-sessions", "sign-out", "reset"])
async def test_ending_all_sessions_invalidates_earlier_such_tokens(memory: AccountsInMemory, ending: str) -> None:
    issued = await memory.sign_up()
    earlier = legacy_token(memory, issued.account.id)
    memory.clock.forward(timedelta(seconds=2))
    services, signed_in = memory.services, SignedIn(issued.account, issued.session)
    if ending == "change-password":
        await services.passwords.change(signed_in, ADA.password, "a-new-password", HOME)
    elif ending == "revoke-sessions":
        await services.sessions.revoke_all(issued.account.id)
    elif ending == "revoke-other-sessions":
        await services.sessions.revoke_others(signed_in)
    elif ending == "sign-out":
        await services.sessions.sign_out(SignedIn(issued.account))
    else:
        await services.passwords.reset(
            await services.passwords.issue_reset_token(ADA.email), "a-new-password", ELSEWHERE
        )

    with pytest.raises(InvalidToken):
        await services.authentication.authenticate(bearer=earlier)

    memory.clock.forward(timedelta(seconds=2))
    assert await services.authentication.authenticate(bearer=legacy_token(memory, issued.account.id))
