import json
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from glossator.domain.accounts.account import SignedIn, email_hash
from glossator.domain.accounts.errors import (
    InvalidToken,
    PasswordTooLong,
    PasswordTooShort,
    ResetTokenRefused,
    SessionTooOld,
    TooManyFailures,
    WrongCredentials,
    WrongPassword,
)
from glossator.domain.accounts.passwords.attempt_limit import AttemptLimit
from glossator.domain.errors import NotFound
from tests.accounts_in_memory import ADA, ELSEWHERE, HOME, SECRET, AccountsInMemory, as_signed_in

NEW = "a-new-password"


@pytest.fixture
def memory() -> AccountsInMemory:
    return AccountsInMemory()


async def test_a_changed_password_takes_effect(memory: AccountsInMemory) -> None:
    issued = await memory.sign_up()

    changed = await memory.services.passwords.change(as_signed_in(issued), ADA.password, NEW, HOME)

    assert changed is None
    assert (await memory.sign_in(NEW)).account.id == issued.account.id
    with pytest.raises(WrongCredentials):
        await memory.sign_in(ADA.password)
    assert await memory.services.authentication.authenticate(bearer=issued.token)


async def test_revoking_others_replaces_every_session_with_a_new_one(memory: AccountsInMemory) -> None:
    opened = [await memory.sign_up(), await memory.sign_in(remember=False)]
    for issued in opened:
        await memory.services.authentication.authenticate(bearer=issued.token)

    changed = await memory.services.passwords.change(
        as_signed_in(opened[1]), ADA.password, NEW, HOME, revoke_others=True
    )

    assert changed is not None
    assert not changed.session.remember
    for issued in opened:
        with pytest.raises(InvalidToken):
            await memory.services.authentication.authenticate(bearer=issued.token)
    assert await memory.services.authentication.authenticate(bearer=changed.token)


@pytest.mark.parametrize(
    ("current", "new", "error"),
    [
        ("wrong-password", NEW, WrongPassword),
        (ADA.password, "short", PasswordTooShort),
        (ADA.password, "a" * 129, PasswordTooLong),
        ("a" * 129, NEW, PasswordTooLong),
    ],
)
async def test_a_refused_change_changes_nothing(
    memory: AccountsInMemory, current: str, new: str, error: type[Exception]
) -> None:
    issued = await memory.sign_up()

    with pytest.raises(error):
        await memory.services.passwords.change(as_signed_in(issued), current, new, HOME, revoke_others=True)

    assert memory.accounts.rows[issued.account.id] == issued.account
    assert len(memory.sessions.rows) == 1


async def test_the_stored_hash_is_used_and_not_a_stale_one(memory: AccountsInMemory) -> None:
    issued = await memory.sign_up()
    stale = as_signed_in(issued)
    await memory.services.passwords.change(stale, ADA.password, NEW, HOME)

    await memory.services.passwords.verify(stale, NEW, HOME)
    with pytest.raises(WrongPassword):
        await memory.services.passwords.verify(stale, ADA.password, HOME)


async def test_a_password_of_a_deleted_account_is_wrong(memory: AccountsInMemory) -> None:
    issued = await memory.sign_up()
    await memory.services.accounts.remove(issued.account.id)

    with pytest.raises(WrongPassword):
        await memory.services.passwords.verify(as_signed_in(issued), ADA.password, HOME)


@pytest.mark.parametrize("route", ["verify", "change", "delete", "export", "sign-in"])
async def test_every_route_that_takes_a_password_shares_one_limit(memory: AccountsInMemory, route: str) -> None:
    issued = await memory.sign_up()
    services, signed_in = memory.services, as_signed_in(issued)
    for _ in range(5):
        with pytest.raises(WrongPassword):
            await services.passwords.verify(signed_in, "wrong-password", HOME)

    attempts: dict[str, Callable[[], Awaitable[object]]] = {
        "verify": lambda: services.passwords.verify(signed_in, ADA.password, HOME),
        "change": lambda: services.passwords.change(signed_in, ADA.password, NEW, HOME),
        "delete": lambda: services.accounts.delete(signed_in, ADA.password, HOME),
        "export": lambda: services.accounts.export(signed_in, ADA.password, HOME),
        "sign-in": memory.sign_in,
    }

    with pytest.raises(TooManyFailures):
        await attempts[route]()
    await services.passwords.verify(signed_in, ADA.password, ELSEWHERE)


async def test_an_account_whose_email_cannot_be_decrypted_shares_the_limit_of_its_sign_ins(
    memory: AccountsInMemory,
) -> None:
    issued = await memory.sign_up()
    memory.change(issued.account.id, email="")
    signed_in = SignedIn(memory.accounts.rows[issued.account.id], issued.session)
    for _ in range(5):
        await AttemptLimit(memory.failures, SECRET).count(email_hash(ADA.email), HOME.network)

    with pytest.raises(TooManyFailures):
        await memory.services.passwords.verify(signed_in, ADA.password, HOME)
    await memory.services.accounts.remove(issued.account.id)

    assert not memory.failures.rows


