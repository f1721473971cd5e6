from typing import cast

import pytest

from glossator.domain.accounts.account import email_hash, is_address, known_email, new_email
from glossator.domain.accounts.encryption import KeyCipher
from glossator.domain.accounts.errors import (
    EmailRefused,
    FieldRefused,
    InvalidToken,
    PasswordRefused,
    PasswordTooLong,
    PasswordTooShort,
)
from glossator.domain.accounts.registration import (
    AccountChanges,
    ProfileChanges,
    check_changes,
    check_new_password,
    check_password,
    check_profile,
)
from glossator.domain.accounts.sessions.authentication import BearerKind, bearer_kind

EMOJI = "\U0001f98a"  # two UTF-16 units


@pytest.mark.parametrize("password", ["a" * 8, "a" * 128, EMOJI * 4, EMOJI * 64, " " * 8])
def test_a_new_password_has_8_to_128_utf_16_units(password: str) -> None:
    check_new_password(password)


@pytest.mark.parametrize(
    ("password", "error"),
    [
        ("", PasswordTooShort),
        ("a" * 7, PasswordTooShort),
        (EMOJI * 3, PasswordTooShort),
        ("a" * 129, PasswordTooLong),
        (EMOJI * 65, PasswordTooLong),
        ("a" * 100_000, PasswordTooLong),
        ("\ud800" * 8, PasswordRefused),
    ],
)
def test_an_invalid_password_is_refused(password: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        check_new_password(password)


def test_an_old_password_may_be_short_but_not_long() -> None:
    check_password("")
    with pytest.raises(PasswordTooLong):
        check_password("a" * 129)


@pytest.mark.parametrize("email", ["Ada@Example.com", "a@b.co", "o'neil+tag_1-x.y@a-b.c-d.museum", "9@9.de"])
def test_a_good_address_becomes_lower_case(email: str) -> None:
    assert new_email(email) == email.lower()


BAD_EMAILS = [
    "",
    "ada",
    "@example.com",
    "ada@",
    "ada@@example.com",
    "ada lovelace@example.com",
    " ada@example.com",
    "ada@example.com\n",
    "\ud800@example.com",
    "a" * 1000 + "@example.com",
]


@pytest.mark.parametrize(
    "email",
    [
        *BAD_EMAILS,
        "a@localhost",
        ".ada@example.com",
        "a..b@example.com",
        "ada.@example.com",
        "ada'@example.com",
        "ada@example.c",
        "ada@-example.com",
        "ada@example..com",
        "ada@ex_ample.com",
        "\u00e4da@example.com",
        "ada@ex\u00e4mple.com",
        "ENC:x@example.com",
        "a" * 250 + "@b.com",
    ],
)
def test_a_new_address_follows_the_official_rule(email: str) -> None:
    with pytest.raises(EmailRefused):
        new_email(email)


@pytest.mark.parametrize("email", ["a@localhost", "\u00c4da@Example.com", "Ada.@Example.com"])
def test_an_address_of_the_existing_deployment_can_still_sign_in(email: str) -> None:
    assert known_email(email) == email.lower()
    assert is_address(email)


@pytest.mark.parametrize("email", ["Ada", " Ada@Example.com", "ada@example.com ", "Ada Lovelace", "ada@@b.com", " "])
def test_any_stored_text_can_sign_in_although_it_is_no_address(email: str) -> None:
    assert known_email(email) == email.lower()
    assert not is_address(email)


@pytest.mark.parametrize("email", ["", "\ud800@example.com", "a" * 513, "\u0130" * 300])
def test_an_email_that_cannot_be_stored_is_refused_at_sign_in(email: str) -> None:
    with pytest.raises(EmailRefused):
        known_email(email)


def test_the_hash_of_an_address_is_that_of_the_existing_deployment() -> None:
    expected = "b5fc85e55755f9e0d030a10ab4429b6b2944855f9a0d60077fe832becbc41d72"

    assert email_hash("Ada@Example.com") == email_hash("ada@example.com") == expected


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": "ENC:x"}, "name"),
        ({"name": "ENC:" + "A" * 40}, "name"),
        ({"name": "\ud800"}, "name"),
        ({"name": "a" * 353}, "name"),
        ({"proficiency": ""}, "proficiency"),
        ({"proficiency": "a" * 51}, "proficiency"),
        ({"image": "a" * 2049}, "image"),
    ],
)
def test_a_field_that_cannot_be_stored_is_named(changes: AccountChanges, field: str) -> None:
    with pytest.raises(FieldRefused) as refused:
        check_changes(changes)

    assert refused.value.field == field


@pytest.mark.parametrize("text", ["ENC:x", "ENC:" + "A" * 40, "\ud800", "a" * 4001])
@pytest.mark.parametrize("field", ["technical_background", "hardware_access", "learning_goals"])
def test_a_profile_text_follows_the_same_rule(field: str, text: str) -> None:
    changes: dict[str, str] = {field: text}

    with pytest.raises(FieldRefused) as refused:
        check_profile(cast(ProfileChanges, changes))

    assert refused.value.field == field


def test_the_longest_name_fits_its_column_when_encrypted() -> None:
    name = EMOJI * 88
    check_changes({"name": name})

    assert len(KeyCipher("example-data-key").encrypt(name)) <= 512


@pytest.mark.parametrize(
    ("bearer", "kind"),
    [("", BearerKind.RAW), ("abc", BearerKind.RAW), ("a.b", BearerKind.SIGNED), ("a.b.c", BearerKind.JWT)],
)
def test_the_number_of_dots_determines_the_kind_of_bearer(bearer: str, kind: BearerKind) -> None:
    assert bearer_kind(bearer) is kind


@pytest.mark.parametrize("bearer", ["...", "a.b.c.d", "." * 100_000])
def test_a_bearer_with_more_dots_is_invalid(bearer: str) -> None:
    with pytest.raises(InvalidToken):
        bearer_kind(bearer)
