import pytest
from hypothesis import given
from hypothesis import strategies as st

from glossator.domain.accounts.sessions.credentials import CookieSigner
from tests.accounts_in_memory import SECRET

TOKEN = "B8dE3xKJm8GAF0wAwaIINYNvDMbZoOlJ"
SIGNATURE = "BRdaDVGRQP+F9+6Ve0k3NTldjurPuAowh9/gKWYqBY8="
COOKIE = "B8dE3xKJm8GAF0wAwaIINYNvDMbZoOlJ.BRdaDVGRQP%2BF9%2B6Ve0k3NTldjurPuAowh9%2FgKWYqBY8%3D"
FLAG = "true.OqBuFIMua92t8t4ZrjincGB5W0awudvpbVQNckMIkBw%3D"

signer = CookieSigner(SECRET)


def test_values_are_signed_as_the_official_server_does() -> None:
    assert signer.sign(TOKEN) == COOKIE
    assert signer.sign("true") == FLAG
    assert signer.sign_unencoded(TOKEN) == f"{TOKEN}.{SIGNATURE}"


@pytest.mark.parametrize("form", [COOKIE, f"{TOKEN}.{SIGNATURE}"])
def test_both_forms_are_read(form: str) -> None:
    assert signer.read(form) == TOKEN


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="%"), max_size=200))
def test_a_signed_value_is_read_back(value: str) -> None:
    assert signer.read(signer.sign(value)) == value
    assert signer.read(signer.sign_unencoded(value)) == value


@given(st.text())
def test_nothing_else_is_read(text: str) -> None:
    assert signer.read(text) is None


@pytest.mark.parametrize(
    "cookie",
    [
        "",
        ".",
        TOKEN,
        f"{TOKEN}.",
        f".{SIGNATURE}",
        f"{TOKEN}.{SIGNATURE[:-1]}",
        f"{TOKEN}.{SIGNATURE}=",
        f"{TOKEN[:-1]}K.{SIGNATURE}",
        f"{TOKEN}.{SIGNATURE.replace('+', ' ')}",
        f"{TOKEN}.{SIGNATURE.lower()}",
        f"{TOKEN}.%FF%FE",
        f"%ED%A0%80.{SIGNATURE}",
        f"{TOKEN}.\u00e9",
        f"{TOKEN}%00.{SIGNATURE}",
        "%",
        "a" * 100_000,
        "." * 100_000,
    ],
)
def test_a_foreign_or_malformed_cookie_is_none(cookie: str) -> None:
    assert signer.read(cookie) is None
    assert CookieSigner("another-secret-of-somebody-else-1").read(COOKIE) is None
