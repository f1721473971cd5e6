"""The port Accounts: one suite over memory and over PostgreSQL, plain and encrypted."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from glossator.domain.accounts.account import Account, Profile
from glossator.domain.accounts.encryption import KeyCipher, NoCipher
from glossator.domain.accounts.ports import Accounts
from glossator.domain.accounts.registration import ProfileChanges
from glossator.domain.errors import AlreadyExists
from glossator.storage.accounts.accounts import StoredAccounts
from glossator.storage.accounts.encrypted_fields import AccountFields
from tests.accounts_in_memory import MemoryAccounts
from tests.storage.accounts.people import NOW, an_account

PROFILE = Profile("Python", "a laptop", "robots")
CHANGES = ProfileChanges(technical_background="Python", hardware_access="a laptop", learning_goals="robots")


@pytest.fixture(params=["memory", "plain", "encrypted"])
def accounts(request: pytest.FixtureRequest) -> Accounts:
    if request.param == "memory":
        return MemoryAccounts()
    cipher = KeyCipher("a key") if request.param == "encrypted" else NoCipher()
    return StoredAccounts(request.getfixturevalue("database"), AccountFields(cipher))


async def found(accounts: Accounts, account_id: str) -> Account:
    account = await accounts.by_id(account_id)
    assert account is not None
    return account


async def test_account_is_read_back_unchanged(accounts: Accounts) -> None:
    ada = replace(
        an_account("ada@example.com"), image="/ada.png", email_verified=True, profile=PROFILE, tokens_valid_from=NOW
    )

    await accounts.add(ada)

    assert await accounts.by_id(ada.id) == ada
    assert await accounts.by_email("Ada@Example.com") == ada


async def test_unknown_account_is_none(accounts: Accounts) -> None:
    assert await accounts.by_id("no'; DROP TABLE users; --") is None
    assert await accounts.by_email("nobody@example.com") is None


@pytest.mark.parametrize("name", ["", "🤖 Ada", "آدا", "'; DROP TABLE users; --", "a\\0b", "%s $1"])
async def test_any_name_is_read_back_exactly(accounts: Accounts, name: str) -> None:
    account = replace(an_account(), name=name)

    await accounts.add(account)

    assert (await found(accounts, account.id)).name == name


async def test_taken_email_is_refused_in_any_case(accounts: Accounts) -> None:
    await accounts.add(an_account("ada@example.com"))

    with pytest.raises(AlreadyExists):
        await accounts.add(an_account("ADA@example.com"))

    assert (await accounts.page(10, 0))[1] == 1


async def test_one_of_concurrent_sign_ups_succeeds(accounts: Accounts) -> None:
    attempts = [accounts.add(an_account("ada@example.com")) for _ in range(8)]

    outcomes = await asyncio.gather(*attempts, return_exceptions=True)

    assert [type(outcome) for outcome in outcomes if outcome is not None] == [AlreadyExists] * 7


async def test_renamed_account(accounts: Accounts) -> None:
    ada = replace(an_account(), image="/old.png", tokens_valid_from=NOW)
    await accounts.add(ada)

    await accounts.change(ada.id, {"name": "Ada L.", "image": None, "proficiency": "beginner"})

    renamed = await found(accounts, ada.id)
    assert renamed == replace(ada, name="Ada L.", image=None, proficiency="beginner", updated_at=renamed.updated_at)
    assert renamed.updated_at >= ada.updated_at


async def test_new_password_ends_earlier_tokens(accounts: Accounts) -> None:
    ada = replace(an_account(), tokens_valid_from=NOW)
    await accounts.add(ada)

    later = NOW + timedelta(hours=1)
    await accounts.set_password(ada.id, ada.password_hash, "second", tokens_valid_from=later, end_sessions=False)

    changed = await found(accounts, ada.id)
    assert (changed.password_hash, changed.tokens_valid_from) == ("second", later)


async def test_changes_to_an_unknown_account_do_nothing(accounts: Accounts) -> None:
    await accounts.change("gone", {"name": "x", "image": None, "proficiency": "pro"})
    assert not await accounts.set_password("gone", "x", "y", tokens_valid_from=NOW, end_sessions=True)
    await accounts.end_tokens("gone", NOW)
    await accounts.change_profile("gone", CHANGES)
    await accounts.set_active("gone", active=False)
    await accounts.delete("gone")

    assert await accounts.page(10, 0) == ([], 0)


async def test_profile_is_none_until_it_is_saved(accounts: Accounts) -> None:
    ada = an_account()
    await accounts.add(ada)
    before = (await found(accounts, ada.id)).profile

    await accounts.change_profile(ada.id, {})
    await accounts.change_profile(ada.id, CHANGES)

    assert before is None
    assert (await found(accounts, ada.id)).profile == PROFILE


async def test_deactivated_account(accounts: Accounts) -> None:
    ada = an_account()
    await accounts.add(ada)

    await accounts.set_active(ada.id, active=False)

    assert not (await found(accounts, ada.id)).is_active


async def test_pages_are_newest_first_with_the_total(accounts: Accounts) -> None:
    readers = [replace(an_account(), created_at=NOW + timedelta(minutes=minute)) for minute in range(5)]
    for reader in readers:
        await accounts.add(reader)

    page, total = await accounts.page(2, 1)

    assert [account.id for account in page] == [readers[3].id, readers[2].id]
    assert total == 5


async def test_concurrent_changes_are_all_stored(accounts: Accounts) -> None:
    ada = an_account()
    await accounts.add(ada)

    await asyncio.gather(
        accounts.change(ada.id, {"name": "Ada L."}),
        accounts.change(ada.id, {"proficiency": "beginner"}),
        accounts.change(ada.id, {"image": "/ada.png"}),
        accounts.change_profile(ada.id, {"technical_background": "Python"}),
        accounts.change_profile(ada.id, {"hardware_access": "a laptop"}),
        accounts.change_profile(ada.id, {"learning_goals": "robots"}),
    )

    now = await found(accounts, ada.id)
    assert (now.name, now.proficiency, now.image, now.profile) == ("Ada L.", "beginner", "/ada.png", PROFILE)


async def test_a_password_is_replaced_only_if_the_verified_hash_is_still_stored(accounts: Accounts) -> None:
    ada, later = an_account(), NOW + timedelta(hours=1)
    await accounts.add(ada)

    done = [
        await accounts.set_password(ada.id, old, new, tokens_valid_from=later, end_sessions=False)
        for old, new in (("another", "never"), (ada.password_hash, "second"), (ada.password_hash, "never"))
    ]

    assert done == [False, True, False]
    assert (await found(accounts, ada.id)).password_hash == "second"


async def test_the_password_of_a_closed_account_is_not_changed(accounts: Accounts) -> None:
    ada = an_account()
    await accounts.add(ada)
    await accounts.set_active(ada.id, active=False)

    assert not await accounts.set_password(ada.id, ada.password_hash, "x", tokens_valid_from=NOW, end_sessions=True)

    assert (await found(accounts, ada.id)).password_hash == ada.password_hash


async def test_only_the_first_of_two_hash_upgrades_is_stored(accounts: Accounts) -> None:
    ada = an_account()
    await accounts.add(ada)

    done = [await accounts.renew_password_hash(ada.id, ada.password_hash, new) for new in ("first", "second")]

    assert done == [True, False]
    assert (await found(accounts, ada.id)).password_hash == "first"
    assert not await accounts.renew_password_hash("gone", ada.password_hash, "third")
