import asyncio
import logging
from dataclasses import replace
from datetime import timedelta

import pytest

from glossator.domain.accounts.account import Account, Profile, SignedIn
from glossator.domain.accounts.errors import (
    AccountInactive,
    EmailRefused,
    FieldRefused,
    InvalidToken,
    NothingToChange,
    PasswordTooLong,
    PasswordTooShort,
    SignUpClosed,
    TooManyFailures,
    WrongCredentials,
)
from glossator.domain.accounts.passwords.hashing import PasswordHasher
from glossator.domain.accounts.registration import AccountChanges, ProfileChanges, Registration
from glossator.domain.accounts.sessions.credentials import SessionTokens
from glossator.domain.errors import AlreadyExists, Overloaded
from tests.accounts_in_memory import ADA, BCRYPT, ELSEWHERE, HOME, SECRET, START, AccountsInMemory
from tests.domain.accounts.passwords.test_hashing import SCRYPT
from tests.options import ACCOUNT_OPTIONS, CHEAP

pytestmark = pytest.mark.virtual_time


@pytest.fixture
def memory() -> AccountsInMemory:
    return AccountsInMemory()


async def test_a_new_account_is_stored_in_lower_case_with_an_argon2_hash(memory: AccountsInMemory) -> None:
    issued = await memory.sign_up()

    stored = memory.accounts.rows[issued.account.id]
    assert (stored.email, stored.name, stored.proficiency) == ("ada@example.com", "Ada", "pro")
    assert stored.created_at == stored.updated_at == START
    assert stored.password_hash.startswith("$argon2id$")
    assert not stored.email_verified


async def test_an_issued_session_has_all_its_credentials(memory: AccountsInMemory) -> None:
    issued = await memory.sign_up()

    assert issued.token == SessionTokens(SECRET).token(issued.session.id)
    assert issued.signed_token.startswith(f"{issued.token}.")
    assert issued.session.expires_at == START + timedelta(days=7)
    assert (issued.session.ip_address, issued.session.user_agent) == (HOME.ip_address, HOME.user_agent)


async def test_repr_of_sessions_and_registrations_hides_private_data(memory: AccountsInMemory) -> None:
    issued = await memory.sign_up()
    shown = repr(issued) + repr(ADA) + repr(SignedIn(issued.account, issued.session))

    for private in (ADA.email.lower(), ADA.name, ADA.password, issued.token, issued.access_token, "argon2"):
        assert private not in shown.replace("SignedIn", "")


async def test_one_of_concurrent_sign_ups_succeeds(memory: AccountsInMemory) -> None:
    results = await asyncio.gather(memory.sign_up(), memory.sign_up(), return_exceptions=True)

    assert sorted(type(result).__name__ for result in results) == ["AlreadyExists", "IssuedSession"]
    assert len(memory.accounts.rows) == 1


async def test_an_address_in_another_case_is_the_same(memory: AccountsInMemory) -> None:
    await memory.sign_up()

    with pytest.raises(AlreadyExists):
        await memory.sign_up(replace(ADA, email=ADA.email.upper()))


@pytest.mark.parametrize(
    ("registration", "error"),
    [
        (replace(ADA, email="a@localhost"), EmailRefused),
        (replace(ADA, password="short"), PasswordTooShort),
        (replace(ADA, password="a" * 129), PasswordTooLong),
        (replace(ADA, name="ENC:x"), FieldRefused),
        (replace(ADA, proficiency=""), FieldRefused),
        (replace(ADA, image="a" * 3000), FieldRefused),
    ],
)
async def test_a_bad_registration_stores_nothing(
    memory: AccountsInMemory, registration: Registration, error: type[Exception]
) -> None:
    with pytest.raises(error):
        await memory.sign_up(registration)

    assert not memory.accounts.rows


async def test_closed_sign_up_refuses_new_accounts(memory: AccountsInMemory) -> None:
    await memory.sign_up()
    memory.services = memory.restarted(replace(ACCOUNT_OPTIONS, sign_up_open=False))

    with pytest.raises(SignUpClosed):
        await memory.sign_up(replace(ADA, email="grace@example.com"))
    assert await memory.sign_in()


