import asyncio

import pytest

from glossator.domain.accounts.passwords.hashing import PasswordHasher
from glossator.domain.accounts.passwords.passwords import Passwords
from glossator.wiring.accounts import hashing_threads
from tests.accounts_in_memory import BCRYPT
from tests.domain.accounts.passwords.test_hashing import SCRYPT
from tests.options import ACCOUNT_OPTIONS, CHEAP
from tests.virtual_time import VirtualTimeLoop

pytestmark = pytest.mark.virtual_time


class SlowHasher(PasswordHasher):
    """Each verification takes 0.2 s of the loop's virtual time."""

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


def passwords(hasher: PasswordHasher | None = None, refusal_time: float = 0.0) -> Passwords:
    clock = asyncio.get_running_loop().time
    return Passwords(
        hasher or PasswordHasher(CHEAP), hashing_threads(ACCOUNT_OPTIONS), refusal_time=refusal_time, clock=clock
    )


@pytest.mark.parametrize(
    "password_hash",
    [None, PasswordHasher(CHEAP).hash("another-one"), BCRYPT, SCRYPT, "no hash at all"],
    ids=["none", "argon2id", "bcrypt", "scrypt", "nonsense"],
)
async def test_a_refusal_takes_the_same_time_for_every_kind_of_hash(
    loop: VirtualTimeLoop, password_hash: str | None
) -> None:
    verdict = await passwords(SlowHasher(loop), refusal_time=0.6).verify("wrong-password", password_hash)

    assert not verdict.is_right
    assert loop.now - verdict.started == pytest.approx(0.6)


async def test_work_longer_than_the_refusal_time_adds_no_wait(loop: VirtualTimeLoop) -> None:
    verdict = await passwords(SlowHasher(loop), refusal_time=0.1).verify("wrong-password", None)

    assert loop.now - verdict.started == pytest.approx(0.2)


async def test_a_right_password_does_not_wait(loop: VirtualTimeLoop) -> None:
    stored = PasswordHasher(CHEAP).hash("correct-horse")

    verdict = await passwords(SlowHasher(loop), refusal_time=15.0).verify("correct-horse", stored)

    assert verdict.is_right
    assert loop.now - verdict.started == pytest.approx(0.2)


@pytest.mark.parametrize("password_hash", [BCRYPT, SCRYPT])
async def test_a_right_password_of_an_older_kind_comes_with_its_new_hash(password_hash: str) -> None:
    verdict = await passwords().verify("correct-horse", password_hash)

    assert verdict.is_right
    assert verdict.new_hash is not None
    assert (await passwords().verify("correct-horse", verdict.new_hash)).is_right


async def test_a_hash_of_the_new_kind_is_not_replaced() -> None:
    verdict = await passwords().verify("correct-horse", await passwords().hash("correct-horse"))

    assert verdict.is_right
    assert verdict.new_hash is None


async def test_repr_of_a_verdict_hides_the_hash() -> None:
    verdict = await passwords().verify("correct-horse", BCRYPT)

    assert "argon2" not in repr(verdict)
