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
async def test_every_kind_of_credential_opens_the_session(memory: AccountsInMemory, kind: str) -> None:
    issued = await memory.sign_up()

    assert await asked(memory.services, issued, kind) == SignedIn(issued.account, issued.session)


@pytest.mark.parametrize("bearer", [None, ""])
@pytest.mark.parametrize("cookie", [None, ""])
async def test_nothing_sent_is_nobody(memory: AccountsInMemory, bearer: str | None, cookie: str | None) -> None:
    assert await memory.services.authentication.authenticate(bearer=bearer, cookie=cookie) is None


@pytest.mark.parametrize(
    "bearer", ["x", "B8dE3xKJm8GAF0wAwaIINYNvDMbZoOlJ", "a.b", "a.b.c", "a.b.c.d", "\ud800", "\0", "a" * 100_000]
)
async def test_a_wrong_bearer_is_never_silently_nobody_and_hides_the_cookie(
    memory: AccountsInMemory, bearer: str
) -> None:
    issued = await memory.sign_up()

    with pytest.raises(InvalidToken):
        await memory.services.authentication.authenticate(bearer=bearer, cookie=issued.cookie)


@pytest.mark.parametrize("cookie", ["x", "a.b", "a.b.c", "\ud800", "%00", "a" * 100_000])
async def test_a_cookie_that_was_not_signed_here_counts_as_not_sent(memory: AccountsInMemory, cookie: str) -> None:
    assert await memory.services.authentication.authenticate(cookie=cookie) is None


async def test_a_session_id_alone_is_no_credential(memory: AccountsInMemory) -> None:
    issued = await memory.sign_up()

    with pytest.raises(InvalidToken):
        await memory.services.authentication.authenticate(bearer=issued.session.id)


async def test_a_session_id_in_a_token_for_another_account_is_no_credential(memory: AccountsInMemory) -> None:
    issued = await memory.sign_up()
    claims = jwt.decode(issued.access_token, SECRET, algorithms=["HS256"], options={"verify_exp": False})
    forged = legacy_token(memory, "somebody-else", **{key: claims[key] for key in ("sub", "sid", "iat", "exp")})

    with pytest.raises(InvalidToken):
        await memory.services.authentication.authenticate(bearer=forged)


@pytest.mark.parametrize("kind", KINDS)
async def test_an_ended_session_opens_nothing_at_once(memory: AccountsInMemory, kind: str) -> None:
    issued = await memory.sign_up()
    signed_in = await asked(memory.services, issued, kind)
    assert signed_in is not None

    await memory.services.account_sessions.sign_out(signed_in)

    with pytest.raises(InvalidToken):
        await asked(memory.services, issued, kind)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_session_that_another_process_ended_opens_nothing_after_5_seconds(
    memory: AccountsInMemory, kind: str
) -> None:
    issued = await memory.sign_up()
    await asked(memory.services, issued, kind)
    await memory.restarted().sessions.end(issued.session)

    memory.clock.forward(timedelta(seconds=5))

    with pytest.raises(InvalidToken):
        await asked(memory.services, issued, kind)


@pytest.mark.parametrize("kind", KINDS)
async def test_after_seven_days_without_a_visit_the_session_is_over(memory: AccountsInMemory, kind: str) -> None:
    issued = await memory.sign_up()
    await asked(memory.services, issued, kind)

    memory.clock.forward(timedelta(days=7))

    with pytest.raises(InvalidToken):
        await asked(memory.services, issued, kind)


async def test_an_access_token_says_that_it_has_expired(memory: AccountsInMemory) -> None:
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
async def test_an_inactive_account_is_told_so(memory: AccountsInMemory, kind: str) -> None:
    issued = await memory.sign_up()
    await memory.services.accounts.set_active(issued.account.id, active=False)

    with pytest.raises(AccountInactive):
        await asked(memory.services, issued, kind)


async def test_a_burst_of_requests_is_one_query(memory: AccountsInMemory) -> None:
    issued = await memory.sign_up()

    for kind in KINDS * 5:
        await asked(memory.services, issued, kind)

    assert (memory.sessions.reads, memory.accounts.reads, memory.sessions.writes) == (1, 0, 0)


async def test_visits_move_the_end_at_most_once_a_day(memory: AccountsInMemory) -> None:
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


async def test_a_visit_that_only_looks_moves_nothing(memory: AccountsInMemory) -> None:
    issued = await memory.sign_up()
    memory.clock.forward(timedelta(days=6))

    signed_in = await memory.services.authentication.authenticate(cookie=issued.cookie, extend=False)

    assert signed_in == SignedIn(issued.account, issued.session)
    assert memory.sessions.writes == 0


async def test_a_reader_who_is_not_to_be_remembered_has_one_day(memory: AccountsInMemory) -> None:
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


async def test_such_a_token_ends_with_its_account(memory: AccountsInMemory) -> None:
    issued = await memory.sign_up()
    token = legacy_token(memory, issued.account.id)
    await memory.services.data.remove(issued.account.id)

    with pytest.raises(InvalidToken):
        await memory.services.authentication.authenticate(bearer=token)


async def test_such_a_token_is_refused_for_an_inactive_account(memory: AccountsInMemory) -> None:
    issued = await memory.sign_up()
    memory.change(issued.account.id, is_active=False)

    with pytest.raises(AccountInactive):
        await memory.services.authentication.authenticate(bearer=legacy_token(memory, issued.account.id))


@pytest.mark.parametrize("minutes", [31.1, 60, 1e6])
async def test_such_a_token_is_never_far_ahead(memory: AccountsInMemory, minutes: float) -> None:
    issued = await memory.sign_up()

    with pytest.raises(InvalidToken):
        await memory.services.authentication.authenticate(
            bearer=legacy_token(memory, issued.account.id, minutes=minutes)
        )


async def test_the_operator_can_end_all_such_tokens(memory: AccountsInMemory) -> None:
    issued = await memory.sign_up()
    services = memory.restarted(replace(ACCOUNT_OPTIONS, legacy_tokens=False))

    with pytest.raises(InvalidToken):
        await services.authentication.authenticate(bearer=legacy_token(memory, issued.account.id))


@pytest.mark.parametrize("ending", ["change-password", "revoke-sessions", "revoke-other-sessions", "sign-out", "reset"])
async def test_what_ends_all_sessions_ends_earlier_such_tokens(memory: AccountsInMemory, ending: str) -> None:
    issued = await memory.sign_up()
    earlier = legacy_token(memory, issued.account.id)
    memory.clock.forward(timedelta(seconds=2))
    services, signed_in = memory.services, SignedIn(issued.account, issued.session)
    if ending == "change-password":
        await services.passwords.change(signed_in, ADA.password, "a-new-password", HOME)
    elif ending == "revoke-sessions":
        await services.account_sessions.revoke_all(issued.account.id)
    elif ending == "revoke-other-sessions":
        await services.account_sessions.revoke_others(signed_in)
    elif ending == "sign-out":
        await services.account_sessions.sign_out(SignedIn(issued.account))
    else:
        await services.resets.use(await services.resets.issue(ADA.email), "a-new-password", ELSEWHERE)

    with pytest.raises(InvalidToken):
        await services.authentication.authenticate(bearer=earlier)

    memory.clock.forward(timedelta(seconds=2))
    assert await services.authentication.authenticate(bearer=legacy_token(memory, issued.account.id))