@pytest.mark.parametrize("email", [ADA.email, ADA.email.lower(), ADA.email.upper()])
async def test_signing_in_opens_another_session(memory: AccountsInMemory, email: str) -> None:
    first = await memory.sign_up()

    second = await memory.services.accounts.sign_in(email, ADA.password, ELSEWHERE)

    assert second.account == first.account
    assert second.token != first.token
    assert len(memory.sessions.rows) == 2


async def test_a_wrong_password_and_an_unknown_address_are_the_same_error(memory: AccountsInMemory) -> None:
    await memory.sign_up()

    with pytest.raises(WrongCredentials):
        await memory.sign_in("wrong-password")
    with pytest.raises(WrongCredentials):
        await memory.services.accounts.sign_in("grace@example.com", ADA.password, HOME)


async def test_signing_in_accepts_short_passwords(memory: AccountsInMemory) -> None:
    await memory.sign_up()

    with pytest.raises(WrongCredentials):
        await memory.sign_in("")
    with pytest.raises(PasswordTooLong):
        await memory.sign_in("a" * 129)


@pytest.mark.parametrize("older", [BCRYPT, SCRYPT])
async def test_an_older_hash_is_replaced_at_sign_in(memory: AccountsInMemory, older: str) -> None:
    issued = await memory.sign_up()
    memory.change(issued.account.id, password_hash=older)

    await memory.sign_in()

    stored = memory.accounts.rows[issued.account.id].password_hash
    assert PasswordHasher(CHEAP).verify(stored, ADA.password)
    assert stored.startswith("$argon2id$")


async def test_a_wrong_password_replaces_no_hash(memory: AccountsInMemory) -> None:
    issued = await memory.sign_up()
    memory.change(issued.account.id, password_hash=SCRYPT)

    with pytest.raises(WrongCredentials):
        await memory.sign_in("wrong-password")

    assert memory.accounts.rows[issued.account.id].password_hash == SCRYPT


async def test_concurrent_sign_ins_to_an_older_hash_all_succeed(memory: AccountsInMemory) -> None:
    issued = await memory.sign_up()
    memory.change(issued.account.id, password_hash=SCRYPT)

    opened = await asyncio.gather(*(memory.sign_in() for _ in range(5)))

    assert len({issued.token for issued in opened}) == 5


async def test_a_password_replaced_during_the_wait_is_refused(memory: AccountsInMemory) -> None:
    issued = await memory.sign_up()
    new_hash = PasswordHasher(CHEAP).hash("a-new-password")
    sign_in = asyncio.create_task(memory.sign_in())
    while not memory.failures.rows:
        await asyncio.sleep(0)
    await asyncio.sleep(0)

    memory.change(issued.account.id, password_hash=new_hash)

    with pytest.raises(WrongCredentials):
        await sign_in
    assert memory.accounts.rows[issued.account.id].password_hash == new_hash


async def test_an_inactive_account_is_reported_only_with_the_right_password(memory: AccountsInMemory) -> None:
    issued = await memory.sign_up()
    await memory.services.accounts.set_active(issued.account.id, active=False)

    with pytest.raises(WrongCredentials):
        await memory.sign_in("wrong-password")
    with pytest.raises(AccountInactive):
        await memory.sign_in()


@pytest.mark.parametrize("email", [ADA.email, "nobody@example.com"])
async def test_after_five_failures_the_network_is_blocked(memory: AccountsInMemory, email: str) -> None:
    await memory.sign_up()
    for _ in range(5):
        with pytest.raises(WrongCredentials):
            await memory.services.accounts.sign_in(email, "wrong-password", HOME)

    with pytest.raises(TooManyFailures):
        await memory.services.accounts.sign_in(email, ADA.password, HOME)


async def test_failures_elsewhere_never_lock_an_owner_out_of_the_network_that_signed_up(
    memory: AccountsInMemory,
) -> None:
    await memory.sign_up()
    strangers = [replace(ELSEWHERE, network=f"198.51.100.{number}") for number in range(11)]
    for stranger in strangers[:10]:
        for _ in range(5):
            with pytest.raises(WrongCredentials):
                await memory.sign_in("wrong-password", stranger)

    with pytest.raises(TooManyFailures):
        await memory.sign_in(client=strangers[10])

    assert await memory.sign_in()


