import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glossator.domain.accounts.encryption import KeyCipher, NoCipher, looks_encrypted

KEY = "example-data-key"
FIELD = "ENC:AAECAwQFBgcICQoL+UgzeEqHC9LHOASId9zFEV6krdlAkHWyOKFvsC0+eA=="
cipher = KeyCipher(KEY)
other_cipher = KeyCipher("another-data-key")
BROKEN = [
    "ENC:",
    "ENC:x",
    "ENC:" + "A" * 36,
    "ENC:" + "A" * 40,
    "ENC:" + "=" * 40,
    FIELD[:-4],
    FIELD + "=",
    FIELD + "\n",
    FIELD.replace("+", "-"),
    "ENC:" + "\u00e9" * 40,
    "ENC:\ud800",
    FIELD.replace("ENC:A", "ENC:B"),
]


def test_a_field_of_the_existing_deployment_is_decrypted() -> None:
    assert cipher.decrypt(FIELD) == "Ada@Example.com"


def test_the_key_id_is_a_hash_of_the_derived_key() -> None:
    derived = bytes.fromhex("bfb978deba159e0a7a948be1628ee75378cc25e0b7e4d3ebc3d8ef288017db34")

    assert cipher.key_id == hashlib.sha256(derived).hexdigest()[:8]
    assert cipher.key_id != other_cipher.key_id


@given(st.text(min_size=1))
def test_a_field_is_decrypted_only_with_its_key(text: str) -> None:
    field = cipher.encrypt(text)

    assert looks_encrypted(field)
    assert cipher.decrypt(field) == text
    assert other_cipher.decrypt(field) is None
    assert NoCipher().decrypt(field) is None


@given(st.text().filter(lambda text: not text.startswith("ENC:")))
def test_plain_fields_are_read_unchanged(text: str) -> None:
    assert cipher.decrypt(text) == text
    assert NoCipher().decrypt(text) == text


def test_encryption_is_never_deterministic() -> None:
    assert cipher.encrypt("Ada") != cipher.encrypt("Ada")


def test_empty_stays_empty() -> None:
    assert cipher.encrypt("") == cipher.decrypt("") == ""


@pytest.mark.parametrize("field", BROKEN)
def test_a_field_that_cannot_be_decrypted_does_not_raise(field: str) -> None:
    assert cipher.decrypt(field) is None
    assert NoCipher().decrypt(field) is None


@pytest.mark.parametrize("position", [4, 20, 40, 60])
def test_a_tampered_field_is_not_decrypted(position: int) -> None:
    other = "B" if FIELD[position] != "B" else "C"

    assert cipher.decrypt(FIELD[:position] + other + FIELD[position + 1 :]) is None


@pytest.mark.parametrize(
    ("field", "encrypted"),
    [
        (FIELD, True),
        ("ENC:" + base64.b64encode(bytes(28)).decode(), True),
        ("ENC:" + base64.b64encode(bytes(27)).decode(), False),
        ("enc:" + FIELD[4:], False),
        (FIELD[4:], False),
        ("", False),
        ("Ada@Example.com", False),
        *[(field, False) for field in BROKEN[:3]],
    ],
)
def test_the_format_of_an_encrypted_field_is_exact(field: str, *, encrypted: bool) -> None:
    assert looks_encrypted(field) is encrypted


def test_without_a_key_texts_stay_plain() -> None:
    assert NoCipher().encrypt("Ada") == "Ada"
    assert NoCipher().key_id is None
