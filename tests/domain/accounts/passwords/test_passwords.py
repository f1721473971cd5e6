from time import monotonic

import pytest

from glossator.domain.accounts.passwords.hashing import PasswordHasher
from glossator.domain.accounts.passwords.passwords import Passwords, WorkerPool
from tests.accounts_in_memory import BCRYPT, CHEAP
from tests.domain.accounts.passwords.test_hashing import SCRYPT


def passwords(refused_after: float = 0.0) -> Passwords:
    return Passwords(PasswordHasher(CHEAP), WorkerPool(), refused_after=refused_after)


@pytest.mark.parametrize(
    "password_hash",
    [None, PasswordHasher(CHEAP).hash("another-one"), BCRYPT, SCRYPT, "no hash at all"],
    ids=["none", "argon2id", "bcrypt", "scrypt", "nonsense"],
)
async def test_a_refusal_waits_for_the_fixed_time_whatever_the_hash(password_hash: str | None) -> None:
    began = monotonic()

    verdict = await passwords(refused_after=0.6).check("wrong-password", password_hash)

    assert not verdict.is_right
    assert monotonic() - began >= 0.6


async def test_the_work_counts_towards_the_fixed_time() -> None:
    began = monotonic()

    verdict = await passwords(refused_after=0.6).check("wrong-password", None)

    assert monotonic() - verdict.began == pytest.approx(0.6, abs=0.3)
    assert verdict.began >= began


async def test_an_acceptance_does_not_wait() -> None:
    began = monotonic()

    verdict = await passwords(refused_after=15.0).check("correct-horse", PasswordHasher(CHEAP).hash("correct-horse"))

    assert verdict.is_right
    assert monotonic() - began < 5


@pytest.mark.parametrize("password_hash", [BCRYPT, SCRYPT])
async def test_a_right_password_of_an_older_kind_comes_with_its_new_hash(password_hash: str) -> None:
    verdict = await passwords().check("correct-horse", password_hash)

    assert verdict.is_right
    assert verdict.renewed is not None
    assert (await passwords().check("correct-horse", verdict.renewed)).is_right


async def test_a_right_password_of_the_new_kind_stays() -> None:
    verdict = await passwords().check("correct-horse", await passwords().hash("correct-horse"))

    assert verdict.is_right
    assert verdict.renewed is None


async def test_a_verdict_shows_no_hash() -> None:
    verdict = await passwords().check("correct-horse", BCRYPT)

    assert "argon2" not in repr(verdict)
