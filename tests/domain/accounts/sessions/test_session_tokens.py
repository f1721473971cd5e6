import hashlib
import hmac
import re

from hypothesis import given
from hypothesis import strategies as st

from glossator.domain.accounts.sessions.credentials import SessionTokens, token_hash
from glossator.domain.derived_keys import derived_key
from tests.accounts_in_memory import SECRET

ID = "0b0e7a86-5f3c-4c8e-9d0a-4a4a4a4a4a4a"


def hkdf(secret: bytes, info: bytes) -> bytes:
    """RFC 5869 with an empty salt and one block."""
    extracted = hmac.digest(bytes(32), secret, "sha256")
    return hmac.digest(extracted, info + b"\1", "sha256")


def test_a_token_is_computed_as_documented() -> None:
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    key = hkdf(SECRET.encode(), b"session-token")
    number, text = int.from_bytes(hmac.digest(key, ID.encode(), "sha256"), "big"), ""
    while number:
        number, digit = divmod(number, 62)
        text = digits[digit] + text

    assert derived_key(SECRET, "session-token") == key
    assert SessionTokens(SECRET).token(ID) == text.zfill(43)[:32]


@given(st.text())
def test_every_token_has_32_letters_or_digits_and_is_reproducible(session_id: str) -> None:
    tokens = SessionTokens(SECRET)
    try:
        token = tokens.token(session_id)
    except UnicodeEncodeError:
        return

    assert re.fullmatch("[A-Za-z0-9]{32}", token)
    assert SessionTokens(SECRET).token(session_id) == token


def test_tokens_differ_by_secret_and_session() -> None:
    tokens = {SessionTokens(secret).token(ID + tail) for secret in (SECRET, "another") for tail in ("", "b")}

    assert len(tokens) == 4


def test_tokens_are_looked_up_by_their_sha_256() -> None:
    assert token_hash("B8dE") == hashlib.sha256(b"B8dE").digest()
    assert len(token_hash("\ud800")) == 32
