import pytest
from argon2 import extract_parameters

from glossator.domain.accounts.passwords.hashing import Argon2Cost, PasswordHasher
from tests.accounts_in_memory import BCRYPT
from tests.options import CHEAP

BCRYPT_OF_USUAL_COST = "$2b$12$abcdefghijklmnopqrstuub/fXFDOHiMyU1kSY2yJ.lAg2CV4YMZW"
SCRYPT = (
    "000102030405060708090a0b0c0d0e0f:3d4d67023764feb60b0bf53cd1427fb1887e788326252f27bfe0f90cf5a0fef3"
    "b66312ad6028eb72a187a086291ee79f5091e64c298439132bd6f969c39b3c68"
)
SCRYPT_LIGATURE = (
    "000102030405060708090a0b0c0d0e0f:34b3bde1debdf2aa820bce813cfeb100eccda52760eadca5904ca891f8700d58"
    "16d953a051888e45a75deba87698851841df814e69ec7a16155fa42b956e6b9a"
)
LIGATURE = "pa\ufb01rol-\u00c5ngstr\u00f6m"
COMPOSED = "pafirol-\u00c5ngstr\u00f6m"
DECOMPOSED = "pafirol-A\u030angstro\u0308m"


@pytest.fixture
def hasher() -> PasswordHasher:
    return PasswordHasher(CHEAP)


@pytest.mark.parametrize(
    ("password", "password_hash"),
    [
        ("correct-horse", BCRYPT),
        ("correct-horse", BCRYPT_OF_USUAL_COST),
        ("correct-horse", SCRYPT),
        (LIGATURE, SCRYPT_LIGATURE),
        (COMPOSED, SCRYPT_LIGATURE),
        (DECOMPOSED, SCRYPT_LIGATURE),
    ],
)
def test_hashes_of_both_older_kinds_are_verified_and_outdated(
    hasher: PasswordHasher, password: str, password_hash: str
) -> None:
    assert hasher.verify(password_hash, password)
    assert not hasher.verify(password_hash, password + "x")
    assert hasher.is_outdated(password_hash)


def test_new_hashes_are_argon2id_with_the_configured_cost() -> None:
    hasher = PasswordHasher(Argon2Cost(19456, 2, 1))

    parameters = extract_parameters(hasher.hash("correct-horse"))

    assert (parameters.type.name, parameters.memory_cost, parameters.time_cost, parameters.parallelism) == (
        "ID",
        19456,
        2,
        1,
    )


@pytest.mark.parametrize("form", [LIGATURE, COMPOSED, DECOMPOSED])
def test_new_hashes_match_every_unicode_form_of_a_password(hasher: PasswordHasher, form: str) -> None:
    password_hash = hasher.hash(COMPOSED)

    assert hasher.verify(password_hash, form)
    assert not hasher.is_outdated(password_hash)


def test_a_hash_of_another_cost_is_outdated(hasher: PasswordHasher) -> None:
    assert hasher.is_outdated(PasswordHasher(Argon2Cost(memory=128, time=1, parallelism=1)).hash("correct-horse"))


def test_the_dummy_costs_as_much_as_a_new_hash_and_matches_nothing(hasher: PasswordHasher) -> None:
    assert extract_parameters(hasher.dummy) == extract_parameters(hasher.hash("correct-horse"))
    assert not hasher.verify(hasher.dummy, "correct-horse")


def test_bcrypt_refuses_passwords_over_72_bytes(hasher: PasswordHasher) -> None:
    assert not hasher.verify(BCRYPT, "a" * 73)


@pytest.mark.parametrize(
    "password_hash",
    [
        "",
        "correct-horse",
        "$2",
        "$2b$12$short",
        "$2b$99$abcdefghijklmnopqrstuub/fXFDOHiMyU1kSY2yJ.lAg2CV4YMZW",
        "$argon2id$",
        "$argon2id$v=19$m=64,t=1,p=1$$",
        "$argon2x$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$aGFzaA",
        "0" * 32 + ":",
        "0" * 32 + ":zz",
        "0" * 32 + ":\u00e9" * 128,
        ":" * 161,
        "\u00e9" * 60,
    ],
)
def test_a_malformed_hash_matches_nothing(hasher: PasswordHasher, password_hash: str) -> None:
    assert not hasher.verify(password_hash, "correct-horse")