async def test_a_reset_token_sets_a_password_once(memory: AccountsInMemory) -> None:
    issued = await memory.sign_up()
    token = await memory.services.passwords.issue_reset_token(ADA.email)

    await memory.services.passwords.reset(token, NEW, HOME)

    assert len(token) == 24
    assert await memory.sign_in(NEW)
    with pytest.raises(InvalidToken):
        await memory.services.authentication.authenticate(bearer=issued.token)
    with pytest.raises(ResetTokenRefused):
        await memory.services.passwords.reset(token, "another-password", HOME)


async def test_a_reset_token_lives_one_hour(memory: AccountsInMemory) -> None:
    await memory.sign_up()
    token = await memory.services.passwords.issue_reset_token(ADA.email)
    memory.clock.forward(timedelta(hours=1))

    with pytest.raises(ResetTokenRefused):
        await memory.services.passwords.reset(token, NEW, HOME)


async def test_a_refused_new_password_does_not_use_up_the_token(memory: AccountsInMemory) -> None:
    await memory.sign_up()
    token = await memory.services.passwords.issue_reset_token(ADA.email)
    with pytest.raises(PasswordTooShort):
        await memory.services.passwords.reset(token, "short", HOME)

    await memory.services.passwords.reset(token, NEW, HOME)


@pytest.mark.parametrize("token", ["", "unknown", "\ud800", "a" * 100_000])
async def test_an_unknown_reset_token_is_refused(memory: AccountsInMemory, token: str) -> None:
    await memory.sign_up()

    with pytest.raises(ResetTokenRefused):
        await memory.services.passwords.reset(token, NEW, HOME)


async def test_a_reset_token_of_a_deleted_account_is_refused(memory: AccountsInMemory) -> None:
    issued = await memory.sign_up()
    token = await memory.services.passwords.issue_reset_token(ADA.email)
    await memory.services.accounts.remove(issued.account.id)

    with pytest.raises(ResetTokenRefused):
        await memory.services.passwords.reset(token, NEW, HOME)


async def test_a_reset_resets_earlier_failures(memory: AccountsInMemory) -> None:
    await memory.sign_up()
    for _ in range(5):
        with pytest.raises(WrongCredentials):
            await memory.sign_in("wrong-password")

    await memory.services.passwords.reset(await memory.services.passwords.issue_reset_token(ADA.email), NEW, HOME)

    assert await memory.sign_in(NEW)


async def test_no_reset_token_is_issued_for_an_unknown_address(memory: AccountsInMemory) -> None:
    with pytest.raises(NotFound):
        await memory.services.passwords.issue_reset_token(ADA.email)


@pytest.mark.parametrize("password", [None, ADA.password])
async def test_a_fresh_session_exports_and_deletes_the_account(memory: AccountsInMemory, password: str | None) -> None:
    issued = await memory.sign_up()
    pieces = [piece async for piece in await memory.services.accounts.export(as_signed_in(issued), password, HOME)]

    await memory.services.accounts.delete(as_signed_in(issued), password, HOME)

    assert json.loads("".join(pieces))["email"] == "ada@example.com"
    assert not memory.accounts.rows
    assert not memory.failures.rows
    assert not memory.failures.networks
    with pytest.raises(InvalidToken):
        await memory.services.authentication.authenticate(bearer=issued.token)
    with pytest.raises(WrongCredentials):
        await memory.sign_in()


async def test_an_older_session_needs_the_password(memory: AccountsInMemory) -> None:
    issued = await memory.sign_up()
    memory.clock.forward(timedelta(hours=24))
    service = memory.services.accounts

    for attempt in (service.export, service.delete):
        with pytest.raises(SessionTooOld):
            await attempt(as_signed_in(issued), None, HOME)
        with pytest.raises(WrongPassword):
            await attempt(as_signed_in(issued), "wrong-password", HOME)
    assert await service.export(as_signed_in(issued), ADA.password, HOME)
    await service.delete(as_signed_in(issued), ADA.password, HOME)


@pytest.mark.parametrize("password", [None, ADA.password, "wrong-password"])
async def test_a_token_without_a_session_neither_exports_nor_deletes(
    memory: AccountsInMemory, password: str | None
) -> None:
    issued = await memory.sign_up()

    for attempt in (memory.services.accounts.export, memory.services.accounts.delete):
        with pytest.raises(SessionTooOld):
            await attempt(SignedIn(issued.account), password, HOME)

    assert memory.accounts.rows
