import asyncio

import pytest

from glossator.domain.accounts.passwords.hashing import PasswordHasher
from glossator.domain.accounts.passwords.passwords import Passwords, WorkerPool
from tests.accounts_in_memory import BCRYPT
from tests.domain.accounts.passwords.test_hashing import SCRYPT
from tests.options import CHEAP
from tests.virtual_time import VirtualTimeLoop

pytestmark = pytest.mark.virtual_time


class HasherThatTakesTime(PasswordHasher):
    """Each comparison moves the clock of the loop by 0.2 s."""

    def __init__(self, loop: VirtualTimeLoop) -> None:
        super().__init__(CHEAP)
        self._loop = loop

    def verify(self, password_hash: str, password: str) -> bool:
        self._loop.now += 0.2
        return super().verify(password_hash, password)


@pytest.fixture
async def loop() -> VirtualTimeLoop:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualTimeLoop)
    return loop


def passwords(hasher: PasswordHasher | None = None, refused_after: float = 0.0) -> Passwords:
    clock = asyncio.get_running_loop().time
    return Passwords(hasher or PasswordHasher(CHEAP), WorkerPool(), refused_after=refused_after, clock=clock)


@pytest.mark.parametrize(
    "password_hash",
    [None, PasswordHasher(CHEAP).hash("another-one"), BCRYPT, SCRYPT, "no hash at all"],
    ids=["none", "argon2id", "bcrypt", "scrypt", "nonsense"],
)
async def test_a_refusal_waits_for_the_fixed_time_whatever_the_hash(
    loop: VirtualTimeLoop, password_hash: str | None
) -> None:
    verdict = await passwords(HasherThatTakesTime(loop), refused_after=0.6).check("wrong-password", password_hash)

    assert not verdict.is_right
    assert loop.now - verdict.began == pytest.approx(0.6)


async def test_work_that_takes_longer_than_the_fixed_time_adds_no_wait(loop: VirtualTimeLoop) -> None:
    verdict = await passwords(HasherThatTakesTime(loop), refused_after=0.1).check("wrong-password", None)

    assert loop.now - verdict.began == pytest.approx(0.2)


async def test_an_acceptance_does_not_wait(loop: VirtualTimeLoop) -> None:
    stored = PasswordHasher(CHEAP).hash("correct-horse")

    verdict = await passwords(HasherThatTakesTime(loop), refused_after=15.0).check("correct-horse", stored)

    assert verdict.is_right
    assert loop.now - verdict.began == pytest.approx(0.2)


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