async def test_a_success_resets_earlier_failures(memory: AccountsInMemory) -> None:
    await memory.sign_up()
    for _ in range(3):
        for _ in range(4):
            with pytest.raises(WrongCredentials):
                await memory.sign_in("wrong-password")
        await memory.sign_in()

    assert not memory.failures.rows


async def test_an_address_of_the_existing_deployment_signs_in_as_it_was_typed(memory: AccountsInMemory) -> None:
    password_hash = PasswordHasher(CHEAP).hash("short")
    memory.accounts.rows["1"] = Account("1", "Root@localhost", "", password_hash, "pro", START, START)

    issued = await memory.services.accounts.sign_in("Root@localhost", "short", HOME)

    assert issued.account.id == "1"


async def test_a_full_queue_is_reported_before_any_work(memory: AccountsInMemory) -> None:
    memory.services = memory.restarted(replace(ACCOUNT_OPTIONS, hash_workers=1, max_queue=1))

    results = await asyncio.gather(*(memory.sign_up() for _ in range(4)), return_exceptions=True)

    assert any(isinstance(result, Overloaded) for result in results)
    assert len(memory.accounts.rows) == 1


async def test_an_account_keeps_its_50_newest_sessions(memory: AccountsInMemory) -> None:
    first = await memory.sign_up()
    for _ in range(50):
        memory.clock.forward(timedelta(seconds=1))
        last = await memory.services.sessions.open(first.account, HOME)

    sessions = list((await memory.sessions.of_account(first.account.id)).values())
    assert len(sessions) == 50
    assert first.session.id not in {session.id for session in sessions}
    assert sessions[0] == last.session


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"name": "Lovelace"}, ("Lovelace", "https://a.example/i.png", "pro")),
        ({"image": None}, ("Ada", None, "pro")),
        ({"proficiency": "beginner"}, ("Ada", "https://a.example/i.png", "beginner")),
    ],
)
async def test_an_update_keeps_unnamed_fields(
    memory: AccountsInMemory, changes: AccountChanges, expected: tuple[str, str | None, str]
) -> None:
    issued = await memory.sign_up(replace(ADA, image="https://a.example/i.png"))
    await memory.services.authentication.authenticate(bearer=issued.token)

    await memory.services.accounts.update(SignedIn(issued.account, issued.session), changes)

    signed_in = await memory.services.authentication.authenticate(bearer=issued.token)
    assert signed_in is not None
    assert (signed_in.account.name, signed_in.account.image, signed_in.account.proficiency) == expected


async def test_an_update_needs_a_field_and_an_account(memory: AccountsInMemory) -> None:
    issued = await memory.sign_up()
    signed_in = SignedIn(issued.account, issued.session)

    with pytest.raises(NothingToChange):
        await memory.services.accounts.update(signed_in, {})
    await memory.services.accounts.remove(issued.account.id)
    with pytest.raises(InvalidToken):
        await memory.services.accounts.update(signed_in, {"name": "Lovelace"})


async def test_a_profile_update_keeps_unnamed_fields(memory: AccountsInMemory) -> None:
    issued = await memory.sign_up()
    signed_in = SignedIn(issued.account, issued.session)
    steps: list[ProfileChanges] = [{"learning_goals": "ROS"}, {"hardware_access": "Jetson"}, {"learning_goals": ""}, {}]
    assert await memory.services.accounts.profile(signed_in) is None

    for step in steps:
        await memory.services.accounts.update_profile(signed_in, step)

    assert await memory.services.accounts.profile(signed_in) == Profile(hardware_access="Jetson")


async def test_logs_contain_only_account_ids(memory: AccountsInMemory, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    issued = await memory.sign_up()
    signed_in = SignedIn(issued.account, issued.session)
    await memory.sign_in()
    with pytest.raises(WrongCredentials):
        await memory.sign_in("wrong-password")
    changed = await memory.services.passwords.change(
        signed_in, ADA.password, "a-new-password", HOME, revoke_others=True
    )
    token = await memory.services.passwords.issue_reset_token(ADA.email)
    await memory.services.passwords.reset(token, "a-newer-password", HOME)
    await memory.services.accounts.remove(issued.account.id)

    assert changed is not None
    assert issued.account.id in caplog.text
    private = [ADA.email.lower(), ADA.email, ADA.name, ADA.password, "password\n", token, issued.token, changed.token]
    assert not [text for text in private if text in caplog.text]
